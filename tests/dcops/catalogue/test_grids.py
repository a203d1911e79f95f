"""The shipped grids say what the customer's document prints, and load once."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from dcops import db
from dcops.catalogue import grids, store
from dcops.db import Database
from inventory.errors import Conflict, Invalid, NotFound

PRICELESS = ("included_free", "information_only", "third_party_group_purchase", "quote_only")


def test_shipped_grids_are_there_after_upgrade_and_load_only_once(database: Database) -> None:
    with database.transaction() as tx:
        assert grids.load_shipped(tx) == []
        found = store.history(tx)
    assert [(grid.name, grid.start, grid.end) for grid in found] == [
        ("2023", date(2023, 1, 1), date(2024, 1, 1)),
        ("2024", date(2024, 1, 1), None),
    ]
    assert "29 janvier 2024" in found[1].deliberation


def _word_or_price(price: Decimal | None, word: str) -> str:
    return word if price is None else f"{price:.2f}"


@pytest.mark.parametrize("year", ["2023", "2024"])
def test_every_line_is_as_printed_in_the_document(sqlite_database: Database, seed: Path, year: str) -> None:
    with sqlite_database.transaction() as tx:
        lines = {line.code: line for line in store.tariff_on(tx, date(int(year), 1, 1)).lines}
    rows = list(csv.DictReader((seed / "tariffs.csv").open(encoding="utf-8")))
    printed = (f"member_{year}", f"nonmember_{year}")
    expected = [row for row in rows if any(row[cell] for cell in printed) or row["behaviour"] in PRICELESS]
    for row in expected:
        line = lines[row["code"]]
        assert (line.section, line.service, line.label, line.unit, line.behaviour) == (
            row["section"], row["service"], row["label"], row["unit"], row["behaviour"],
        )  # fmt: skip
        assert _word_or_price(line.member_price, line.member_word) == row[f"member_{year}"]
        assert _word_or_price(line.nonmember_price, line.nonmember_word) == row[f"nonmember_{year}"]
        assert str(line.commitment_months or "") == row["commitment_months"]
        assert [str(bound if bound is not None else "") for bound in (line.population_min, line.population_max)] == [
            row["population_min"], row["population_max"],
        ]  # fmt: skip
        for bound, cell in ((line.floor, row["floor"]), (line.cap, row["cap"])):
            assert bound == (Decimal(cell) if cell else None)
        for word in ("AMBIGUOUS", "EMPTY", "unclear", "not stated", "NOT printed", "not printed", "read "):
            assert line.note or word not in row["notes"], f"{line.code} hides how it is read: {row['notes']}"
    assert set(lines) == {row["code"] for row in expected}
    assert len(rows) == 73
    assert {line.section for line in lines.values()} == {row["section"] for row in expected}


@pytest.mark.parametrize(
    ("year", "code", "words"),
    [
        ("2023", "domaine-unite-2023", "ligne remplacée par domaine-std"),
        ("2024", "demat-commune", "plancher de 90 €"),
        ("2024", "demat-epci", "Une commune et son EPCI"),
        ("2024", "marches-plateforme", "0 la première année"),
        ("2024", "domaine-std", "10 noms gratuits, puis 8,00 €"),
        ("2024", "domaine-std-sup10", "lue 12,00 € par nom"),
        ("2024", "intramuros-gt10000", "1 200,12 €"),
        ("2024", "intramuros-epci", "remise de 5 %"),
        ("2024", "mairie-socle-v2-lt1000", "0 à 1 000"),
        ("2024", "mairie-socle-v2-1001-2000", "2 001 et plus sans prix"),
        ("2024", "av-forfait-1-3", "36 mois"),
        ("2024", "backup-go-sup", "moyenne des mesures quotidiennes"),
        ("2024", "vm-ram", "par Go de mémoire"),
        ("2024", "dc-elec", "lu par kWh"),
        ("2024", "connect-lt499", "0 à 499"),
        ("2024", "connect-gt2000", "à partir de 2 000"),
        ("2024", "connect-epci", "240 € par EPCI"),
        ("2023", "connect-autre", "peut-être une recopie"),
        ("2024", "assist-5h", "3 ans retenus"),
        ("2024", "assist-audit", "par ordinateur et par serveur"),
    ],
)
def test_how_an_ambiguity_is_read_is_told_at_the_line(
    sqlite_database: Database, year: str, code: str, words: str
) -> None:
    with sqlite_database.transaction() as tx:
        line = store.tariff_on(tx, date(int(year), 1, 1)).line(code)
    assert line is not None
    assert words in line.note


def test_what_is_included_and_for_whom(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        grid = store.tariff_on(tx, date(2024, 1, 1))
    included = {line.code: line.included for line in grid.lines if line.included is not None}
    assert included == {"domaine-std-sup10": 10, "visio-salle-sup": 1, "backup-go-sup": 60}
    reserved = {line.service: line.kinds for line in grid.lines if line.kinds}
    assert reserved == {
        "demat-commune": "commune", "demat-epci": "epci|metropole", "demat-autre": "department|syndicate|other",
        "intramuros-commune": "commune", "intramuros-epci": "epci|metropole",
        "mairie-installation": "commune", "mairie-socle-v1": "commune", "mairie-socle-v2": "commune",
        "connect-commune": "commune", "connect-epci": "epci", "connect-cd80-am": "department|metropole",
        "connect-autre": "syndicate|other",
    }  # fmt: skip


@pytest.mark.parametrize("code", ["domaine-unite-2023", "wifi-fas", "wifi-simple", "m365", "visio-base", "dc-1u"])
def test_lines_of_2023(sqlite_database: Database, seed: Path, code: str) -> None:
    rows = {row["code"]: row for row in csv.DictReader((seed / "tariffs.csv").open(encoding="utf-8"))}
    with sqlite_database.transaction() as tx:
        line = store.tariff_on(tx, date(2023, 6, 1)).line(code)
    assert line is not None
    assert _word_or_price(line.member_price, line.member_word) == rows[code]["member_2023"]
    assert line.behaviour == rows[code]["behaviour"]


def test_no_grid_in_force_names_those_that_exist(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx, pytest.raises(NotFound, match=r"31/12/2022.*2023.*2024"):
        store.tariff_on(tx, date(2022, 12, 31))


HEADER = "section,service,code,label,unit,behaviour,member,nonmember"
GOOD = "12,vm1,vm1,VM1,VM/year,annual_per_unit,430.00,quote"


def test_a_new_vote_ends_the_grid_before(database: Database) -> None:
    with database.transaction() as tx:
        grids.load(tx, f"{HEADER}\n{GOOD}\n", "2025", date(2025, 1, 1), "Comité du 3 février 2025")
    with database.transaction() as tx:
        assert store.tariff_on(tx, date(2024, 12, 31)).name == "2024"
        line = store.tariff_on(tx, date(2025, 1, 1)).line("vm1")
    assert line is not None
    assert (line.member_price, line.nonmember_price, line.nonmember_word) == (Decimal("430.00"), None, "quote")


def test_a_vote_is_not_overwritten(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx, pytest.raises(Conflict, match="2024"):
        grids.load(tx, f"{HEADER}\n{GOOD}\n", "2024-bis", date(2024, 1, 1), "x")


@pytest.mark.parametrize(("name", "vote"), [(" ", "v"), ("2025", ""), ("x" * 51, "v"), ("2025", "v" * 201)])
def test_a_grid_has_a_name_and_a_vote_that_fit(database: Database, name: str, vote: str) -> None:
    with pytest.raises(Invalid, match="en donner de 1 à"), database.transaction() as tx:
        grids.load(tx, grids.shipped_text("2024"), name, date(2025, 1, 1), vote)


def test_grids_of_an_earlier_version_are_read_anew_and_a_vote_of_ones_own_stays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    db.upgrade(database, "0003")
    columns = "tariff_id, position, section, service, code, label, unit, behaviour, member_word, nonmember_word, "
    columns += "proration, vat_category, note"
    with database.engine.begin() as connection:
        for id, name in ((1, "2023"), (2, "2024"), (3, "2025")):
            connection.execute(text(f"INSERT INTO tariffs VALUES ({id}, '{name}', '{name}-01-01', NULL, 'vote')"))
            values = f"{id}, 1, '1', 'demat-epci', 'demat-epci', 'D', 'x', 'annual_flat', 'quote', '', 'day', 'S', ''"
            connection.execute(text(f"INSERT INTO tariff_lines ({columns}) VALUES ({values})"))
    db.upgrade(database)
    with database.transaction() as tx:
        assert grids.load_shipped(tx) == ["2023", "2024"]
        found = store.history(tx)
    assert [(grid.name, len(grid.lines), grid.end) for grid in found] == [
        ("2023", 57, date(2024, 1, 1)), ("2024", 72, date(2025, 1, 1)), ("2025", 1, None),
    ]  # fmt: skip
    assert found[1].candidates("demat-epci")[0].kinds == "epci|metropole"
    database.dispose()
