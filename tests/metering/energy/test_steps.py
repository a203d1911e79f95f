"""Energy cut at a calendar: no Wh is lost or made, what is not known is told apart from zero and from not held."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from metering.cells import Cells
from metering.energy.balance import Balance
from metering.energy.efficiency import Efficiency, Side
from metering.energy.steps import merged, steps
from metering.period import Period, of_days, split
from metering.readings import BRIDGED, Flag, Interval

START = datetime(2024, 3, 29, 23, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def of_minutes(lengths: list[tuple[int, int, int]]) -> Cells:
    """Cells one after the other: (minutes of silence before it, minutes it lasts, Wh)."""
    found: list[Interval] = []
    at = START
    for silence, lasting, wh in lengths:
        at += silence * MINUTE
        found.append(Interval(at, at + lasting * MINUTE, wh, Flag.ACTUAL, BRIDGED if lasting > 120 else "registers"))
        at += lasting * MINUTE
    return Cells.of(found)


SERIES = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 1500), st.integers(0, 10**6)), max_size=12)


@given(st.lists(SERIES, max_size=3), st.sampled_from(["hour", "day", "month", "year"]))
def test_what_steps_tell_adds_up_to_what_was_counted(series: list[list[tuple[int, int, int]]], by: str) -> None:
    parts = [of_minutes(one) for one in series]
    ends = [cells[-1].end for cells in parts if cells]
    period = Period(START, max([*ends, START + HOUR]))
    told = steps(parts, [], list(split(period, by)))
    assert sum(step.wh or 0 for step in told) == sum(sum(cells.wh) for cells in parts)


@given(SERIES, st.integers(0, 5000), st.integers(1, 5000))
def test_a_period_that_cuts_cells_gets_what_usage_gives_it(
    series: list[tuple[int, int, int]], first: int, lasting: int
) -> None:
    cells = of_minutes(series)
    period = Period(START + first * MINUTE, START + (first + lasting) * MINUTE)
    (step,) = steps([cells], [], [period])
    assert step.flags == cells.during(period).flags()


def test_zero_unknown_and_not_held_are_three_things() -> None:
    day = of_days(date(2024, 6, 1), date(2024, 6, 2))
    first, second, third, *_ = hours = list(split(day, "hour"))
    told = steps([Cells.of([Interval(first.start, first.end, 0, Flag.ACTUAL, "registers")])], [second], hours)
    assert [(step.wh, step.coverage, step.missing) for step in told[:3]] == [
        (0, Decimal(1), False), (None, Decimal(0), True), (None, None, False),
    ]  # fmt: skip
    assert told[2].period == third


def test_coverage_is_the_part_of_a_step_that_no_hole_cuts() -> None:
    hours = [Period(START + n * HOUR, START + (n + 1) * HOUR) for n in range(3)]
    hole = Period(START + 45 * MINUTE, START + 90 * MINUTE)
    assert [step.coverage for step in steps([], [hole, hole], hours)] == [Decimal("0.750"), Decimal("0.500"), None]


def test_holes_that_touch_are_one() -> None:
    first, second = Period(START, START + HOUR), Period(START + HOUR, START + 2 * HOUR)
    apart = Period(START + 3 * HOUR, START + 4 * HOUR)
    assert merged([apart, second, first]) == [Period(START, START + 2 * HOUR), apart]


def test_a_balance_is_told_once_every_feed_is_known() -> None:
    even, off = Balance({"A": 500, "B": 400}), Balance({"A": 100, "B": 300})
    assert (even.most, even.is_off(60)) == (Decimal(5) / 9, False)
    assert (off.heaviest, off.part("A"), off.is_off(60), off.is_off(75)) == ("B", Decimal("0.25"), True, False)
    half = Balance({"A": 500, "B": None})
    assert (half.silent, half.most, half.is_off(60), half.total) == (["B"], None, False, 500)
    assert Balance({"A": 0, "B": 0}).most is None


def month(site: tuple[int, str], racks: tuple[int, str], *unmetered: str) -> Efficiency:
    of_site, of_racks = (Side(wh, Decimal(coverage)) for wh, coverage in (site, racks))
    return Efficiency(of_days(date(2024, 6, 1), date(2024, 7, 1)), of_site, of_racks, unmetered)


def test_a_pue_is_exact_only_when_both_sides_are_wholly_measured() -> None:
    least = Decimal("0.95")
    whole = month((1450, "1"), (1000, "1"))
    assert (whole.exact, whole.pue(least), whole.is_absurd(least)) == (True, Decimal("1.45"), False)
    for rough in (month((1450, "0.999"), (1000, "1")), month((1450, "1"), (1000, "1"), "baie C05 voie B")):
        assert (rough.exact, rough.pue(least)) == (False, Decimal("1.45"))
    assert month((1450, "0.9"), (1000, "1")).pue(least) is None
    assert month((1450, "1"), (0, "1")).pue(least) is None
    assert month((900, "1"), (1000, "1")).is_absurd(least)
    assert month((1455, "1"), (1000, "1")).pue(least) == Decimal("1.46")  # half up
