"""The shipped grids say what the customer's document prints, and load once."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dcops.catalogue import grids, store
from dcops.db import Database
from inventory.errors import Conflict, ImportRefused, Invalid, NotFound

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
    assert set(lines) == {row["code"] for row in expected}


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


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (GOOD, "code"),
        ("12,vm2,vm2,VM2,VM/year,annual_per_unit,-1,2", "member"),
        ('12,vm2,vm2,VM2,VM/year,annual_per_unit,"1,50",2', "member"),
        ("12,vm2,vm2,VM2,VM/year,annual_per_unit,1.50,gratuit", "nonmember"),
        ("12,vm2,vm2,VM2,VM/year,au_pif,1,2", "behaviour"),
        ("12,vm2,,VM2,VM/year,annual_per_unit,1,2", "code"),
        ("12,vm2,vm2,VM2,VM/year,annual_per_unit,1", "nonmember"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(sqlite_database: Database, row: str, column: str) -> None:
    with sqlite_database.transaction() as tx, pytest.raises(ImportRefused) as refused:
        grids.load(tx, f"{HEADER}\n{GOOD}\n{row}\n", "2025", date(2025, 1, 1), "x")
    assert [(line, name) for line, name, _ in refused.value.problems] == [(3, column)]


BRACKETS = HEADER + ",population_min,population_max,note"


def _bracket(code: str, low: str, high: str, note: str = "") -> str:
    return f"5,app,{code},{code},commune/year,annual_bracket,60.00,,{low},{high},{note}"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([_bracket("a", "0", "149"), _bracket("b", "149", "300")], "se chevauchent à 149"),
        ([_bracket("a", "0", "149"), _bracket("b", "151", "300")], "laissent 150 à 150 sans prix"),
        ([_bracket("a", "0", ""), _bracket("b", "150", "300")], "se chevauchent à 150"),
    ],
)
def test_brackets_that_do_not_hold_are_refused(sqlite_database: Database, rows: list[str], reason: str) -> None:
    with sqlite_database.transaction() as tx, pytest.raises(Invalid, match=reason):
        grids.load(tx, "\n".join([BRACKETS, *rows]), "2025", date(2025, 1, 1), "x")


def test_a_gap_that_a_note_explains_is_accepted(sqlite_database: Database) -> None:
    rows = [_bracket("a", "0", "149"), _bracket("b", "151", "300", "150 : voulu")]
    with sqlite_database.transaction() as tx:
        assert len(grids.load(tx, "\n".join([BRACKETS, *rows]), "2025", date(2025, 1, 1), "x")) == 2


@pytest.mark.parametrize(("name", "vote"), [(" ", "v"), ("2025", ""), ("x" * 51, "v"), ("2025", "v" * 201)])
def test_a_grid_has_a_name_and_a_vote_that_fit(database: Database, name: str, vote: str) -> None:
    with pytest.raises(Invalid, match="en donner de 1 à"), database.transaction() as tx:
        grids.load(tx, grids.shipped_text("2024"), name, date(2025, 1, 1), vote)
