"""The registers around an exception as a figure: what was read, and the value that was set aside; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dcops.web.charts import Figure
from inventory.clock import PARIS
from metering.readings import Reading

MEASURED, ASIDE = "#0b4f5c", "#9b1c1c"


def register_line(readings: Sequence[Reading], at: datetime | None = None, wh: int | None = None) -> Figure:
    """The index over time as a line; an exception, told by its instant and its index, is a cross of its own."""
    others = [(one.at, None if one.at == at else one.wh) for one in readings]  # the line stops at the exception
    data = [_points("Index relevé (kWh)", others, MEASURED, "lines+markers", "circle")]
    if at is not None and wh is not None:
        data.append(_points("Exception", [(at, wh)], ASIDE, "markers", "x"))
    return {
        "data": data,
        "layout": {
            "showlegend": True,
            "yaxis": {
                "title": {"text": "index en kWh"},
                "tickformat": ",",
                "hoverformat": ",.3f",
                "rangemode": "normal",
            },
            "xaxis": {"type": "date", "hoverformat": "%d/%m/%Y %H:%M", "tickformat": "%d/%m\n%H:%M", "nticks": 8},
        },
    }


def _points(
    name: str, values: Sequence[tuple[datetime, int | None]], colour: str, mode: str, symbol: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": mode,
        "name": name,
        "x": [f"{at.astimezone(PARIS):%Y-%m-%d %H:%M:%S}" for at, _ in values],
        "y": [None if wh is None else wh / 1000 for _, wh in values],
        "marker": {"color": colour, "symbol": symbol, "size": 11 if symbol == "x" else 7},
        "line": {"color": colour},
        "hovertemplate": "%{y:,.3f} kWh",
    }
