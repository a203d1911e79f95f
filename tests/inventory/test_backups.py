"""The plans of a backup box over its days: nothing is lost, nothing counts twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.backups import PlanTerm, held_bytes, plan_on, plan_terms
from inventory.facts import BackupStore

START = date(2024, 1, 1)


@dataclass(frozen=True)
class Change:
    start: date
    plan_gb: int


def test_each_plan_has_its_own_days() -> None:
    changes = [Change(date(2024, 7, 1), 120), Change(date(2024, 4, 1), 180), Change(date(2024, 7, 1), 240)]
    assert plan_terms(60, START, date(2025, 1, 1), changes) == [
        PlanTerm(START, date(2024, 4, 1), 60),
        PlanTerm(date(2024, 4, 1), date(2024, 7, 1), 180),
        PlanTerm(date(2024, 7, 1), date(2025, 1, 1), 240),
    ]
    assert plan_terms(60, START, None, []) == [PlanTerm(START, None, 60)]


def test_a_change_before_the_first_day_counts_from_it_and_one_after_the_last_never() -> None:
    changes = [Change(date(2023, 1, 1), 120), Change(date(2025, 1, 1), 180)]
    assert plan_terms(60, START, date(2025, 1, 1), changes) == [PlanTerm(START, date(2025, 1, 1), 120)]


def test_a_change_that_changes_nothing_cuts_nothing() -> None:
    changes = [Change(date(2024, 3, 1), 60), Change(date(2024, 6, 1), 120), Change(date(2024, 9, 1), 120)]
    assert [term.plan_gb for term in plan_terms(60, START, None, changes)] == [60, 120]


def test_the_plan_of_a_day() -> None:
    terms = plan_terms(60, START, date(2025, 1, 1), [Change(date(2024, 7, 1), 120)])
    days = [date(2023, 5, 1), START, date(2024, 6, 30), date(2024, 7, 1), date(2026, 1, 1)]
    assert [plan_on(terms, day) for day in days] == [60, 60, 60, 120, 120]


@pytest.mark.parametrize(("told", "held"), [((5, 7), 12), ((5, 0), 5), ((5, None), None), ((), 0)])
def test_a_box_holds_what_all_its_datastores_say(told: tuple[int | None, ...], held: int | None) -> None:
    assert held_bytes([BackupStore("pbs-1", f"store-{used}", used, None) for used in told]) == held


@given(
    st.lists(st.tuples(st.integers(-40, 440), st.sampled_from([0, 60, 120])), max_size=8),
    st.one_of(st.none(), st.integers(1, 400)),
)
def test_terms_touch_cover_every_day_and_say_what_was_last_told(told: list[tuple[int, int]], held: int | None) -> None:
    end = None if held is None else START + timedelta(days=held)
    changes = [Change(START + timedelta(days=after), gb) for after, gb in told]
    terms = plan_terms(60, START, end, changes)
    assert (terms[0].start, terms[-1].end) == (START, end)
    for one, other in pairwise(terms):
        assert one.end == other.start
        assert one.plan_gb != other.plan_gb
    for n in range(held or 400):
        day = START + timedelta(days=n)
        before = [change for change in changes if change.start <= day]
        last = [change for change in before if change.start == max(one.start for one in before)]
        assert plan_on(terms, day) == (last[-1].plan_gb if last else 60)
