"""The ledger of minutes: which pack pays, and that minutes are never created nor lost."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.support.ledger import NEVER, Entry, accounted, add_months, replay, shortage

ORIGIN = date(2024, 1, 1)


def bought(number: int, on: date, minutes: int, expires_on: date) -> Entry:
    return Entry(number, "purchase", on, minutes, "assist-2h30", expires_on)


def worked(number: int, on: date, minutes: int) -> Entry:
    return Entry(number, "debit", on, -minutes)


OLD = bought(1, date(2021, 3, 1), 150, date(2024, 3, 1))
NEW = bought(2, date(2023, 6, 1), 300, date(2026, 6, 1))


def test_the_pack_that_expires_first_pays_first_and_the_next_one_pays_the_rest() -> None:
    balance = replay([NEW, OLD, worked(3, date(2024, 1, 10), 200)], date(2024, 1, 10))
    assert [pack.remaining_minutes for pack in balance.packs] == [0, 250]
    assert (balance.used_minutes, balance.remaining_minutes, balance.owed_minutes) == (200, 250, 0)


def test_an_expired_remainder_is_not_remaining_but_is_said() -> None:
    balance = replay([OLD, NEW, worked(3, date(2024, 1, 10), 100)], date(2024, 3, 1))
    assert (balance.remaining_minutes, balance.expired_minutes) == (300, 50)
    assert replay([OLD, NEW], date(2024, 2, 29)).remaining_minutes == 450


def test_a_backdated_debit_is_paid_by_the_pack_valid_on_the_worked_day() -> None:
    late = worked(9, date(2024, 2, 1), 60)  # recorded after OLD had expired
    balance = replay([OLD, NEW, worked(3, date(2024, 4, 1), 60), late], date(2024, 5, 1))
    assert [pack.expired_minutes for pack in balance.packs] == [90, 0]
    assert balance.remaining_minutes == 240


def test_a_correction_gives_back_to_the_pack_that_paid() -> None:
    debit = worked(3, date(2024, 1, 10), 100)
    undone = Entry(4, "correction", debit.on, 100, reverses_id=3)
    assert replay([OLD, NEW, debit, undone], date(2024, 2, 1)) == replay([OLD, NEW], date(2024, 2, 1))


def test_what_no_pack_covers_is_owed_then_settled_by_the_next_pack() -> None:
    over = worked(2, date(2024, 1, 5), 200)
    ledger = [bought(1, ORIGIN, 150, date(2027, 1, 1)), over]
    assert replay(ledger, date(2024, 2, 1)).owed_minutes == 50
    after = replay([*ledger, bought(3, date(2024, 3, 1), 300, date(2027, 3, 1))], date(2024, 3, 1))
    assert (after.owed_minutes, after.remaining_minutes, after.overdrawn_minutes) == (0, 250, 50)


def test_a_debit_that_would_take_minutes_from_a_later_one_is_short() -> None:
    ledger = [bought(1, ORIGIN, 150, date(2027, 1, 1)), worked(2, date(2024, 6, 1), 150)]
    assert shortage(ledger, worked(3, date(2024, 2, 1), 30)) == 30


def test_minutes_bought_later_do_not_cover_an_earlier_day() -> None:
    ledger = [bought(1, date(2024, 6, 1), 150, date(2027, 6, 1))]
    assert shortage(ledger, worked(2, date(2024, 5, 31), 15)) == 15


def test_goodwill_without_term_never_expires() -> None:
    balance = replay([Entry(1, "goodwill", ORIGIN, 60)], date(2099, 1, 1))
    assert balance.remaining_minutes == 60
    assert balance.document()["packs"][0]["expires_on"] is None


@pytest.mark.parametrize(
    ("minutes", "step", "minimum", "expected"),
    [(1, 15, 0, 15), (15, 15, 0, 15), (16, 15, 0, 30), (45, 15, 0, 45), (5, 15, 20, 30), (7, 1, 0, 7), (1, 60, 30, 60)],
)
def test_accounted_minutes(minutes: int, step: int, minimum: int, expected: int) -> None:
    assert accounted(minutes, step, minimum) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 6, 15), 36, date(2027, 6, 15)),
        (date(2024, 2, 29), 36, date(2027, 3, 1)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2024, 12, 31), 2, date(2025, 3, 1)),
        (date(2024, 12, 15), 12, date(2025, 12, 15)),
        (date(2023, 10, 31), 1, date(2023, 12, 1)),
    ],
)
def test_validity_in_months(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


days = st.integers(0, 1500).map(lambda n: ORIGIN + timedelta(days=n))


@st.composite
def ledgers(draw: st.DrawFn) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, draw(st.integers(0, 12)) + 1):
        on, minutes = draw(days), draw(st.integers(1, 600))
        wrong = [e for e in entries if e.kind != "correction" and all(c.reverses_id != e.id for c in entries)]
        kind = draw(st.sampled_from(["purchase", "debit", "debit", "goodwill", "correction"]))
        if kind == "correction" and wrong:
            named = draw(st.sampled_from(wrong))
            entries.append(Entry(number, kind, named.on, -named.minutes, reverses_id=named.id))
        elif kind == "debit":
            entries.append(worked(number, on, minutes))
        else:
            entries.append(bought(number, on, minutes, on + timedelta(days=draw(st.integers(1, 1100)))))
    return entries


@given(ledgers(), days)
def test_minutes_are_never_created_nor_lost(ledger: list[Entry], on: date) -> None:
    balance = replay(ledger, on)
    assert balance.bought_minutes + balance.owed_minutes == (
        balance.used_minutes + balance.remaining_minutes + balance.expired_minutes
    )
    counted = sum(entry.minutes for entry in ledger if entry.on <= on)
    assert counted == balance.remaining_minutes + balance.expired_minutes - balance.owed_minutes
    assert all(0 <= pack.remaining_minutes <= pack.bought_minutes for pack in balance.packs)


@given(ledgers(), days, st.randoms())
def test_the_order_of_reading_changes_nothing(ledger: list[Entry], on: date, random: Random) -> None:
    shuffled = list(ledger)
    random.shuffle(shuffled)
    assert replay(shuffled, on) == replay(ledger, on)


@given(ledgers(), days, st.integers(1, 600))
def test_a_debit_without_shortage_overdraws_on_no_day(ledger: list[Entry], on: date, minutes: int) -> None:
    debit = worked(99, on, minutes)
    if shortage(ledger, debit) == 0:
        for day in sorted({entry.on for entry in ledger} | {on, NEVER}):
            assert replay([*ledger, debit], day).overdrawn_minutes <= replay(ledger, NEVER).overdrawn_minutes
