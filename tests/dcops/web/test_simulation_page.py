"""The pages of a simulation and of contributions: asked by address or with a file, filtered, exported, refused."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dcops.app import create_app
from dcops.billing.simulation import Draft, simulate
from dcops.catalogue.grid_file import parse
from dcops.catalogue.grids import shipped_text
from dcops.catalogue.variations import read
from dcops.sections import Accounting
from dcops.web import formats
from dcops.web.money_charts import differences, side_by_side
from dcops.wiring import Parts
from tests.dcops.sheets import cells_of, sheets_of
from tests.dcops.web.browsing import text
from tests.dcops.web.conftest import log_in

PATH = "/grille/simulation/"
ASKED = f"{PATH}?year=2024&changes=%2B10"
DRAFT = shipped_text("2024").replace("vm1,vm1,", "vm1-neuf,vm1-neuf,")


def post(client: FlaskClient, file: tuple[bytes, str] | None = None, **fields: str) -> tuple[int, str]:
    """The form sent as a browser does; the status and the page, or where it leads."""
    token = text(client, PATH).split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data: dict[str, object] = {"csrf_token": token, "year": "2024", **fields}
    if file is not None:
        data["file"] = (BytesIO(file[0]), file[1])
    answer = client.post(PATH, data=data, content_type="multipart/form-data")
    return answer.status_code, answer.headers.get("Location") or answer.get_data(as_text=True)


def carried(page: str) -> Mapping[str, str]:
    """The hidden fields that a page with a file sends again."""
    from html import unescape

    found = re.findall(r'<input[^>]*name="(draft|draft_name)"[^>]*value="([^"]*)"', page, re.DOTALL)
    return {name: unescape(value) for name, value in found}


def test_nothing_is_computed_before_it_is_asked(technician: FlaskClient) -> None:
    page = text(technician, PATH)
    assert "Avec quels prix" in page
    assert "Par collectivité" not in page
    assert 'href="/grille/simulation/"' in text(technician, "/grille/")


def test_a_percentage_gives_an_address_that_can_be_shared(technician: FlaskClient, web_parts: Parts) -> None:
    status, location = post(technician, changes="+10")
    assert (status, location) == (303, ASKED)
    with web_parts.database.transaction() as tx:
        found = simulate(tx, 2024, web_parts.settings, Draft(variations=read("+10")))
    page = text(technician, location)
    for amount in (found.total.before, found.total.after):
        assert formats.amount(amount) in page
    for words in (formats.signed(found.total.difference), "tout +10 %", "Ville d’Albert", "13 · Hébergement"):
        assert words.replace(" %", "\u00a0%") in page
    assert "toutes les lignes gardent un prix" in page
    assert "ni avant ni après" in page  # half a year of load only


def test_another_grid_can_be_changed_too(technician: FlaskClient) -> None:
    page = text(technician, f"{PATH}?year=2024&base=2023&changes=12+%2B5")
    assert "grille 2023, 12 +5\u00a0%" in page
    assert "grille 2024" in page  # what it is compared to


def test_a_file_is_answered_at_once_and_carried_along(technician: FlaskClient) -> None:
    status, page = post(technician, (DRAFT.encode(), "projet 2026.csv"))
    assert status == 200
    assert "grille projet 2026" in page
    assert "Plus facturable avec ce projet" in page
    assert "la ligne n’est pas dans la grille projet 2026" in page
    hidden = carried(page)
    assert hidden["draft_name"] == "projet 2026"
    status, again = post(technician, **hidden, sort="name", q="roye")
    assert status == 200
    table = again.split("Simulation 2024 par collectivité</caption>")[1].split("</table>")[0]
    assert "Ville de Roye" in table
    assert "Ville d’Albert" not in table
    assert carried(again) == hidden


def test_a_file_that_was_carried_can_be_dropped(technician: FlaskClient) -> None:
    hidden = carried(post(technician, (DRAFT.encode(), "projet.csv"))[1])
    assert post(technician, **hidden, drop="1", changes="+10") == (303, ASKED)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (DRAFT.replace("per_consumption", "per_conso").encode(), ["rien n’a été calculé", "per_conso"]),
        (b"code;prix\nvm1;12\n", ["colonne manquante", "section"]),
        (DRAFT.encode("cp1252"), ["n’est pas de l’UTF-8"]),
        (b"PK\x03\x04\x00\x00", ["vide ou n’est pas un fichier CSV"]),
        (b"", ["vide ou n’est pas un fichier CSV"]),
        (b"a" * 400_000, ["fichier trop gros"]),
    ],
)  # fmt: skip
def test_a_bad_file_says_what_is_wrong_and_nothing_typed_is_lost(
    technician: FlaskClient, content: bytes, words: list[str]
) -> None:
    status, page = post(technician, (content, "projet.csv"), year="2023", changes="13 +3,5 %")
    assert status == 200
    for word in words:
        assert word in page
    assert "13 +3,5 %</textarea>" in page
    assert re.search(r'<option selected value="2023">', page)
    assert "Par collectivité" not in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("year=2024&changes=beaucoup", "« beaucoup » ne se lit pas"),
        ("year=2024&changes=99+%2B2", "ni section, ni service, ni ligne"),
        ("year=2024&base=2030", "rille inconnue"),
        ("year=0&changes=%2B2", "hors limites"),
        ("year=1999&changes=%2B2", "ucune grille tarifaire pour 1999"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_why(technician: FlaskClient, query: str, words: str) -> None:
    page = text(technician, f"{PATH}?{query}").replace("\u00a0", " ")
    assert words in page
    assert "Par collectivité" not in page


def test_the_last_sort_that_was_pressed_is_the_one(technician: FlaskClient) -> None:
    page = text(technician, f"{ASKED}&sort=-difference&sort=name")
    table = page.split("Simulation 2024 par collectivité</caption>")[1]
    assert 'aria-sort="ascending"' in table.split("Collectivité")[0]
    assert table.index("Ville d’Albert") < table.index("Ville de Roye")
    risen = text(technician, f"{ASKED}&effect=down").split("Par collectivité</h2>")[1]
    assert "Aucun résultat" in risen


def test_the_exports_are_those_of_the_simulation(technician: FlaskClient) -> None:
    sheet = technician.get(f"{ASKED}&format=csv").get_data(as_text=True)
    head, *rows = csv.reader(sheet.removeprefix("\ufeff").splitlines(), delimiter=";")
    assert head[:4] == ["Collectivité", "Avant", "Après", "Différence"]
    assert sum(Decimal(row[3]) for row in rows) == sum(Decimal(row[2]) - Decimal(row[1]) for row in rows) > 0
    book = technician.get(f"{ASKED}&format=xlsx").get_data()
    assert sheets_of(book) == ["Synthèse", "Par service", "Par collectivité", "Lignes"]
    assert {row[0] for row in cells_of(book, "Par collectivité")} >= {"Ville d’Albert", "Ville de Roye", "Total"}


def test_a_grid_can_be_taken_as_the_start_of_a_draft(technician: FlaskClient) -> None:
    answer = technician.get("/grille/simulation/modele/2024.csv")
    lines, problems = parse(answer.get_data(as_text=True), "2024", "vote")
    assert problems == []
    assert [line.code for line in lines] == [line.code for line in parse(shipped_text("2024"), "2024", "vote")[0]]
    assert technician.get("/grille/simulation/modele/2030.csv").status_code == 404


@pytest.mark.parametrize("path", [PATH, ASKED, "/rapports/contributions"])
def test_a_commune_sees_nothing_of_it(commune: FlaskClient, path: str) -> None:
    assert commune.get(path).status_code == 403


def test_contributions_say_where_each_year_comes_from(technician: FlaskClient) -> None:
    page = text(technician, "/rapports/contributions?year=2024")
    for words in ("2022 (inconnu)", "2024 (prévision)", "Pas encore facturé", "Hébergement Data center"):
        assert words in page
    sheet = technician.get("/rapports/contributions?year=2024&format=csv").get_data(as_text=True)
    assert "hebergement-dc;Hébergement Data center;" in sheet
    book = technician.get("/rapports/contributions?year=2024&format=xlsx").get_data()
    assert sheets_of(book) == ["Contributions"]
    assert technician.get("/rapports/contributions?year=1900").status_code == 400


def test_the_history_of_the_settings_is_on_the_page(web_parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "histoire.csv"
    path.write_text("code,label,amount_2022\nmessagerie,Messagerie,113516.00\n", encoding="utf-8")
    settings = web_parts.settings.model_copy(update={"accounting": Accounting(history=path)})
    app: Flask = create_app(Parts(settings, web_parts.database, web_parts.clock, {}))
    page = text(log_in(app, "compta"), "/rapports/contributions?year=2024")
    assert "2022 (repris)" in page
    assert "113\u202f516,00\xa0€" in page


def test_a_figure_draws_every_difference_once() -> None:
    values = {"1 · Dématérialisation": Decimal("12.50"), "13 · Hébergement au data center": Decimal("-3.00")}
    figure = differences(values, ["+12,50 €", "−3,00 €"])
    (bars,) = figure["data"]
    assert bars["x"] == [12.5, -3.0]
    assert bars["y"] == ["1 ·<br>Dématérialisation<br>+12,50 €", "13 · Hébergement au<br>data center<br>−3,00 €"]
    assert len(set(bars["marker"]["color"])) == 2


def test_years_side_by_side_leave_a_hole_where_nothing_is_known() -> None:
    figure = side_by_side(["Messagerie"], {"2022": [None], "2023": [Decimal("1.00")], "2024": [Decimal("2.00")]})
    assert [(bars["name"], bars["x"]) for bars in figure["data"]] == [
        ("2022", [None]),
        ("2023", [1.0]),
        ("2024", [2.0]),
    ]
