"""Open findings over time as a figure for the chart library: euros a year and how many, from run to run; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from dcops.web.charts import Figure
from inventory.clock import PARIS

EUROS, COUNT = "#0b4f5c", "#c98200"
TICKS = [
    {"dtickrange": [None, 43_200_000], "value": "%H:%M\n%d/%m"},
    {"dtickrange": [43_200_001, None], "value": "%d/%m\n%Y"},
]
"""How instants are written under the lines: hours up to half a day apart, then days; in milliseconds."""


class Concluded(Protocol):
    """What a run concluded, and until when the next ones concluded the same."""

    @property
    def at(self) -> datetime: ...
    @property
    def last_at(self) -> datetime: ...
    @property
    def active(self) -> int: ...
    @property
    def eur_per_year(self) -> Decimal: ...


def trend_chart(told: Sequence[Concluded]) -> Figure | None:
    """Two step lines, the oldest run first; None while there are not two instants to join."""
    if not told or told[-1].last_at <= told[0].at:
        return None
    until = told[-1].last_at
    last = [_local(until)] if until > told[-1].at else []
    instants = [_local(run.at) for run in told] + last
    euros = [float(run.eur_per_year) for run in told]
    counts = [run.active for run in told]
    return {
        "data": [
            _line("Euros par an", instants, euros + euros[-1:] * len(last), EUROS, "%{y:,.2f} €", "y"),
            _line("Écarts ouverts", instants, counts + counts[-1:] * len(last), COUNT, "%{y:,}", "y2"),
        ],
        "layout": {
            "showlegend": True, "margin": {"l": 80, "r": 48, "t": 8, "b": 40},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
            "xaxis": {"type": "date", "hoverformat": "%A %d %B %Y, %H:%M", "nticks": 5, "tickformatstops": TICKS},
            "yaxis": {"ticksuffix": " €", "tickformat": ",", "rangemode": "tozero"},
            "yaxis2": {
                "overlaying": "y", "side": "right", "showgrid": False, "rangemode": "tozero", "tickformat": ",d",
                "tickmode": "auto", "nticks": 5,
            },
        },
    }  # fmt: skip


def _line(name: str, x: list[str], y: Sequence[float], colour: str, hover: str, axis: str) -> Figure:
    dash = "solid" if axis == "y" else "dot"
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": x, "y": list(y), "yaxis": axis,
        "line": {"shape": "hv", "color": colour, "width": 2, "dash": dash}, "hovertemplate": hover,
    }  # fmt: skip


def _local(at: datetime) -> str:
    return at.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")
