"""Euros as figures for the chart library: differences on both sides of zero, years side by side; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from textwrap import wrap

from dcops.web.charts import Figure

UP, DOWN = "#0b4f5c", "#c98200"
YEARS = ("#9fb8be", "#c98200", "#0b4f5c")
LABEL_WIDTH = 20
_AXIS = {"tickformat": ",", "tickangle": 0, "nticks": 3, "title": {"text": "euros hors taxes"}}


def differences(values: Mapping[str, Decimal], words: Sequence[str]) -> Figure:
    """Horizontal bars from zero, to the right what rises, to the left what falls; ``words`` follow the labels."""
    labels = [f"{_wrapped(label)}<br>{word}" for label, word in zip(values, words, strict=True)]
    return {
        "data": [{
            "type": "bar", "orientation": "h", "y": labels, "x": [float(value) for value in values.values()],
            "marker": {"color": [DOWN if value < 0 else UP for value in values.values()]},
            "hovertemplate": "%{x:,.2f} €<extra></extra>",
        }],
        "layout": {
            "hovermode": "closest", "showlegend": False, "bargap": 0.5,
            "yaxis": {"autorange": "reversed", "automargin": True, "ticklabelstandoff": 8},
            "xaxis": {**_AXIS, "zeroline": True, "zerolinecolor": "#51626a"},
        },
    }  # fmt: skip


def side_by_side(labels: Sequence[str], series: Mapping[str, Sequence[Decimal | None]]) -> Figure:
    """Horizontal bars of several years for each label, the first year on top; nothing where nothing is known."""
    colours = YEARS[-len(series) :]
    return {
        "data": [
            {
                "type": "bar", "orientation": "h", "name": name, "y": [_wrapped(label) for label in labels],
                "x": [None if value is None else float(value) for value in values], "marker": {"color": colour},
                "hovertemplate": "%{x:,.2f} €",
            }
            for (name, values), colour in zip(series.items(), colours, strict=True)
        ],
        "layout": {
            "barmode": "group", "bargap": 0.3, "showlegend": True, "hovermode": "y unified",
            "legend": {"orientation": "h", "y": -0.08, "yanchor": "top"},
            "yaxis": {"autorange": "reversed", "automargin": True, "ticklabelstandoff": 8},
            "xaxis": {**_AXIS, "rangemode": "tozero"},
        },
    }  # fmt: skip


def _wrapped(label: str) -> str:
    """A label over several lines, so that bars keep their room on a phone."""
    return "<br>".join(wrap(label, LABEL_WIDTH, break_long_words=False))
