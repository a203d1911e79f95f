"""Pages of the grid, quotes, contracts, the dry run, and a commune's own space."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from dcops.billing.dry_run import dry_run
from dcops.web import formats
from dcops.wiring import Parts
from tests.dcops.web.browsing import text


def test_contracts_add_up_what_is_held_today(technician: FlaskClient) -> None:
    page = text(technician, "/contrats/")
    for words in ("web-01", "Mise à disposition d’1/2 baie", "Postes", "4\u202f800,00\xa0€"):
        assert words in page
    assert "ancien" not in page  # ended
    assert "web-01" not in text(technician, "/contrats/?objet=share")


def test_the_dry_run_of_a_year_is_the_one_of_the_command(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        run = dry_run(tx, 2024, web_parts.settings)
    page = text(technician, "/facturation/simulation/?year=2024")
    assert formats.amount(run.net) in page
    assert "Non facturable en l’état" in page  # half a year of load only


def test_a_bill_says_why_each_amount(technician: FlaskClient) -> None:
    page = text(technician, "/facturation/simulation/2024/albert")
    for words in (
        "VM1 (1 vcpu",
        "Vote\u00a0: Comité syndical",
        "Prorata" if "Prorata" in page else "×",
        "vm-cpu · web-01",
    ):
        assert words in page


def test_a_year_without_grid_is_a_page_not_found(technician: FlaskClient) -> None:
    answer = technician.get("/facturation/simulation/?year=1999")
    assert answer.status_code == 404
    assert "aucune grille tarifaire pour 1999" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/?year=0", "/?year=99999", "/99999/albert"])
def test_a_year_that_is_none_is_refused(technician: FlaskClient, path: str) -> None:
    answer = technician.get(f"/facturation/simulation{path}")
    assert answer.status_code == 400
    assert "hors limites" in answer.get_data(as_text=True)


def test_what_is_no_number_asks_for_no_year(technician: FlaskClient) -> None:
    assert "Simulation 2023" in text(technician, "/facturation/simulation/?year=²")


def test_a_unit_price_keeps_all_its_decimals() -> None:
    shown = [formats.price(Decimal(price)) for price in ("8400", "0.2", "0.085", "0.123456")]
    assert shown == ["8\u202f400,00\xa0€", "0,20\xa0€", "0,085\xa0€", "0,123456\xa0€"]


def test_the_days_to_come_lower_no_coverage_of_a_commune(commune: FlaskClient) -> None:
    june = text(commune, "/mon-espace/").split("juin 2024")[1].split("</tr>")[0]
    assert "couvert à 96,5\u202f%" in june.replace("\xa0", "\u202f")  # 14 days of the 14 days and a half gone by
    assert "décembre 2024" not in text(commune, "/mon-espace/")


@pytest.mark.parametrize("query", ["page=²", "page=" + "9" * 5000])
def test_what_is_no_page_number_is_as_if_it_had_not_been_asked(technician: FlaskClient, query: str) -> None:
    assert technician.get(f"/facturation/simulation/?{query}").status_code == 200


def test_the_columns_of_a_dry_run_add_up_to_its_total(technician: FlaskClient) -> None:
    sheet = technician.get("/facturation/simulation/?year=2024&format=csv").get_data(as_text=True)
    _, *rows = csv.reader(sheet.removeprefix("\ufeff").splitlines(), delimiter=";")
    assert rows
    for row in rows:
        assert sum(map(Decimal, row[2:6])) == Decimal(row[6]), row


def test_a_commune_sees_its_own_and_only_its_own(commune: FlaskClient) -> None:
    page = text(commune, "/mon-espace/")
    for words in ("Ville d’Albert", "4\xa0h\xa015", "Imprimante", "Énergie par mois", "web-01"):
        assert words in page
    assert "Roye" not in page


def test_jobs_and_sources_are_told(technician: FlaskClient) -> None:
    page = text(technician, "/administration/")
    for words in ("Tâches planifiées", "poll-meters", "amiens-a", "complète"):
        assert words in page


def test_what_is_shown_is_rounded_half_up_as_amounts_are() -> None:
    assert [formats.energy(wh) for wh in (1_151_450, 1_124_650, 50)] == [
        "1\u202f151,5\xa0kWh",
        "1\u202f124,7\xa0kWh",
        "0,1\xa0kWh",
    ]
    assert formats.number(Decimal("2.5"), 0) == "3"
    assert formats.number(Decimal("0.998")) == "0,998"
