"""Columns of cells say what the intervals say, one by one: cut, added, put side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.cells import Cells, clip, instant, joined, micros
from metering.period import Period
from metering.readings import BRIDGED, Flag, Interval

T = datetime(2024, 3, 1, tzinfo=UTC)
KINDS = [
    (Flag.ACTUAL, "register"),
    (Flag.ACTUAL, BRIDGED),
    (Flag.CALCULATED, "interpolated"),
    (Flag.EDITED, "manual"),
    (Flag.ESTIMATED, "reset"),
]


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


@st.composite
def series(draw: st.DrawFn) -> list[Interval]:
    """Disjoint intervals in order, some touching, of every quality."""
    items, start = [], 0
    lengths = st.tuples(st.integers(1, 9), st.sampled_from([0, 0, 0, 3]), st.integers(0, 99), st.sampled_from(KINDS))
    for length, hole, wh, kind in draw(st.lists(lengths, max_size=10)):
        start += hole
        items.append(Interval(at(start), at(start + length), wh, *kind))
        start += length
    return items


periods = st.tuples(st.integers(-10, 1200), st.integers(1, 1200)).map(
    lambda bounds: Period(at(bounds[0] / 10), at(sum(bounds) / 10))
)


@given(series())
def test_columns_hold_the_intervals(items: list[Interval]) -> None:
    cells = Cells.of(items)
    assert list(cells) == items == [cells[index] for index in range(len(cells))]
    assert list(joined([cells[:2], cells[2:]])) == items


@given(series(), periods)
def test_a_period_cuts_columns_as_it_cuts_intervals(items: list[Interval], period: Period) -> None:
    cells = Cells.of(items)
    parts = [part for item in items if (part := clip(item, period)) is not None]
    assert list(cells.during(period)) == parts
    assert list(cells) == items  # what was cut is a copy


@given(series())
def test_flags_and_known_times_are_those_of_the_intervals(items: list[Interval]) -> None:
    cells = Cells.of(items)
    flags: dict[Flag, int] = {}
    for item in items:
        flags[item.flag] = flags.get(item.flag, 0) + item.wh
    assert list(cells.flags().items()) == list(flags.items())  # in the order in which they appear
    known = {second for item in items for second in range(int((item.start - T).seconds), int((item.end - T).seconds))}
    assert cells.known() == timedelta(seconds=len(known))
    spans = [(instant(start), instant(end)) for start, end in cells.spans()]
    assert {second for start, end in spans for second in range((start - T).seconds, (end - T).seconds)} == known
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("moment", [T, T.replace(microsecond=1), datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)])
def test_instants_are_exact_to_the_microsecond(moment: datetime) -> None:
    assert instant(micros(moment)) == moment
