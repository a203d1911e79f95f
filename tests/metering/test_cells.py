"""Columns of cells say what the intervals say, one by one: cut, added, put side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.cells import Cells, added, beside, clip, instant, joined, micros, quality
from metering.period import Period
from metering.readings import BRIDGED, Flag, Interval, worst

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


@given(st.lists(series(), min_size=1, max_size=3))
def test_a_sum_is_cut_wherever_a_part_is_and_as_good_as_its_worst_part(parts: list[list[Interval]]) -> None:
    found = list(added([Cells.of(items) for items in parts]))
    cuts = sorted({moment for items in parts for item in items for moment in (item.start, item.end)})
    expected = []
    for start, end in pairwise(cuts):
        inside = [one for items in parts for item in items if (one := clip(item, Period(start, end)))]
        if inside:
            flag = worst({one.flag for one in inside})
            method = next(one.method for one in inside if one.flag is flag)
            expected.append(Interval(start, end, sum(one.wh for one in inside), flag, method))
    assert found == expected


@given(series())
def test_hours_beside_hours_are_added_without_cutting(items: list[Interval]) -> None:
    cells = Cells.of(items)
    assert list(added([cells, cells])) == [
        Interval(item.start, item.end, 2 * item.wh, item.flag, item.method) for item in items
    ]


def test_things_side_by_side_keep_their_places() -> None:
    one = Cells.of([Interval(at(0), at(4), 8, Flag.ACTUAL, "register")])
    other = Cells.of([Interval(at(2), at(6), 4, Flag.EDITED, "manual")])
    cut = quality(Flag.CALCULATED, "interpolated")
    edited = quality(Flag.EDITED, "manual")
    first, middle, middle_end, last = (micros(at(second)) for second in (0, 2, 4, 6))
    assert beside([one, other]) == [
        ((first, middle), [(first, middle, 4, cut), None]),
        ((middle, middle_end), [(middle, middle_end, 4, cut), (middle, middle_end, 2, edited)]),
        ((middle_end, last), [None, (middle_end, last, 2, edited)]),
    ]


@pytest.mark.parametrize("moment", [T, T.replace(microsecond=1), datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)])
def test_instants_are_exact_to_the_microsecond(moment: datetime) -> None:
    assert instant(micros(moment)) == moment
