"""Figures of energy: the step of a period, layers by kind of value, and that no Wh is lost or drawn twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.web.charts import energy_bars, step_of
from dcops.web.spans import Days, asked_days, asked_month, month_before
from inventory.errors import Invalid
from metering.period import Period, of_days, split
from metering.readings import Flag, Interval
from metering.usage import grid

HOUR = timedelta(hours=1)


def hours_of(period: Period, wh: int, flag: Flag = Flag.ACTUAL) -> list[Interval]:
    return [Interval(span.start, span.end, wh, flag, "registers") for span in split(period, "hour")]


@pytest.mark.parametrize(
    ("first", "end", "step"),
    [
        (date(2024, 6, 1), date(2024, 6, 15), "hour"),
        (date(2024, 10, 20), date(2024, 11, 3), "hour"),  # 14 days and one hour: the clocks go back
        (date(2024, 6, 1), date(2024, 6, 16), "day"),
        (date(2024, 1, 1), date(2024, 4, 30), "day"),
        (date(2024, 1, 1), date(2024, 5, 1), "month"),
    ],
)
def test_the_step_follows_the_length(first: date, end: date, step: str) -> None:
    assert step_of(of_days(first, end)) == step


def test_estimates_are_a_layer_of_their_own_with_a_pattern() -> None:
    day = of_days(date(2024, 6, 1), date(2024, 6, 2))
    intervals = hours_of(day, 1000)
    intervals[5] = Interval(intervals[5].start, intervals[5].end, 700, Flag.ESTIMATED, "linear")
    figure = energy_bars(grid(intervals, split(day, "hour")), "hour")
    measured, estimated = figure["data"]
    assert (measured["name"], estimated["name"]) == ("Mesuré", "Estimé")
    assert estimated["marker"]["pattern"]["shape"] == "/"
    assert measured["y"][5] == 0
    assert estimated["y"][5] == 0.7
    assert sum(measured["y"]) == 23


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 10, 27), 25), (date(2024, 3, 31), 23), (date(2024, 6, 1), 24)])
def test_a_day_that_changes_its_hour_draws_each_hour_once(day: date, hours: int) -> None:
    whole = of_days(day, day + timedelta(days=1))
    figure = energy_bars(grid(hours_of(whole, 500), split(whole, "hour")), "hour")
    places = figure["data"][0]["x"]
    assert len(places) == len(set(places)) == hours
    assert places[0] == f"{day} 00:00"
    assert places[-1] == f"{day} 23:00"


def test_the_repeated_hour_of_autumn_stands_beside_itself() -> None:
    days = of_days(date(2024, 10, 27), date(2024, 10, 29))
    bars = energy_bars(grid(hours_of(days, 500), split(days, "hour")), "hour")["data"][0]
    assert bars["x"][1:5] == [f"2024-10-27 {clock}" for clock in ("01:00", "02:00", "02:30", "03:00")]
    assert "2024-10-28 00:00" in bars["x"]
    starts = [datetime.fromisoformat(x) for x in bars["x"]]
    ends = [start + timedelta(milliseconds=width) for start, width in zip(starts, bars["width"], strict=True)]
    assert bars["offset"] == 0
    assert all(end <= start for end, start in zip(ends[:-1], starts[1:], strict=True))


def test_no_bucket_makes_an_empty_figure() -> None:
    assert energy_bars([], "day")["data"][0]["y"] == []


@given(
    st.lists(
        st.tuples(st.integers(0, 50_000), st.sampled_from([Flag.ACTUAL, Flag.ESTIMATED, Flag.EDITED])), max_size=60
    )
)
def test_what_is_drawn_is_what_was_used(hours: list[tuple[int, Flag]]) -> None:
    start = datetime(2024, 6, 1, tzinfo=UTC)
    intervals = [
        Interval(start + n * HOUR, start + (n + 1) * HOUR, wh, flag, "registers") for n, (wh, flag) in enumerate(hours)
    ]
    period = Period(start, start + 60 * HOUR)
    for by in ("hour", "day", "month"):
        figure = energy_bars(grid(intervals, split(period, by)), by)
        drawn = sum(round(kwh * 1000) for layer in figure["data"] for kwh in layer["y"])
        assert drawn == sum(wh for wh, _ in hours)


def test_days_are_asked_with_the_last_one_included() -> None:
    default = Days(date(2024, 1, 1), date(2024, 1, 7))
    assert asked_days({}, default) == default
    days = asked_days({"from": "2024-03-01", "to": "2024-03-31"}, default)
    assert days.period.seconds == (31 * 24 - 1) * 3600  # the clocks went forward on the 31st


def test_the_future_is_cut_off() -> None:
    days = Days(date(2024, 6, 1), date(2024, 6, 30))
    now = datetime(2024, 6, 15, 10, tzinfo=UTC)
    assert days.until(now).end == now
    assert days.until(datetime(2024, 5, 1, tzinfo=UTC)) == days.period
    assert days.until(datetime(2025, 1, 1, tzinfo=UTC)) == days.period


def test_months_are_asked_by_name_and_bad_ones_refused() -> None:
    assert asked_month({"month": "2024-12"}, date(2024, 1, 5)) == Days(date(2024, 12, 1), date(2024, 12, 31))
    assert asked_month({}, date(2024, 2, 5)).last == date(2024, 2, 29)
    for bad in ("2024-13", "juin", "2024", "24-01"):
        with pytest.raises(Invalid):
            asked_month({"month": bad}, date(2024, 1, 5))


def test_months_before_cross_years_both_ways() -> None:
    assert month_before(date(2024, 1, 31), 1) == date(2023, 12, 1)
    assert month_before(date(2024, 12, 31), -1) == date(2025, 1, 1)
    assert month_before(date(2024, 6, 5), 0) == date(2024, 6, 1)
