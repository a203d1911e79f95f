"""GB above a plan: the rule, the file of measures, and what the database adds up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError

from dcops.db import Database
from inventory.errors import ImportRefused
from inventory.models import Customer, NasPlan, NasUnit
from inventory.orm import Transaction
from metering.backups.backup_imports import import_measures
from metering.backups.backup_store import measures, stored
from metering.backups.held import Stored, stored_in
from metering.models import BackupMeasure

NOW = datetime(2025, 1, 10, tzinfo=UTC)
FIRST, END = date(2024, 1, 1), date(2025, 1, 1)


@pytest.mark.parametrize(
    ("basis", "gb"), [("average", "1"), ("peak", "41"), ("last", "0")]
)  # 60.01 on average is a GB begun above 60
def test_a_gb_begun_above_the_plan_counts_whole(basis: str, gb: str) -> None:
    found = Stored(2, Decimal("120.02"), Decimal("100.02"), Decimal("20"), FIRST, END, 1)
    assert str(found.above(basis, Decimal(60))) == gb


def _box(tx: Transaction, serial: str, start: date = FIRST, end: date | None = None) -> NasUnit:
    customer = tx.get(Customer, 1) or Customer(code="roye", name="Roye", kind="commune")
    box = NasUnit(serial=serial, customer=customer, plan_gb=60, start=start, end=end)
    tx.add(box)
    tx.flush()
    return box


def _import(tx: Transaction, *rows: str) -> tuple[int, int]:
    report = import_measures(tx, "m.csv", "\n".join(["serial,on,gb", *rows]), now=NOW)
    return report.imported, report.unchanged


def test_a_file_may_come_again_and_the_last_measure_of_a_day_counts(database: Database) -> None:
    with database.transaction() as tx:
        box = _box(tx, "S1")
        assert _import(tx, "S1,2024-03-01,70.5", "S1,2024-03-02,80") == (2, 0)
        assert _import(tx, "S1,2024-03-01,70.50", "S1,2024-03-02,90", "S1,2024-03-02,90") == (1, 2)
        assert measures(tx, box.id) == {date(2024, 3, 1): Decimal("70.5"), date(2024, 3, 2): Decimal(90)}
        assert tx.query(BackupMeasure).count() == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("S9,2024-03-01,1", "boîtier « S9 » introuvable"),
        ("S1,2025-01-11,1", "dans l'avenir"),
        ("S1,2023-12-31,1", "est chez roye du 2024-01-01 au 2024-07-01 exclu : pas le 2023-12-31"),
        ("S1,2024-07-01,1", "pas le 2024-07-01"),
        ("S1,2024-03-01,-1", "de 0 à"),
        ("S1,2024-03-01,1.1234567", "six décimales au plus"),
        ("S1,2024-03-01,2\nS1,2024-03-01,3", "déjà décrit autrement"),
    ],
)
def test_a_bad_row_refuses_the_whole_file(sqlite_database: Database, row: str, reason: str) -> None:
    with sqlite_database.transaction() as tx:
        _box(tx, "S1", end=date(2024, 7, 1))
        with pytest.raises(ImportRefused, match=reason):
            _import(tx, "S1,2024-02-01,1", *row.split("\n"))
        assert tx.query(BackupMeasure).count() == 0


def test_a_measure_never_changes(database: Database) -> None:
    with database.transaction() as tx:
        _box(tx, "S1")
        _import(tx, "S1,2024-03-01,1")
    with pytest.raises(DatabaseError), database.transaction() as tx:
        tx.query(BackupMeasure).update({"gb": Decimal(2)})


def test_the_database_adds_up_the_days_that_the_box_was_held_and_in_the_year(database: Database) -> None:
    with database.transaction() as tx:
        one, other = _box(tx, "S1"), _box(tx, "S2", date(2024, 6, 1), date(2024, 7, 1))
        _import(tx, "S1,2024-01-01,10", "S1,2024-01-02,200", "S1,2024-12-31,30.25", "S2,2024-06-30,5")
        _import(tx, "S1,2024-01-02,20")  # a correction
        latest = max(row.id for row in tx.query(BackupMeasure))
        other.start = date(2024, 6, 30)
        found = stored(tx, FIRST, END)
        assert found[one.id] == [
            Stored(3, Decimal("60.25"), Decimal("30.25"), Decimal("30.25"), FIRST, date(2024, 12, 31), latest)
        ]
        assert [part.days for part in found[other.id]] == [1]
        assert stored(tx, END, date(2026, 1, 1)) == {}
        assert stored(tx, FIRST, END, "roye") == found
        assert stored(tx, FIRST, END, "albert") == {}


def test_measures_are_added_up_by_plan(database: Database) -> None:
    with database.transaction() as tx:
        box = _box(tx, "S1")
        for day, gb in ((date(2024, 7, 1), 120), (date(2024, 3, 1), 60), (date(2024, 7, 1), 180)):
            tx.add(NasPlan(nas_unit_id=box.id, start=day, plan_gb=gb, author="a", reason="b", recorded_at=NOW))
        _import(tx, "S1,2024-01-01,10", "S1,2024-06-30,20", "S1,2024-07-01,100", "S1,2024-12-31,130")
        found = stored(tx, FIRST, END)[box.id]
        assert [(part.first_on, part.days, part.total) for part in found] == [
            (FIRST, 1, 10), (date(2024, 6, 30), 1, 20), (date(2024, 7, 1), 2, 230),
        ]  # fmt: skip
        first_plan = stored_in(found, FIRST, date(2024, 7, 1))
        assert first_plan == Stored(2, Decimal(30), Decimal(20), Decimal(20), FIRST, date(2024, 6, 30), 2)
        assert stored_in(found, date(2024, 7, 1), END) == found[2]
        assert stored_in(found, END, date(2026, 1, 1)) is None


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=5), min_size=1, max_size=6))
def test_parts_together_are_what_was_measured_in_all(parts: list[list[int]]) -> None:
    def of(gb: list[int], after: int) -> Stored:
        days = [FIRST.toordinal() + after + n for n in range(len(gb))]
        total, peak, last = Decimal(sum(gb)), Decimal(max(gb)), Decimal(gb[-1])
        bounds = date.fromordinal(days[0]), date.fromordinal(days[-1])
        return Stored(len(gb), total, peak, last, *bounds, after + len(gb))

    starts = [sum(map(len, parts[:n])) for n in range(len(parts))]
    cut = [of(gb, after) for gb, after in zip(parts, starts, strict=True)]
    assert stored_in(cut, FIRST, date.max) == of([gb for part in parts for gb in part], 0)
