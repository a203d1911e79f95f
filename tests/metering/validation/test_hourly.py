"""Hours from readings: exact totals, honest flags; and energy of periods that adds up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from metering.period import HOUR, Period, floor_hour, of_days, split
from metering.readings import Flag, Interval, MeterRules, Reading
from metering.usage import grid, usage
from metering.validation.hourly import hourly, runs
from metering.validation.vee import vee
from tests.metering.validation.test_vee import RULES, steps, walked

T = datetime(2024, 3, 1, tzinfo=UTC)


def at(clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return T + timedelta(hours=hour, minutes=minute)


def rolled(*readings: tuple[str, int], rules: MeterRules = RULES) -> list[tuple[str, str, int, str, str]]:
    intervals, _ = vee([Reading(at(clock), wh) for clock, wh in readings], rules)
    return [(f"{i.start:%H:%M}", f"{i.end:%H:%M}", i.wh, str(i.flag), i.method) for i in hourly(intervals, RULES.close)]


def test_hours_between_readings_on_the_hour_are_actual() -> None:
    assert rolled(("10:00", 0), ("10:20", 100), ("11:00", 300), ("12:00", 350)) == [
        ("10:00", "11:00", 300, "ACTUAL", "register"),
        ("11:00", "12:00", 50, "ACTUAL", "register"),
    ]


def test_hours_between_close_readings_are_calculated_and_the_ends_stay_partial() -> None:
    assert rolled(("10:30", 0), ("11:30", 101), ("12:30", 201)) == [
        ("10:30", "11:00", 51, "CALCULATED", "interpolated"),
        ("11:00", "12:00", 100, "CALCULATED", "interpolated"),
        ("12:00", "12:30", 50, "CALCULATED", "interpolated"),
    ]


def test_no_hour_is_invented_inside_a_long_gap() -> None:
    assert rolled(("10:00", 0), ("11:00", 100), ("16:30", 650), ("17:00", 700)) == [
        ("10:00", "11:00", 100, "ACTUAL", "register"),
        ("11:00", "16:30", 550, "ACTUAL", "register-bridged"),
        ("16:30", "17:00", 50, "ACTUAL", "register"),
    ]


def test_the_total_across_a_gap_is_measured_and_a_part_of_it_estimated() -> None:
    gap = Interval(T, T + 24 * HOUR, 2400, Flag.ACTUAL, "register-bridged")
    assert usage([gap], Period(T - HOUR, T + 25 * HOUR)).flags == {Flag.ACTUAL: 2400}
    assert usage([gap], Period(T, T + 6 * HOUR)).flags == {Flag.ESTIMATED: 600}


def test_the_hour_of_a_reset_is_estimated() -> None:
    assert rolled(("10:00", 50_000), ("10:30", 50_100), ("11:00", 20), ("12:00", 80)) == [
        ("10:00", "11:00", 120, "ESTIMATED", "reset"),
        ("11:00", "12:00", 60, "ACTUAL", "register"),
    ]


def test_what_is_not_believed_leaves_a_hole() -> None:
    found = rolled(("10:00", 1), ("11:00", 101), ("12:00", 90_001), ("13:00", 90_101))
    assert [(start, end) for start, end, *_ in found] == [("10:00", "11:00"), ("12:00", "13:00")]


readings_ = st.builds(walked, steps, st.integers(0, 10**9))


@given(readings_)
def test_hours_conserve_the_register_and_follow_each_other(readings: list[Reading]) -> None:
    cells = hourly(vee(readings, RULES)[0], RULES.close)
    assert sum(cell.wh for cell in cells) == readings[-1].wh - readings[0].wh
    assert (cells[0].start, cells[-1].end) == (readings[0].at, readings[-1].at)
    assert all(one.end == other.start for one, other in pairwise(cells))
    instants = {reading.at for reading in readings}
    assert all(cell.start == floor_hour(cell.start) or cell.start in instants for cell in cells)
    assert all(cell.wh >= 0 for cell in cells)


@given(readings_)
def test_each_hour_is_the_register_read_at_its_ends(readings: list[Reading]) -> None:
    measured = vee(readings, RULES)[0]

    def register(instant: datetime) -> int:
        return sum(i.wh_until(min(max(instant, i.start), i.end)) for i in measured)

    for cell in hourly(measured, RULES.close):
        assert cell.wh == register(cell.end) - register(cell.start)


@given(readings_)
def test_runs_tell_the_same_energy_in_fewer_spans(readings: list[Reading]) -> None:
    cells = hourly(vee(readings, RULES)[0], RULES.close)
    joined = runs(cells)
    assert sum(run.wh for run in joined) == sum(cell.wh for cell in cells)
    assert all((one.flag, one.method) != (other.flag, other.method) for one, other in pairwise(joined))


@given(readings_, st.lists(st.integers(0, 400 * 3600), min_size=3, max_size=3, unique=True))
def test_energy_of_two_spans_is_that_of_both_together(readings: list[Reading], seconds: list[int]) -> None:
    cells = hourly(vee(readings, RULES)[0], RULES.close)
    a, b, c = (T + timedelta(seconds=s) for s in sorted(seconds))
    whole = usage(cells, Period(a, c))
    assert usage(cells, Period(a, b)).wh + usage(cells, Period(b, c)).wh == whole.wh
    assert sum(whole.flags.values()) == whole.wh
    assert [cell.wh for cell in grid(cells, [Period(a, b), Period(b, c)])] == [
        usage(cells, Period(a, b)).wh,
        usage(cells, Period(b, c)).wh,
    ]


def test_usage_tells_flags_and_coverage() -> None:
    cells = [
        Interval(T, T + HOUR, 100, Flag.ACTUAL, "register"),
        Interval(T + 2 * HOUR, T + 3 * HOUR, 60, Flag.ESTIMATED, "reset"),
    ]
    found = usage(cells, Period(T + HOUR / 2, T + 3 * HOUR))
    assert (found.wh, found.flags) == (110, {Flag.CALCULATED: 50, Flag.ESTIMATED: 60})
    assert str(found.coverage) == "0.600"


def test_coverage_is_one_only_when_nothing_is_missing() -> None:
    cell = Interval(T, T + timedelta(days=366) - timedelta(seconds=1), 1, Flag.ACTUAL, "register")
    assert str(usage([cell], Period(T, T + timedelta(days=366))).coverage) == "0.999"


def test_civil_days_have_23_24_or_25_hours() -> None:
    for day, hours in ((date(2024, 3, 31), 23), (date(2024, 4, 1), 24), (date(2024, 10, 27), 25)):
        whole = of_days(day, day + timedelta(days=1))
        assert len(list(split(whole, "hour"))) == hours == whole.seconds / 3600


def test_a_year_splits_into_its_civil_months() -> None:
    months = list(split(of_days(date(2024, 1, 1), date(2025, 1, 1)), "month"))
    assert [round(month.seconds / 3600) for month in months[:4]] == [744, 696, 743, 720]
    assert len(months) == 12
