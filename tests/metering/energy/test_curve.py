"""Sums and parts of load curves: what goes in comes out, at every instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from metering.cells import Cells, instant
from metering.energy.curve import Curve, Wanted, pools, together, total
from metering.period import HOUR, Period
from metering.readings import Flag, Interval
from metering.usage import usage

T = datetime(2024, 3, 1, tzinfo=UTC)
SPAN = Period(T, T + 48 * HOUR)


def curve(*items: tuple[float, float, int], flag: Flag = Flag.ACTUAL) -> Curve:
    cells = (Interval(T + HOUR * start, T + HOUR * end, wh, flag, flag.lower()) for start, end, wh in items)
    return Curve.of(Cells.of(cells))


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """Intervals of some quarters of an hour, with holes."""
    items, start = [], 0
    for length, hole, wh in draw(
        st.lists(st.tuples(st.integers(1, 20), st.integers(0, 4), st.integers(0, 9000)), max_size=12)
    ):
        start += hole
        items.append((start / 4, (start + length) / 4, wh))
        start += length
    return curve(*items)


def wh(one: Curve) -> int:
    return sum(item.wh for item in one.cells)


def known(one: Curve) -> list[tuple[datetime, datetime]]:
    return [(instant(start), instant(end)) for start, end in one.known]


def known_for(one: Curve) -> timedelta:
    return sum((end - start for start, end in known(one)), timedelta())


def part(
    rack: Curve, metered: list[Wanted], periods: list[Period], weights: tuple[int, ...] = (1,), index: int = 0
) -> Curve:
    return together(pool.part(weights, index) for pool in pools(rack, metered, periods))


def test_a_sum_is_as_good_as_its_worst_part_and_known_when_all_are() -> None:
    found = total([Wanted(curve((0, 2, 200)), SPAN), Wanted(curve((1, 2, 7), (2, 3, 5), flag=Flag.ESTIMATED), SPAN)])
    assert [(i.wh, str(i.flag), i.method) for i in found.cells] == [
        (100, "CALCULATED", "interpolated"),  # cut where the other curve begins
        (107, "ESTIMATED", "estimated"),
        (5, "ESTIMATED", "estimated"),
    ]
    assert known(found) == [(T + HOUR, T + 2 * HOUR)]


def test_a_meter_that_takes_over_from_another_leaves_no_hole() -> None:
    before, after = Period(T, T + 5 * HOUR), Period(T + 5 * HOUR, T + 9 * HOUR)
    found = total([Wanted(curve((0, 5, 50)), before), Wanted(curve((5, 9, 40)), after)])
    assert known(found) == [(T, T + 9 * HOUR)]


def test_what_metered_shares_drew_is_not_dealt_to_the_others() -> None:
    metered = Wanted(curve((0, 1, 1010), (1, 2, 790)), SPAN)
    found = part(curve((0, 1, 1000), (1, 2, 1000)), [metered], [SPAN], (42, 42))
    assert [i.wh for i in found.cells] == [0, 100]  # 10 Wh too many in the first hour, taken back in the second


def test_a_rack_that_is_not_known_owes_nothing() -> None:
    found = part(curve((1, 2, 1000)), [Wanted(curve((0, 1, 500), (1, 2, 400)), SPAN)], [SPAN])
    assert [i.wh for i in found.cells] == [600]


@given(st.lists(curves(), min_size=1, max_size=4))
def test_a_sum_conserves_its_parts(parts: list[Curve]) -> None:
    assert wh(total([Wanted(part, SPAN) for part in parts])) == sum(wh(part) for part in parts)


@given(curves(), st.lists(st.integers(1, 84), min_size=1, max_size=5), st.integers(1, 47))
def test_shares_sum_to_the_rack_at_any_instant(rack: Curve, weights: list[int], cut: int) -> None:
    middle = T + cut * HOUR
    periods = [Period(T, middle), Period(middle, T + 99 * HOUR)]
    shares = [part(rack, [], periods, tuple(weights), i) for i in range(len(weights))]
    assert sum(wh(share) for share in shares) == wh(rack)
    assert all(item.wh >= 0 for share in shares for item in share.cells)
    assert {known_for(share) for share in shares} == {known_for(rack)}


@given(curves(), st.integers(1, 48 * 60 - 1))
def test_a_curve_cut_in_two_keeps_its_energy(one: Curve, minutes: int) -> None:
    cut = T + timedelta(minutes=minutes)
    left, right = one.during(Period(T, cut)), one.during(Period(cut, T + 99 * HOUR))
    assert wh(left) + wh(right) == wh(one)
    assert usage(one.cells, Period(T, cut)).wh == wh(left)
