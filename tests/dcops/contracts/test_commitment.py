"""Terms, notices and what leaving early costs, by the calendar and to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.contracts.commitment import Commitment, Owed, add_months, exactly, remaining_due
from dcops.money import round_cents

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
PRICES = st.decimals(0, 100_000, places=2)
START = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 1), 36, date(2027, 1, 1)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2024, 5, 10), 0, date(2024, 5, 10)),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_a_minimum_term_then_yearly_renewals_with_notice() -> None:
    contract = Commitment(START, months=36, renewal_months=12, notice_months=3)
    assert contract.end == date(2027, 1, 1)
    assert list(islice(contract.terms(), 3)) == [date(2027, 1, 1), date(2028, 1, 1), date(2029, 1, 1)]
    assert contract.term_end(date(2026, 12, 31)) == date(2027, 1, 1)
    assert contract.term_end(date(2027, 1, 1)) == date(2028, 1, 1)
    assert contract.next_notice(date(2026, 9, 30)) == date(2026, 9, 30)
    assert contract.next_notice(date(2026, 10, 1)) == date(2027, 9, 30)


def test_a_contract_of_the_29th_of_february_does_not_drift() -> None:
    contract = Commitment(date(2024, 2, 29), months=36, renewal_months=12)
    ends = list(islice(contract.terms(), 3))
    assert ends == [date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28)]


def test_without_renewal_the_contract_is_free_after_its_commitment() -> None:
    contract = Commitment(START, months=24, notice_months=2)
    assert list(contract.terms()) == [date(2026, 1, 1)]
    assert contract.term_end(date(2026, 1, 1)) is None
    assert contract.next_notice(START) is None


def test_renewals_without_minimum_term_begin_at_once() -> None:
    contract = Commitment(START, renewal_months=12)
    assert contract.end is None
    assert contract.next_notice(START) == date(2024, 12, 31)  # no notice asked: up to the last day


def test_nothing_binds_what_says_nothing() -> None:
    assert list(Commitment(START).terms()) == []
    assert remaining_due([Owed(START, date(2030, 1, 1), Decimal(100))], date(2025, 1, 1), None) == 0


@pytest.mark.parametrize(
    ("leaving", "due"),
    [
        (date(2024, 1, 1), "2592.00"),
        (date(2024, 7, 1), "2162.36"),  # 864 × 184/366 in the leap year, then two whole years
        (date(2025, 1, 1), "1728.00"),
        (date(2026, 7, 1), "435.55"),  # 864 × 184/365
        (date(2026, 12, 31), "2.37"),
        (date(2027, 1, 1), "0.00"),
        (date(2028, 6, 1), "0.00"),
    ],
)
def test_leaving_early_costs_the_days_up_to_the_end_of_the_commitment(leaving: date, due: str) -> None:
    owed = [Owed(START, date(2027, 1, 1), Decimal(864))]
    assert remaining_due(owed, leaving, date(2027, 1, 1)) == Decimal(due)


def test_a_quantity_that_changes_later_is_counted_as_it_will_be() -> None:
    owed = [Owed(START, date(2026, 1, 1), Decimal(864)), Owed(date(2026, 1, 1), date(2027, 1, 1), Decimal(432))]
    assert remaining_due(owed, date(2025, 1, 1), date(2027, 1, 1)) == Decimal("1296.00")
    assert remaining_due(owed, date(2026, 1, 1), date(2027, 1, 1)) == Decimal("432.00")


@given(st.tuples(DAYS, DAYS), PRICES, st.integers(1, 60))
def test_leaving_later_never_costs_more(days: tuple[date, date], yearly: Decimal, months: int) -> None:
    sooner, later = sorted(days)
    until = add_months(sooner, months)
    owed = [Owed(date(2019, 1, 1), until, yearly)]
    assert remaining_due(owed, sooner, until) >= remaining_due(owed, later, until) >= 0


@given(st.tuples(DAYS, DAYS, DAYS), PRICES)
def test_what_is_due_is_additive(days: tuple[date, date, date], yearly: Decimal) -> None:
    first, middle, last = sorted(days)
    owed = Owed(first, last, yearly)
    assert exactly(owed, first, last) == exactly(owed, first, middle) + exactly(owed, middle, last)
    cut = [Owed(first, middle, yearly), Owed(middle, last, yearly)]
    assert remaining_due(cut, first, last) == remaining_due([owed], first, last)


@given(st.integers(2020, 2035), PRICES)
def test_a_whole_civil_year_costs_the_yearly_price(year: int, yearly: Decimal) -> None:
    owed = Owed(date(year, 1, 1), date(year + 1, 1, 1), yearly)
    assert remaining_due([owed], owed.start, owed.end) == round_cents(yearly)


@given(DAYS, st.integers(0, 60), st.integers(1, 24), st.integers(0, 6), DAYS)
def test_notices_come_one_after_the_other_and_before_their_term(
    start: date, months: int, renewal: int, notice: int, on: date
) -> None:
    contract = Commitment(start, months, renewal, notice)
    found = contract.next_notice(on)
    assert found is not None
    assert found >= on
    after = contract.next_notice(found + timedelta(days=1))
    assert after is not None
    assert after > found
