"""Days of one price, parts of a year, terms of months: values, and parts that always touch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.spans import anniversaries, clip, part_of_year, split
from tests.dcops.billing.accounts import GRIDS, LEAVES, MEMBER, account

NEW_YEAR, JULY, NEXT = date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1)
DAYS = st.integers(0, 365).map(lambda n: NEW_YEAR + timedelta(days=n))


def test_a_year_of_one_grid_and_one_class_is_one_span() -> None:
    assert [(span.start, span.end) for span in split(NEW_YEAR, NEXT, MEMBER, GRIDS)] == [(NEW_YEAR, NEXT)]


def test_it_is_cut_where_the_class_changes_and_where_the_grid_does() -> None:
    assert [(span.start, span.buyer.member) for span in split(NEW_YEAR, NEXT, LEAVES, GRIDS)] == [
        (NEW_YEAR, True),
        (JULY, False),
    ]
    voted = (replace(GRIDS[1], end=JULY), replace(GRIDS[1], name="2024-2", start=JULY))
    assert [span.grid.name if span.grid else None for span in split(NEW_YEAR, NEXT, MEMBER, voted)] == [
        "2024",
        "2024-2",
    ]


def test_memberships_that_touch_cut_nothing() -> None:
    renewed = account("commune", 1, (date(2015, 1, 1), JULY), (JULY, None))
    assert len(split(NEW_YEAR, NEXT, renewed, GRIDS)) == 1


@given(st.lists(DAYS, min_size=2, max_size=6, unique=True))
def test_spans_touch_and_cover_all_the_days(days: list[date]) -> None:
    days = sorted(days)
    members = tuple(zip(days[::2], days[1::2], strict=False))
    spans = split(NEW_YEAR, NEXT, account("commune", 1, *members), GRIDS)
    assert [span.start for span in spans] == [NEW_YEAR, *(span.end for span in spans[:-1])]
    assert spans[-1].end == NEXT
    assert sum(span.days for span in spans if span.buyer.member) == sum((end - start).days for start, end in members)


def test_only_the_days_of_the_year_count() -> None:
    assert clip(date(2020, 1, 1), None, 2024) == (NEW_YEAR, NEXT)
    assert clip(date(2020, 1, 1), date(2024, 1, 1), 2024) is None
    assert clip(JULY, date(2026, 1, 1), 2024) == (JULY, NEXT)


def test_terms_of_months() -> None:
    assert anniversaries(date(2021, 5, 31), 36, NEW_YEAR, NEXT) == [date(2024, 5, 31)]


def test_months_begun_are_counted_where_they_begin() -> None:
    first = date(2024, 1, 20)
    assert part_of_year("month", first, first, date(2024, 3, 10)) == (3, 12)
    assert part_of_year("month", first, date(2024, 3, 10), date(2024, 4, 1)) == (0, 12)
    assert part_of_year("none", first, date(2024, 3, 10), date(2024, 4, 1)) == (0, 1)
