"""Energy as figures for the chart library: bars by hour, day or month, estimates hatched; pure."""

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
LAYERS: tuple[tuple[str, tuple[Flag, ...], dict[str, Any]], ...] = (
    ("Mesuré", (Flag.ACTUAL, Flag.CALCULATED), {"color": "#0b4f5c"}),
    (
        "Estimé",
        (Flag.ESTIMATED,),
        {"color": "#fdf0d5", "line": {"color": "#7a4a00", "width": 1}, "pattern": {"shape": "/", "fgcolor": "#7a4a00"}},
    ),
    ("Corrigé", (Flag.EDITED,), {"color": "#1b4f8a", "pattern": {"shape": ".", "fgcolor": "#e3eefb"}}),
)


FULL = 0.88
"""The part of its place that a bar fills."""
REPEATED = HOUR / 2
"""How far after its first time the repeated hour of autumn stands, and the place of both."""


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


def energy_bars(buckets: Sequence[Bucket], by: str) -> Figure:
    """Stacked bars of kWh, one layer per kind of value; layers without energy are left out."""
    data = [_layer(buckets, by, *layer) for layer in LAYERS if _wh(buckets, layer[1]) or layer[0] == "Mesuré"]
    return {
        "data": data,
        "layout": {
            "barmode": "stack",
            "bargap": round(1 - FULL, 2),
            "showlegend": True,
            "yaxis": {"title": {"text": f"kWh par {WORDS[by]}"}, "hoverformat": ",.1f", "tickformat": ","},
            "xaxis": _time_axis(by),
        },
    }


def _layer(
    buckets: Sequence[Bucket], by: str, name: str, flags: tuple[Flag, ...], marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [_place(bucket.period.start, by) for bucket in buckets],
        "y": [_kwh(_wh([bucket], flags)) for bucket in buckets],
        "marker": marker,
        "hovertemplate": "%{y:,.1f} kWh",
        **_spread([bucket.period.start for bucket in buckets], by),
    }


def _place(start: datetime, by: str) -> str:
    """Where a bar stands, by the clock on the wall; the hour that autumn repeats comes right after its first time."""
    local = start.astimezone(PARIS)
    if by != "hour":
        return local.strftime("%Y-%m-%d")
    return (local + local.fold * REPEATED).strftime("%Y-%m-%d %H:%M")


def _spread(starts: Sequence[datetime], by: str) -> dict[str, Any]:
    """A bar of an hour goes from its start to its end, in milliseconds; autumn puts two in the place of one."""
    if by != "hour":
        return {}
    places = [REPEATED if _twice(start) else HOUR for start in starts]
    return {"offset": 0, "width": [place / timedelta(milliseconds=1) * FULL for place in places]}


def _twice(start: datetime) -> bool:
    """Whether the clock on the wall shows this hour twice."""
    local = start.astimezone(PARIS)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _time_axis(by: str) -> dict[str, Any]:
    if by == "hour":
        return {"type": "date", "hoverformat": "%A %d %B %Y, %H:%M", "tickformat": "%d/%m\n%H:%M"}
    if by == "day":
        return {"type": "date", "hoverformat": "%A %d %B %Y", "tickformat": "%d/%m\n%Y"}
    return {"type": "date", "hoverformat": "%B %Y", "tickformat": "%b\n%Y", "dtick": "M1"}


def _wh(buckets: Sequence[Bucket], flags: tuple[Flag, ...]) -> int:
    return sum(bucket.flags.get(flag, 0) for bucket in buckets for flag in flags)


def _kwh(wh: int) -> float:
    return float(Decimal(wh) / 1000)
