"""Contributions: where each line counts, variations, what was issued (both databases), the customer's own table."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from dcops.accounting import store
from dcops.accounting.contributions import OfYear, by_service, contributions, table, variation
from dcops.accounting.contributions_shown import sheet_csv, workbook
from dcops.accounting.services import OTHERS, service_of, services
from dcops.billing.dry_run import dry_run
from dcops.catalogue.grid_file import parse
from dcops.catalogue.grids import SHIPPED, shipped_text
from dcops.cli import cli
from dcops.config import Settings
from dcops.db import Database
from dcops.money import ZERO
from dcops.sections import Accounting
from dcops.wiring import Parts
from inventory.errors import Invalid
from inventory.models import Machine
from tests.dcops.accounting.issued import add_customer, issue
from tests.dcops.sheets import cells_of

LINES = [line for grid in SHIPPED for line in parse(shipped_text(grid.name), grid.name, "vote")[0]]


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.tariff}-{line.code}")
def test_every_line_of_the_grids_counts_in_exactly_one_service(line: object) -> None:
    section = line.section  # type: ignore[attr-defined]
    assert len([service for service in services() if service.has(section)]) == 1
    assert service_of(section, "albert", frozenset()) is not OTHERS


@pytest.mark.parametrize(
    ("section", "customer", "code"),
    [
        ("6.2", "albert", "messagerie"), ("1", "albert", "demat-actes"), ("10", "albert", "messagerie"),
        ("13", "albert", "hebergement-dc"), ("6", "sm-5962", "coop-5962"), ("17", "albert", "autres"),
        ("17", "sm-5962", "coop-5962"), ("", "albert", "autres"),
    ],
)  # fmt: skip
def test_where_revenue_counts(section: str, customer: str, code: str) -> None:
    assert service_of(section, customer, frozenset({"sm-5962"})).code == code


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        ("1760", "15716", 793), ("75714", "66325", -12), ("200", "201", 1), ("200", "199", -1), ("200", "200.99", 0),
        ("100", "0", -100), ("0", "5", None), (None, "5", None), ("5", None, None), ("0", "0", None),
    ],
)  # fmt: skip
def test_a_variation_is_in_whole_percents_half_up(before: str | None, after: str | None, percent: int | None) -> None:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    assert variation(amount(before), amount(after)) == percent


SHARES = st.lists(
    st.tuples(
        st.sampled_from(["1", "6.1", "13", "99"]), st.sampled_from(["albert", "sm-5962"]),
        st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents) / 100),
    )
)  # fmt: skip


@given(SHARES)
def test_not_a_cent_is_left_out_of_the_table(shares: list[tuple[str, str, Decimal]]) -> None:
    found = table([OfYear(2024, "issued", by_service(shares, frozenset({"sm-5962"})))] * 3, {})
    assert found.total.amounts == (sum((amount for _, _, amount in shares), ZERO),) * 3


def test_what_was_issued_counts_less_credit_notes_and_without_drafts(database: Database) -> None:
    with database.transaction() as tx:
        albert, coop = add_customer(tx, "albert"), add_customer(tx, "sm-5962")
        first = issue(tx, albert, 2024, {"6": "100.10", "6.1": "50.00", "13": "8400.00"}, 1)
        issue(tx, albert, 2024, {"6": "-40.05"}, 2, credits=first)
        issue(tx, coop, 2024, {"6": "300.00"}, 3)
        issue(tx, albert, 2023, {"17": "7.00"}, 4)
        issue(tx, albert, 2024, {"9": "999.00"}, None)
    with database.transaction() as tx:
        assert [(row.year, row.section, row.customer, str(row.amount)) for row in store.billed(tx, 2024, 2024)] == [
            (2024, "13", "albert", "8400.00"), (2024, "6", "albert", "60.05"), (2024, "6", "sm-5962", "300.00"),
            (2024, "6.1", "albert", "50.00"),
        ]  # fmt: skip
        settings = Settings(accounting=Accounting(cooperation=["sm-5962"]))
        found = contributions(tx, 2024, settings)
    amounts = {row.code: row.amounts[-1] for row in found.rows if row.amounts[-1]}
    assert amounts == {
        "messagerie": Decimal("110.05"), "hebergement-dc": Decimal("8400.00"), "coop-5962": Decimal("300.00"),
    }  # fmt: skip
    assert [year.heading for year in found.years] == ["2022 (inconnu)", "2023 (facturé)", "2024 (facturé)"]
    assert [str(amount) for amount in found.total.amounts] == ["None", "7.00", "8810.05"]
    assert found.rows[-1].code == "autres"  # section 17 is in no service


def test_a_year_without_any_document_is_the_dry_run_and_says_so(database: Database) -> None:
    with database.transaction() as tx:
        albert = add_customer(tx, "albert")
        tx.add(Machine(name="web", customer=albert, vcpu=1, ram_gb=2, disk_gb=20, start=date(2023, 7, 1)))
        tx.flush()
        found = contributions(tx, 2024, Settings())
        run = dry_run(tx, 2024, Settings())
    assert [year.heading for year in found.years] == ["2022 (inconnu)", "2023 (prévision)", "2024 (prévision)"]
    assert found.total.amounts[-1] == run.net == Decimal("480.00")
    hosting = next(row for row in found.rows if row.code == "hebergement-dc")
    assert (hosting.amounts, hosting.variation) == ((None, Decimal("241.97"), Decimal("480.00")), 98)


def _command(parts: Parts, *args: str) -> Result:
    return CliRunner().invoke(cli, ["report", "contributions", *args], obj=parts)


def test_the_printed_table_of_the_customer_is_reproduced(parts: Parts, seed: Path) -> None:
    history = seed / "contributions.csv"
    document = json.loads(_command(parts, "--year", "2024", "--history", str(history), "--json").stdout)
    assert [(year["origin"], year["total"]) for year in document["years"]] == [
        ("history", "329255.65"), ("history", "493850.00"), ("history", "515816.00"),
    ]  # fmt: skip
    printed = [79, 7, -12, -65, 58, 793, 176, 4, 118, 20, 39]
    assert [service["variation_pct"] for service in document["services"]] == printed
    assert document["total"]["variation_pct"] == 4
    assert document["services"][-1]["amounts"] == {"2022": None, "2023": "36000.00", "2024": "50000.00"}
    assert document["services"][0]["amounts"]["2022"] == "0.00"


def _history(tmp_path: Path) -> Path:
    path = tmp_path / "histoire.csv"
    path.write_text(
        "code;label;amount_2022;amount_2023\nmessagerie;Messagerie;100.00;150.00\nfax;Télécopie;10.00;\n"
        "TOTAL;;110.00;150.00\n", encoding="utf-8",
    )  # fmt: skip
    return path


def test_history_stands_for_years_that_dcops_did_not_bill(parts: Parts, tmp_path: Path) -> None:
    with parts.database.transaction() as tx:
        albert = add_customer(tx, "albert")
        issue(tx, albert, 2023, {"6": "140.00"}, 1)
        issue(tx, albert, 2024, {"6": "210.00"}, 2)
    answer = _command(parts, "--history", str(_history(tmp_path)), "--json")  # the year of the clock: 2024
    document = json.loads(answer.stdout)
    assert [year["origin"] for year in document["years"]] == ["history", "issued", "issued"]
    services = {service["code"]: service for service in document["services"]}
    assert services["messagerie"]["amounts"] == {"2022": "100.00", "2023": "140.00", "2024": "210.00"}
    assert services["messagerie"]["variation_pct"] == 50
    assert services["fax"]["amounts"] == {"2022": "10.00", "2023": "0.00", "2024": "0.00"}


def test_the_command_prints_a_table_for_people_and_writes_a_workbook(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    answer = _command(parts, "--history", str(_history(tmp_path)), "--xlsx", str(path))
    assert answer.exit_code == 0, answer.output
    for words in ("2022 (repris)", "2024 (prévision)", "Messagerie", "150,00\u00a0€", "Pas encore facturé"):
        assert words in answer.stdout
    rows = cells_of(path.read_bytes(), "Contributions")
    assert rows[0][:5] == ["Service", "2022 (repris)", "2023 (repris)", "2024 (prévision)", "Variation"]
    assert ["Messagerie", 100.0, 150.0, 0.0, -1.0] in [row[:5] for row in rows]
    assert ["Total", 110.0, 150.0, 0.0, -1.0] in [row[:5] for row in rows]


def test_files_of_the_same_table_are_the_same_bytes(database: Database) -> None:
    with database.transaction() as tx:
        found = contributions(tx, 2024, Settings())
    assert workbook(found) == workbook(found)
    head, *rows = sheet_csv(found).decode("utf-8-sig").splitlines()
    assert head == "Code;Service;2022 (inconnu);2023 (prévision);2024 (prévision);Variation (%)"
    assert rows[-1] == "total;Total;;0.00;0.00;"


def test_what_cannot_be_used_is_refused(parts: Parts, tmp_path: Path) -> None:
    settings = Settings(accounting=Accounting(cooperation=["nulle-part"]))
    with parts.database.transaction() as tx, pytest.raises(Invalid, match="collectivité inconnue « nulle-part »"):
        contributions(tx, 2024, settings)
    with parts.database.transaction() as tx, pytest.raises(Invalid, match="hors limites"):
        contributions(tx, 1900, Settings())
    assert "illisible" in str(_command(parts, "--history", str(tmp_path / "absent.csv")).exception)
