"""Figures of the pictures of energy: what is drawn is what was measured, gaps are gaps, days have their own hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dcops.web.charts import energy_bars
from dcops.web.heat_chart import heat_figure, heat_map
from dcops.web.power_charts import balances, feed_figure, headroom, pue_bars
from inventory.clock import PARIS
from metering.cells import Cells
from metering.energy.balance import Balance
from metering.energy.efficiency import Efficiency, Side
from metering.energy.steps import Step, steps
from metering.period import Period, of_days, split
from metering.readings import Flag, Interval


def hours_of(period: Period, wh: int = 500) -> Cells:
    return Cells.of(Interval(one.start, one.end, wh, Flag.ACTUAL, "registers") for one in split(period, "hour"))


def steps_of(period: Period, by: str = "hour", wh: int = 500, holes: tuple[Period, ...] = ()) -> list[Step]:
    known = Cells.of(
        one for one in hours_of(period, wh) if not any(hole.start <= one.start < hole.end for hole in holes)
    )
    return steps([known], holes, list(split(period, by)))


def day(on: date) -> Period:
    return of_days(on, on + timedelta(days=1))


def test_a_gap_is_a_band_where_it_lasted_and_no_bar() -> None:
    period = day(date(2024, 6, 1))
    hole = Period(period.start + timedelta(hours=3), period.start + timedelta(hours=6))
    told = steps_of(period, holes=(hole,))
    figure = energy_bars(told, "hour", [hole])
    band = next(trace for trace in figure["data"] if trace["name"] == "Non mesuré")
    assert (band["x"], band["width"], band["yaxis"]) == (["2024-06-01 03:00"], [3 * 3_600_000], "y3")
    assert figure["layout"]["yaxis3"]["range"] == [0, 1]
    assert [step.wh for step in told[2:7]] == [500, None, None, None, 500]


def test_bars_stand_over_the_time_they_last() -> None:
    days = of_days(date(2024, 3, 30), date(2024, 4, 2))
    bars = energy_bars(steps_of(days, "day"), "day")["data"][0]
    assert bars["x"] == ["2024-03-30", "2024-03-31", "2024-04-01"]
    assert bars["offset"] == 0
    assert len(set(bars["width"])) == 1  # of the clock on the wall, that of spring too
    hours = energy_bars(steps_of(day(date(2024, 3, 31))), "hour")["data"][0]
    assert len(set(hours["width"])) == 1
    assert max(hours["width"]) <= 3_600_000


def test_power_by_hour_is_on_the_scale_of_energy_and_on_its_own_by_day() -> None:
    period = day(date(2024, 6, 1))
    hours, days = steps_of(period), steps_of(period, "day")
    told = {hours[2].period: 1250}
    line = energy_bars(hours, "hour", (), told)["data"][-1]
    assert (line["yaxis"], line["y"][2], line["y"][3]) == ("y", 1.25, None)
    assert energy_bars(days, "day", (), {days[0].period: 1250})["data"][-1]["yaxis"] == "y2"


@pytest.mark.parametrize(
    ("on", "hours", "rows"), [(date(2024, 3, 31), 23, 24), (date(2024, 10, 27), 25, 25), (date(2024, 6, 1), 24, 24)]
)
def test_a_heat_map_has_the_hours_of_its_days(on: date, hours: int, rows: int) -> None:
    told = heat_map(steps_of(day(on)))
    figure = heat_figure(told)
    assert len(told.rows) == rows
    assert len(set(zip(figure["data"][0]["x"], figure["data"][0]["base"], strict=True))) == hours
    assert told.total(on) == hours * 500
    assert sum(figure["data"][0]["marker"]["color"]) == hours * 0.5


def test_the_hour_that_autumn_repeats_has_a_row_and_the_one_that_spring_skips_no_cell() -> None:
    autumn = heat_map(steps_of(of_days(date(2024, 10, 26), date(2024, 10, 28))))
    assert autumn.rows[2:5] == [(2, 0), (2, 1), (3, 0)]
    assert [cell for (on, row), cell in autumn.cells.items() if row == (2, 1) and on == date(2024, 10, 26)] == []
    spring = heat_map(steps_of(day(date(2024, 3, 31))))
    assert (date(2024, 3, 31), (2, 0)) not in spring.cells


def test_a_cell_that_nothing_told_is_neither_zero_nor_blank() -> None:
    period = day(date(2024, 6, 1))
    hole = Period(period.start + timedelta(hours=3), period.start + timedelta(hours=5))
    told = heat_map(steps_of(period, wh=0, holes=(hole,)))
    known, missing = heat_figure(told)["data"]
    assert (len(known["x"]), len(missing["x"]), missing["name"]) == (22, 2, "Non mesuré")
    assert set(known["marker"]["color"]) == {0}
    assert heat_figure(told)["layout"]["showlegend"]
    assert len(heat_figure(heat_map(steps_of(period)))["data"]) == 1


def test_feeds_stand_side_by_side() -> None:
    period = day(date(2024, 6, 1))
    figure = feed_figure({"A": steps_of(period, wh=600), "B": steps_of(period, wh=400)}, "hour")
    first, second = figure["data"]
    assert (first["name"], second["name"]) == ("Voie A", "Voie B")
    for a, b, wide in zip(first["offset"], second["offset"], first["width"], strict=True):
        assert a + wide <= b
    assert sum(first["y"]) + sum(second["y"]) == pytest.approx(24)


def test_feeds_are_lines_when_there_are_many_steps_and_what_is_estimated_is_dotted() -> None:
    period = of_days(date(2024, 6, 1), date(2024, 6, 8))
    told = steps_of(period)
    guessed = [replace(step, flags={Flag.ESTIMATED: 500}) if 10 <= at < 20 else step for at, step in enumerate(told)]
    gap = [replace(step, flags={}) if 50 <= at < 60 else step for at, step in enumerate(guessed)]
    one, dotted, other = feed_figure({"A": gap, "B": told}, "hour")["data"]
    assert (one["line"]["dash"], dotted["line"]["dash"]) == ("solid", "dot")
    assert dotted["name"] == "Voie A, estimé ou corrigé"
    assert (dotted["x"][0], dotted["x"][-1]) == ("2024-06-01 10:00", "2024-06-01 20:00")
    assert [len(trace["x"]) == len(trace["y"]) for trace in (one, dotted, other)] == [True] * 3
    assert one["y"].count(None) == 3  # before what is estimated, before the gap, at the end
    assert other["y"].count(None) == 1


def test_balances_are_percents_between_two_bounds() -> None:
    figure = balances([("A01", Balance({"A": 300, "B": 100}))], 60)
    assert [(trace["name"], trace["x"]) for trace in figure["data"]] == [("Voie A", [75.0]), ("Voie B", [25.0])]
    assert {shape["x0"] for shape in figure["layout"]["shapes"]} == {40, 60}


class Feed:
    """A feed beside its capacity."""

    def __init__(self, label: str, peak: str, current: str | None) -> None:
        self.label, self.peak, self.current = label, Decimal(peak), None if current is None else Decimal(current)


def test_peaks_are_told_apart_by_how_near_the_limit_they_are() -> None:
    feeds = [Feed("A01 A", "1.1", "0.5"), Feed("A01 B", "0.75", None), Feed("A02 A", "0.3", "0.2")]
    figure = headroom(feeds, 80)
    drawn: dict[str, Any] = {trace["name"]: (trace["y"], trace["x"]) for trace in figure["data"]}
    assert drawn["Au-delà de la limite"] == (["A01 A"], [pytest.approx(110)])
    assert drawn["Proche de la limite"] == (["A01 B"], [75.0])
    assert drawn["Pointe de 30 jours"] == (["A02 A"], [30.0])
    assert drawn["En ce moment"][1] == [50.0, None, 20.0]
    assert figure["layout"]["yaxis"]["categoryarray"] == ["A01 A", "A01 B", "A02 A"]
    assert figure["layout"]["xaxis"]["range"][1] > 110


def test_a_pue_that_is_not_exact_is_another_layer_and_one_too_rough_is_none() -> None:
    sides = ((Decimal(1), Decimal(1)), (Decimal("0.99"), Decimal(1)), (Decimal("0.5"), Decimal(1)))
    months = [
        Efficiency(of_days(date(2024, at, 1), date(2024, at + 1, 1)), Side(1500, site), Side(1000, racks))
        for at, (site, racks) in enumerate(sides, 1)
    ]
    exact, rough = pue_bars(months, Decimal("0.95"))["data"]
    assert (exact["name"], exact["x"], exact["y"]) == ("Tout mesuré", ["01/2024"], [1.5])
    assert (rough["name"], rough["x"], rough["text"]) == ("Incomplet", ["02/2024"], ["≈\u00a01,50"])


def test_days_of_paris_are_the_days_of_a_map() -> None:
    told = heat_map(steps_of(day(date(2024, 6, 1))))
    assert told.days == [date(2024, 6, 1)]
    first = min(cell.period.start for cell in told.cells.values())
    assert first == datetime(2024, 6, 1, tzinfo=PARIS)
