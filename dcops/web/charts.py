"""Energy as figures for the chart library: bars over the time they last, estimates hatched, gaps as bands; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from inventory.clock import PARIS
from metering.period import HOUR, Period
from metering.readings import Flag

Figure = dict[str, Any]
HOURLY_DAYS, DAILY_DAYS = 14, 120
WORDS = {"hour": "heure", "day": "jour", "month": "mois", "year": "an"}


def hatched(colour: str, shape: str | list[str], ink: str, **more: Any) -> dict[str, Any]:
    """A colour and a pattern over it: the chart library would show the pattern alone."""
    return {"color": colour, "pattern": {"fillmode": "overlay", "shape": shape, "fgcolor": ink, **more}}


LAYERS: tuple[tuple[str, tuple[Flag, ...], dict[str, Any]], ...] = (
    ("Mesuré", (Flag.ACTUAL, Flag.CALCULATED), {"color": "#0b4f5c"}),
    ("Estimé", (Flag.ESTIMATED,), hatched("#fdf0d5", "/", "#7a4a00") | {"line": {"color": "#7a4a00", "width": 1}}),
    ("Corrigé", (Flag.EDITED,), hatched("#1b4f8a", ".", "#e3eefb")),
)
BAND = hatched("rgba(81,98,106,.14)", "x", "#8496a0", size=9, solidity=0.15)
"""A time of which nothing is known: over the whole height, so that nobody takes it for 0."""
POWER = "#c98200"
MOST_BARS = 1000
"""A screen has no room for more: beyond, the drawing takes a coarser step."""
THINNEST = 1000
"""A gap shorter than the whole divided by this would not be seen."""

FULL, APART = 0.88, 100
"""The part of its place that a bar fills, and how many bars may stand apart: more make stripes."""
REPEATED = HOUR / 2
"""How far after its first time the repeated hour of autumn stands, and the place of both."""
MILLISECOND = timedelta(milliseconds=1)


class Bucket(Protocol):
    """One bar: the energy of a period, split by flag, in Wh."""

    @property
    def period(self) -> Period: ...
    @property
    def flags(self) -> Mapping[Flag, int]: ...


def step_of(period: Period) -> str:
    """How finely a period is drawn: by hour up to 14 days, by day up to 120, else by month."""
    days = period.seconds / 86400
    if days <= HOURLY_DAYS + 0.1:  # a change of hour adds one
        return "hour"
    return "day" if days <= DAILY_DAYS + 0.1 else "month"


def drawn_step(by: str, count: int) -> str:
    """The step that is drawn when ``count`` bars are asked: the next one when they are too many."""
    return {"hour": "day", "day": "month"}.get(by, by) if count > MOST_BARS else by


def energy_bars(
    buckets: Sequence[Bucket],
    by: str,
    holes: Sequence[Period] = (),
    watts: Mapping[Period, int] | None = None,
    watts_are: str = "Puissance maximale",
) -> Figure:
    """Stacked bars of kWh, one layer per kind of value; layers without energy are left out.

    ``holes`` are drawn as bands; ``watts``, the highest power of each bar, as a line: by hour on the same scale, kWh
    of an hour being mean kW, else on its own.
    """
    data = [_layer(buckets, by, *layer) for layer in LAYERS if _wh(buckets, layer[1]) or layer[0] == "Mesuré"]
    layout: dict[str, Any] = {
        "barmode": "stack",
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        "yaxis": {"title": {"text": f"kWh par {WORDS[by]}"}, "hoverformat": ",.3f", "tickformat": ","},
        "xaxis": time_axis(by, len(buckets)),
    }
    if watts:
        data.append(_power(buckets, by, watts) | {"name": watts_are})
        if by == "hour":
            layout["yaxis"]["title"]["text"] = "kWh par heure, kW"
        else:
            layout |= {"yaxis2": _POWER_AXIS, "margin": {"l": 56, "r": 56, "t": 8, "b": 40}}
    if holes and buckets:
        data.append(band(holes, Period(buckets[0].period.start, buckets[-1].period.end)))
        layout["yaxis3"] = BAND_AXIS
    return {"data": data, "layout": layout}


_POWER_AXIS = {
    "overlaying": "y", "side": "right", "showgrid": False, "rangemode": "tozero", "title": {"text": "kW"},
    "tickformat": ",", "tickmode": "auto", "nticks": 6, "ticklabelstandoff": 6,
}  # fmt: skip
BAND_AXIS = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}


def _layer(
    buckets: Sequence[Bucket], by: str, name: str, flags: tuple[Flag, ...], marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [place(bucket.period.start, by) for bucket in buckets],
        "y": [kwh(_wh([bucket], flags)) for bucket in buckets],
        "marker": marker if len(buckets) <= APART else {**marker, "line": {"width": 0}},
        "hovertemplate": "%{y:,.3f} kWh",
        "offset": 0,
        "width": [width(bucket.period) * filled(len(buckets)) for bucket in buckets],
    }


def filled(count: int) -> float:
    """The part of its place that each of so many bars fills."""
    return FULL if count <= APART else 1


def _power(buckets: Sequence[Bucket], by: str, watts: Mapping[Period, int]) -> dict[str, Any]:
    """A step line of the highest kW of each bar, broken where no reading tells any."""
    told = [watts.get(bucket.period) for bucket in buckets]
    return {
        "type": "scatter", "mode": "lines", "yaxis": "y" if by == "hour" else "y2",
        "x": [place(bucket.period.start, by) for bucket in buckets],
        "y": [None if one is None else one / 1000 for one in told],
        "line": {"color": POWER, "width": 2, "shape": "hv"}, "hovertemplate": "%{y:,.2f} kW",
    }  # fmt: skip


def band(holes: Sequence[Period], whole: Period) -> dict[str, Any]:
    """The times of which nothing is known, as bars over the whole height."""
    shown = [hole for hole in holes if hole.seconds * THINNEST >= whole.seconds]
    return {
        "type": "bar", "name": "Non mesuré", "x": [place(hole.start, "hour") for hole in shown], "y": [1] * len(shown),
        "offset": 0, "width": [width(hole) for hole in shown], "yaxis": "y3", "marker": BAND,
        "hovertemplate": "non mesuré<extra></extra>",
    }  # fmt: skip


def place(start: datetime, by: str) -> str:
    """Where a bar stands, by the clock on the wall; the hour that autumn repeats comes right after its first time."""
    local = start.astimezone(PARIS)
    if by != "hour":
        return local.strftime("%Y-%m-%d")
    return (local + local.fold * REPEATED).strftime("%Y-%m-%d %H:%M")


def width(period: Period) -> float:
    """How long a bar lasts by the clock on the wall, in milliseconds; autumn puts two hours in the place of one."""
    lasted = period.end - period.start
    if lasted <= HOUR:
        return (lasted / 2 if _twice(period.start) else lasted) / MILLISECOND
    start, end = (at.astimezone(PARIS).replace(tzinfo=None) for at in (period.start, period.end))
    return (end - start if end > start else REPEATED) / MILLISECOND


def _twice(start: datetime) -> bool:
    """Whether the clock on the wall shows this hour twice."""
    local = start.astimezone(PARIS)
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()  # type: ignore[operator]


def time_axis(by: str, count: int) -> dict[str, Any]:
    """An axis of civil time whose labels stand under the middle of the days, months or years they name."""
    if by == "hour":
        return {"type": "date", "hoverformat": "%A %d %B %Y, %H:%M", "tickformat": "%d/%m\n%H:%M", "nticks": 8}
    axis: dict[str, Any] = {"type": "date", "ticklabelmode": "period"}
    if by == "day":
        axis |= {"hoverformat": "%A %d %B %Y", "tickformat": "%d/%m\n%Y"}
        return axis | ({"dtick": 86_400_000} if count <= 7 else {"nticks": 8})
    if by == "month":
        axis |= {"hoverformat": "%B %Y", "tickformat": "%b\n%Y"}
        return axis | ({"dtick": "M1"} if count <= 12 else {"nticks": 12})
    return axis | {"hoverformat": "%Y", "tickformat": "%Y", "dtick": "M12"}


def _wh(buckets: Sequence[Bucket], flags: tuple[Flag, ...]) -> int:
    return sum(bucket.flags.get(flag, 0) for bucket in buckets for flag in flags)


def kwh(wh: int) -> float:
    """As a figure takes it: the exact value is in the table."""
    return float(Decimal(wh) / 1000)
