"""Feeds and the site as figures for the chart library: A beside B, headroom, PUE by month; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from dcops.web.charts import APART, BAND_AXIS, FULL, WORDS, Figure, band, hatched, kwh, place, time_axis, width
from inventory.clock import PARIS
from metering.energy.balance import Balance
from metering.energy.efficiency import Efficiency
from metering.energy.steps import Step
from metering.period import Period
from metering.readings import Flag

FEED_COLOURS = ("#0b4f5c", "#c98200", "#1b4f8a", "#6b4c9a")
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}
_ACROSS = {"autorange": "reversed", "automargin": True, "ticklabelstandoff": 8, "type": "category"}


def feed_figure(series: Mapping[str, Sequence[Step]], by: str, holes: Sequence[Period] = ()) -> Figure:
    """The feeds of a rack over time: side by side, or as lines when bars would be too thin to be told apart.

    Hatched, or dotted as a line, what is estimated or corrected.
    """
    longest = max((len(told) for told in series.values()), default=0)
    draw = _bars if longest * len(series) <= APART else _lines
    data = [trace for number, (feed, told) in enumerate(series.items())
            for trace in draw(number, len(series), feed, told, by)]  # fmt: skip
    layout: dict[str, Any] = {
        "barmode": "overlay", "showlegend": True, "legend": _LEGEND, "xaxis": time_axis(by, longest),
        "yaxis": {"title": {"text": f"kWh par {WORDS[by]}"}, "hoverformat": ",.3f", "tickformat": ","},
    }  # fmt: skip
    every = [step.period for told in series.values() for step in told]
    if holes and every:
        data.append(band(holes, Period(every[0].start, every[-1].end)))
        layout["yaxis3"] = BAND_AXIS
    return {"data": data, "layout": layout}


def _bars(number: int, feeds: int, feed: str, told: Sequence[Step], by: str) -> Iterator[dict[str, Any]]:
    widths = [width(step.period) * FULL / feeds for step in told]
    yield {
        "type": "bar", "name": f"Voie {feed}", "x": [place(step.period.start, by) for step in told],
        "y": [None if step.wh is None else kwh(step.wh) for step in told],
        "offset": [one * number for one in widths], "width": widths,
        "marker": hatched(
            FEED_COLOURS[number % len(FEED_COLOURS)], [_shape(step) for step in told], "#fff", solidity=0.35
        ),
        "hovertemplate": "%{y:,.3f} kWh",
    }  # fmt: skip


def _lines(number: int, feeds: int, feed: str, told: Sequence[Step], by: str) -> Iterator[dict[str, Any]]:
    """One line of what was measured, one of what was estimated; each run goes on until its last step ends."""
    for guessed, name, dash in ((False, f"Voie {feed}", "solid"), (True, f"Voie {feed}, estimé ou corrigé", "dot")):
        x: list[str] = []
        y: list[float | None] = []
        for drawn, run in groupby(told, lambda step: step.wh is not None and bool(_shape(step)) is guessed):  # noqa: B023
            steps = list(run) if drawn else []
            x += [place(step.period.start, by) for step in steps] + [
                place(step.period.end, by) for step in steps[-1:]
            ] * 2
            y += [kwh(step.wh or 0) for step in (*steps, *steps[-1:])] + [None] * bool(steps)
        if x or not guessed:
            yield {
                "type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "connectgaps": False,
                "line": {"color": FEED_COLOURS[number % len(FEED_COLOURS)], "width": 2, "shape": "hv", "dash": dash},
                "hovertemplate": "%{y:,.3f} kWh",
            }  # fmt: skip


def _shape(step: Step) -> str:
    return "/" if step.flags.get(Flag.ESTIMATED) else "." if step.flags.get(Flag.EDITED) else ""


def balances(told: Sequence[tuple[str, Balance]], limit: int) -> Figure:
    """The part of each feed in the energy of its rack, 100 % in all, with the bounds of what is even."""
    feeds = list(dict.fromkeys(feed for _, balance in told for feed in balance.wh))
    data = [
        {
            "type": "bar", "orientation": "h", "name": f"Voie {feed}", "y": [rack for rack, _ in told],
            "x": [_percent(balance.part(feed) if feed in balance.wh else None) for _, balance in told],
            "marker": {"color": FEED_COLOURS[number % len(FEED_COLOURS)]},
            "hovertemplate": "%{x:.1f}\u00a0%",
        }
        for number, feed in enumerate(feeds)
    ]  # fmt: skip
    bounds = [line for at in ((100 - limit, limit) if len(feeds) == 2 else (limit,)) for line in _upright(at, "dash")]
    return {
        "data": data,
        "layout": {
            "barmode": "stack", "bargap": 0.35, "showlegend": True, "legend": {**_LEGEND, "traceorder": "normal"},
            "hovermode": "y unified", "yaxis": _ACROSS, "shapes": bounds,
            "xaxis": {"range": [0, 100.5], "ticksuffix": "\u00a0%", "dtick": 20},
        },
    }  # fmt: skip


class Loaded(Protocol):
    """A feed beside what it may carry."""

    @property
    def label(self) -> str: ...
    @property
    def peak(self) -> Decimal | None: ...
    @property
    def current(self) -> Decimal | None: ...


def headroom(feeds: Sequence[Loaded], limit: int) -> Figure:
    """The peak of each feed in percent of its capacity, its power now as a mark, limit and capacity as lines."""
    peaks = {feed.label: _percent(feed.peak) or 0 for feed in feeds}
    nows = [_percent(feed.current) for feed in feeds]
    furthest = max((*peaks.values(), *(one or 0 for one in nows)), default=0)
    bounds = ((0, limit * 0.9, *_FINE), (limit * 0.9, limit, *_NEAR), (limit, float("inf"), *_OVER))
    data = [_peaks({feed: one for feed, one in peaks.items() if low < one <= high or one == low == 0}, name, marker)
            for low, high, name, marker in bounds]  # fmt: skip
    now = {
        "type": "scatter", "mode": "markers", "name": "En ce moment", "y": list(peaks), "x": nows,
        "marker": {"symbol": "diamond", "size": 10, "color": "#fff", "line": {"color": "#1b2a30", "width": 2}},
        "hovertemplate": "%{x:.1f}\u00a0%",
    }  # fmt: skip
    return {
        "data": [*(trace for trace in data if trace["y"]), now],
        "layout": {
            "bargap": 0.35, "barmode": "overlay", "showlegend": True, "legend": _LEGEND, "hovermode": "y unified",
            "yaxis": {**_ACROSS, "categoryorder": "array", "categoryarray": list(peaks)},
            "shapes": [*_upright(limit, "dash"), *_upright(100, "solid")],
            "xaxis": {"range": [0, max(105, furthest * 1.05)], "ticksuffix": "\u00a0%", "dtick": 20},
        },
    }  # fmt: skip


_INCOMPLETE = hatched("#e9eef0", "/", "#51626a") | {"line": {"color": "#51626a", "width": 1}}
_FINE = "Pointe de 30 jours", {"color": "#0b4f5c"}
_NEAR = "Proche de la limite", hatched("#c98200", "/", "#fff", solidity=0.15)
_OVER = "Au-delà de la limite", hatched("#9b1c1c", "x", "#fff", solidity=0.15)


def _peaks(peaks: Mapping[str, float], name: str, marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "name": name, "y": list(peaks), "x": list(peaks.values()),
        "marker": marker, "hovertemplate": "%{x:.1f}\u00a0%",
    }  # fmt: skip


def _upright(at: float, dash: str) -> list[dict[str, Any]]:
    """A line across all bars, edged with white so that it is seen on any of them."""
    line = {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper"}
    return [
        line | {"line": {"color": "#fff", "width": 5}},
        line | {"line": {"color": "#1b2a30", "width": 2, "dash": dash}},
    ]


def _percent(part: Decimal | None) -> float | None:
    return None if part is None else float(part * 100)


def pue_bars(months: Sequence[Efficiency], minimum: Decimal) -> Figure:
    """PUE month by month from 1 up; hatched where it is not exact, nothing where too little is known."""
    exact = [month for month in months if month.exact]
    rough = [month for month in months if not month.exact]
    layers = [_pue("Tout mesuré", exact, minimum, {"color": "#0b4f5c"}),
              _pue("Incomplet", rough, minimum, _INCOMPLETE)]  # fmt: skip
    return {
        "data": [layer for layer in layers if layer["x"]],
        "layout": {
            "showlegend": True, "legend": _LEGEND, "barmode": "overlay", "bargap": 0.3,
            "yaxis": {"title": {"text": "PUE"}, "tickformat": ".2f", "rangemode": "tozero"},
            "xaxis": {"type": "category", "categoryorder": "array", "categoryarray": [_month(one) for one in months]},
            "shapes": [{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 1, "y1": 1,
                        "line": {"color": "#1b2a30", "width": 1.5, "dash": "dash"}}],
        },
    }  # fmt: skip


def _pue(name: str, months: Sequence[Efficiency], minimum: Decimal, marker: dict[str, Any]) -> dict[str, Any]:
    told = [(month, found) for month in months if (found := month.pue(minimum)) is not None]
    words = ["≈\u00a0" * (not month.exact) + str(found).replace(".", ",") for month, found in told]
    return {
        "type": "bar", "name": name, "x": [_month(month) for month, _ in told], "y": [float(one) for _, one in told],
        "marker": marker, "text": words, "textposition": "outside", "cliponaxis": False,
        "hovertemplate": "%{x} : %{text}<extra></extra>",
    }  # fmt: skip


def _month(one: Efficiency) -> str:
    return one.period.start.astimezone(PARIS).strftime("%m/%Y")
