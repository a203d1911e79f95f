"""Energy as figures for the chart library: bars by hour, day or month, estimates hatched; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Protocol

from inventory.clock import PARIS
from metering.period import Period
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
    shift = timezone(_offset(buckets[0].period.start)) if buckets else UTC
    data = [_layer(buckets, by, shift, *layer) for layer in LAYERS if _wh(buckets, layer[1]) or layer[0] == "Mesuré"]
    return {
        "data": data,
        "layout": {
            "barmode": "stack",
            "bargap": 0.12,
            "showlegend": True,
            "yaxis": {"title": {"text": f"kWh par {WORDS[by]}"}, "hoverformat": ",.1f", "tickformat": ","},
            "xaxis": _time_axis(by),
        },
    }


def _layer(
    buckets: Sequence[Bucket], by: str, shift: timezone, name: str, flags: tuple[Flag, ...], marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [_place(bucket.period.start, by, shift) for bucket in buckets],
        "y": [_kwh(_wh([bucket], flags)) for bucket in buckets],
        "marker": marker,
        "hovertemplate": "%{y:,.1f} kWh",
    }


def _place(start: datetime, by: str, shift: timezone) -> str:
    """Where a bar stands. Hours keep the offset of the first one: in autumn, 02:00 would else be drawn twice."""
    local = start.astimezone(shift if by == "hour" else PARIS)
    return local.strftime("%Y-%m-%d %H:%M" if by == "hour" else "%Y-%m-%d")


def _time_axis(by: str) -> dict[str, Any]:
    if by == "hour":
        return {"type": "date", "hoverformat": "%A %d %B %Y, %H:%M", "tickformat": "%d/%m\n%H:%M"}
    if by == "day":
        return {"type": "date", "hoverformat": "%A %d %B %Y", "tickformat": "%d/%m\n%Y"}
    return {"type": "date", "hoverformat": "%B %Y", "tickformat": "%b\n%Y", "dtick": "M1"}


def _offset(at: datetime) -> timedelta:
    offset = at.astimezone(PARIS).utcoffset()
    assert offset is not None  # an aware instant always has one
    return offset


def _wh(buckets: Sequence[Bucket], flags: tuple[Flag, ...]) -> int:
    return sum(bucket.flags.get(flag, 0) for bucket in buckets for flag in flags)


def _kwh(wh: int) -> float:
    return float(Decimal(wh) / 1000)
