"""Plans of a backup box: dated, told by somebody, billed over their own days, corrected after they were billed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError

from dcops.billing import runs, store
from dcops.billing.dry_run import dry_run
from dcops.catalogue.grids import load_shipped
from dcops.contracts.ending import ending
from dcops.contracts.engagements import engagements
from dcops.contracts.holdings import holdings, terms_of_box
from dcops.contracts.nas_plans import change_plan, preview_plan
from dcops.db import Database
from inventory import store as inventory_store
from inventory.errors import ImportRefused, Invalid, NotFound
from inventory.imports import import_nas
from inventory.models import NasPlan, NasUnit
from inventory.orm import Transaction
from metering.models import BackupMeasure
from tests.dcops.billing.year import LATER, NOW, SETTINGS, amounts, customer

FIRST, END, JULY = date(2024, 1, 1), date(2025, 1, 1), date(2024, 7, 1)
CENT = Decimal("0.01")


def box(tx: Transaction, start: date = date(2023, 3, 1), end: date | None = None, gb: int = 30) -> NasUnit:
    """A box of 60 GB of Roye, measured every day of 2024."""
    unit = NasUnit(serial="S1", customer=customer(tx, "roye"), plan_gb=60, start=start, end=end)
    tx.add(unit)
    tx.flush()
    for n in range(366):
        on = FIRST + timedelta(days=n)
        tx.add(BackupMeasure(nas_unit_id=unit.id, on=on, gb=Decimal(gb), author="t", recorded_at=NOW))
    tx.flush()
    return unit


def plan(tx: Transaction, gb: int, start: date) -> None:
    change_plan(tx, "S1", gb, start, "Camille", "boîtier trop petit", NOW)


def test_a_plan_changes_from_a_day_on_and_says_what_it_costs(database: Database) -> None:
    with database.transaction() as tx:
        box(tx)
        seen = preview_plan(tx, "S1", 120, JULY)
        assert tx.query(NasPlan).count() == 0
        effect = change_plan(tx, "S1", 120, JULY, " Camille ", " plein ", NOW)
        assert effect == seen
        assert (effect.yearly_before, effect.yearly_after, effect.difference) == (420, 840, 420)
        assert [(term.start, term.end, term.plan_gb) for term in effect.after] == [
            (date(2023, 3, 1), JULY, 60), (JULY, None, 120),
        ]  # fmt: skip
        told = tx.query(NasPlan).one()
        assert (told.author, told.reason, told.recorded_at) == ("Camille", "plein", NOW)
        assert effect.after == terms_of_box(inventory_store.nas_unit(tx, "S1"))


@pytest.mark.parametrize(
    ("serial", "gb", "start", "author", "reason", "error", "words"),
    [
        ("S9", 120, JULY, "a", "b", NotFound, "boîtier « S9 » inconnu"),
        ("S1", -1, JULY, "a", "b", Invalid, "va de 0 à"),
        ("S1", 10**9, JULY, "a", "b", Invalid, "va de 0 à"),
        ("S1", 60, JULY, "a", "b", Invalid, "déjà un forfait de 60 Go le 01/07/2024"),
        ("S1", 120, date(2023, 2, 28), "a", "b", Invalid, "que depuis le 01/03/2023"),
        ("S1", 120, date(2024, 10, 1), "a", "b", Invalid, "est le 30/09/2024"),
        ("S1", 120, JULY, " ", "b", Invalid, "un auteur"),
        ("S1", 120, JULY, "a", "", Invalid, "se motive"),
        ("S1", 120, JULY, "a", "b" * 2001, Invalid, "se motive"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    sqlite_database: Database, serial: str, gb: int, start: date, author: str, reason: str,
    error: type[Exception], words: str,
) -> None:  # fmt: skip
    with sqlite_database.transaction() as tx:
        box(tx, end=date(2024, 10, 1))
        with pytest.raises(error, match=words):
            change_plan(tx, serial, gb, start, author, reason, NOW)
        assert tx.query(NasPlan).count() == 0


def test_fees_are_owed_once_and_each_plan_over_its_own_days(database: Database) -> None:
    with database.transaction() as tx:
        box(tx, start=date(2024, 3, 1), gb=100)
        plan(tx, 120, JULY)
        held = [(one.code, one.quantity, one.start, one.end) for one in holdings(tx, FIRST, END)]
        assert held == [
            ("backup-60go", 1, date(2024, 3, 1), JULY), ("backup-60go", 2, JULY, None),
            ("backup-fas", 1, date(2024, 3, 1), None),
            ("backup-go-sup", 1, date(2024, 3, 1), JULY), ("backup-go-sup", 1, JULY, None),
            ("backup-nas", 1, date(2024, 3, 1), None),
        ]  # fmt: skip
        (bill,) = dry_run(tx, 2024, SETTINGS).invoices
        lines = {(line.code, line.start): (line.quantity, str(line.amount)) for line in bill.lines}
    assert lines["backup-60go", date(2024, 3, 1)] == (1, "140.00")  # 122 days of 366 at 420.00 a year
    assert lines["backup-60go", JULY] == (2, "422.30")  # 184 days at 840.00
    assert lines["backup-go-sup", date(2024, 3, 1)] == (40, "106.67")  # 100 GB are 40 above 60: 8.00 a year each
    assert lines["backup-go-sup", JULY] == (0, "0.00")  # and none above 120
    assert [code for code, _ in lines].count("backup-fas") == 1


def test_amending_what_was_billed_bills_the_difference_and_nothing_twice(database: Database) -> None:
    with database.transaction() as tx:
        box(tx)
        runs.issue(tx, _drafted(tx), SETTINGS, "moi", NOW)
    with database.transaction() as tx:
        plan(tx, 180, JULY)
        second = _drafted(tx)
        rows = list(store.documents_of(tx, store.run(tx, second).id))
        runs.issue(tx, second, SETTINGS, "moi", LATER)
        assert {(who, kind) for who, kind, _ in amounts(rows)} == {("roye", "credit_note"), ("roye", "invoice")}
        assert store.net_by_customer(tx, 2024) == {"roye": _yearly(tx)}
        assert runs.draft(tx, 2024, SETTINGS, "moi", LATER) is None


def _drafted(tx: Transaction) -> str:
    run = runs.draft(tx, 2024, SETTINGS, "moi", NOW)
    assert run is not None
    return run.name


def _yearly(tx: Transaction) -> Decimal:
    return dry_run(tx, 2024, SETTINGS).net


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 365), st.sampled_from([0, 60, 100, 120, 180])), max_size=5), st.integers(1, 365)
)
def test_a_year_is_the_sum_of_its_parts_wherever_it_is_cut(
    sqlite_database: Database, told: list[tuple[int, int]], cut: int
) -> None:
    """Plans of each day, priced by day, are what the year is billed; and no cut of the year changes what is held."""
    with sqlite_database.transaction() as tx:
        unit = tx.query(NasUnit).filter_by(serial="S1").one_or_none() or box(tx)
        for n, (after, gb) in enumerate(told):
            on = FIRST + timedelta(days=after)
            tx.add(NasPlan(nas_unit_id=unit.id, start=on, plan_gb=gb, author="a", reason=str(n), recorded_at=NOW))
        tx.flush()
        tx.expire_all()
        day = FIRST + timedelta(days=cut)
        whole, parts = _plan_days(tx, FIRST, END), _plan_days(tx, FIRST, day) + _plan_days(tx, day, END)
        assert whole == parts
        by_day = sum(-(-gb // 60) for gb in _plans_by_day(unit))
        assert whole == by_day
        billed = [
            line for bill in dry_run(tx, 2024, SETTINGS).invoices for line in bill.lines if line.code == "backup-60go"
        ]
        exact = Decimal(by_day) * 420 / 366
        assert abs(sum((line.amount for line in billed), Decimal(0)) - exact) <= CENT / 2 * len(billed)
        tx.rollback()


def _plan_days(tx: Transaction, first: date, end: date) -> int:
    held = [one for one in holdings(tx, first, end) if one.code == "backup-60go"]
    return sum(int(one.quantity) * (min(one.end or end, end) - max(one.start, first)).days for one in held)


def _plans_by_day(unit: NasUnit) -> list[int]:
    terms = terms_of_box(unit)
    days = [FIRST + timedelta(days=n) for n in range(366)]
    return [next(t.plan_gb for t in terms if t.start <= day and (t.end is None or day < t.end)) for day in days]


def test_a_plan_once_told_never_changes(database: Database) -> None:
    with database.transaction() as tx:
        box(tx)
        plan(tx, 120, JULY)
    for statement in (lambda q: q.update({"plan_gb": 60}), lambda q: q.delete()):
        with pytest.raises(DatabaseError), database.transaction() as tx:
            statement(tx.query(NasPlan))


def test_a_file_tells_the_first_plan_only(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        box(tx)
        plan(tx, 120, JULY)
        rows = "serial,customer,plan_gb,from\nS1,roye,{},2023-03-01\n"
        assert import_nas(tx, "nas.csv", rows.format(60)).unchanged == 1
        with pytest.raises(ImportRefused, match="dcops nas plan"):
            import_nas(tx, "nas.csv", rows.format(120))


def test_plans_told_at_other_hours_of_one_day_count_in_their_order(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        box(tx)
        for gb in (120, 180, 120):
            change_plan(tx, "S1", gb, JULY, "Camille", "essai", datetime(2024, 7, 1, tzinfo=UTC))
        assert [term.plan_gb for term in terms_of_box(inventory_store.nas_unit(tx, "S1"))] == [60, 120]


def test_a_change_of_plan_ends_no_contract_and_what_binds_follows_it(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        load_shipped(tx)
        box(tx)
        plan(tx, 120, JULY)
        assert ending(tx, date(2024, 6, 1)) == []
        (plans,) = [one for one in engagements(tx) if one.last.code == "backup-60go"]
        assert [(term.start, term.end, term.quantity) for term in plans.agreed] == [
            (date(2023, 3, 1), JULY, 1), (JULY, None, 2),
        ]  # fmt: skip
