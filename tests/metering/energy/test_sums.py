"""Sums of columns of cells say what the intervals say, one by one."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from metering.cells import Cells, clip, micros, quality
from metering.energy.sums import added, beside
from metering.period import Period
from metering.readings import BRIDGED, Flag, Interval, worst
from tests.metering.test_cells import at, series


@given(st.lists(series(), min_size=1, max_size=3))
def test_a_sum_is_cut_wherever_a_part_is_and_as_good_as_its_worst_part(parts: list[list[Interval]]) -> None:
    found = list(added([Cells.of(items) for items in parts]))
    cuts = sorted({moment for items in parts for item in items for moment in (item.start, item.end)})
    expected = []
    for start, end in pairwise(cuts):
        inside = [one for items in parts for item in items if (one := clip(item, Period(start, end)))]
        if inside:
            flag = worst({one.flag for one in inside})
            bad = [one.method for one in inside if one.flag is flag]
            method = next((method for method in bad if flag is not Flag.ESTIMATED or method != BRIDGED), bad[0])
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
