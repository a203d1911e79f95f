"""Energy by hour and day as a heat map: days of 23 and 25 hours as they are, what is not known is no zero; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dcops.web.charts import BAND, Figure, kwh
from inventory.clock import PARIS
from metering.energy.steps import Step
from metering.readings import Flag, worst

Row = tuple[int, int]
"""An hour of the clock on the wall, and 1 the second time that autumn shows it."""
COLOURS = ("#ffffd9", "#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84")
SCALE = [[at / (len(COLOURS) - 1), colour] for at, colour in enumerate(COLOURS)]
"""ColorBrewer's YlGnBu: lighter is less in any eye and on paper."""
GUESSED = {
    "color": "rgba(0,0,0,0)", "pattern": {"shape": "/", "fgcolor": "#7a4a00", "size": 7, "solidity": 0.2},
}  # fmt: skip
DAY_MS = 86_400_000
WIDE = 45
"""Days beyond which cells touch each other."""


@dataclass(frozen=True)
class HeatMap:
    """The hours of some days: ``cells`` by day and row; a cell that is not there is no hour, or not held."""

    days: Sequence[date]
    rows: Sequence[Row]
    cells: Mapping[tuple[date, Row], Step]

    @property
    def most(self) -> int:
        """Wh of the busiest hour."""
        return max((cell.wh or 0 for cell in self.cells.values()), default=0)

    def total(self, day: date) -> int | None:
        """Wh of a day; None when none of its hours is known."""
        known = [wh for row in self.rows if (cell := self.cells.get((day, row))) and (wh := cell.wh) is not None]
        return sum(known) if known else None


def heat_map(hours: Sequence[Step]) -> HeatMap:
    """Hours as they follow one another, each in the day and the row that the clock on the wall shows."""
    cells = {_where(hour.period.start): hour for hour in hours}
    days = sorted({day for day, _ in cells})
    again = {row for _, row in cells if row[1]}
    held = {where: hour for where, hour in cells.items() if hour.coverage is not None}
    return HeatMap(days, sorted({(hour, 0) for hour in range(24)} | again), held)


def _where(start: datetime) -> tuple[date, Row]:
    local = start.astimezone(PARIS)
    return local.date(), (local.hour, local.fold)


def row_name(row: Row) -> str:
    """``02 h``, or ``02 h bis`` the second time that autumn shows it."""
    return f"{row[0]:02} h" + " bis" * row[1]


def heat_figure(told: HeatMap) -> Figure:
    """Days from left to right, hours from top to bottom; hatched where energy may have flowed that nothing told.

    Of bars, one per cell: the library draws its own heat maps as pictures, with styles that the content policy refuses.
    """
    known = {where: cell for where, cell in told.cells.items() if cell.wh is not None}
    missing = {where: cell for where, cell in told.cells.items() if cell.wh is None}
    data = [_layer(told, known, "kWh", "%{marker.color:,.3f} kWh%{text}")]
    data[0]["marker"] = {
        "color": [kwh(cell.wh or 0) for cell in known.values()], "colorscale": SCALE, "cmin": 0,
        "cmax": kwh(told.most) or 1, "showscale": False,
    }  # fmt: skip
    guessed = {where: cell for where, cell in known.items() if cell.flags.get(Flag.ESTIMATED)}
    if guessed:
        data.append(_layer(told, guessed, "Estimé", "") | {"marker": GUESSED, "hoverinfo": "skip"})
    if missing:
        data.append(_layer(told, missing, "Non mesuré", "non mesuré") | {"marker": BAND})
    return {
        "data": data,
        "layout": {
            "hovermode": "closest", "barmode": "overlay", "showlegend": len(data) > 1,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
            "xaxis": {"type": "date", "tickformat": "%d/%m\n%Y", "nticks": 8, "showgrid": False},
            "yaxis": {"range": [len(told.rows), 0], "showgrid": False, "zeroline": False, "tickmode": "array",
                      **_row_ticks(told.rows)},
            "margin": {"l": 72, "r": 16, "t": 8, "b": 40},
        },
    }  # fmt: skip


def _row_ticks(rows: Sequence[Row]) -> Figure:
    """A label in the middle of every third hour, and of the one that autumn repeats."""
    every = [(at + 0.5, row_name(row)) for at, row in enumerate(rows) if row[0] % 3 == 0 or row[1]]
    shown = [one for one in every if (one[0] - 1, "02 h bis") not in every]
    return {"tickvals": [at for at, _ in shown], "ticktext": [name for _, name in shown]}


def _layer(told: HeatMap, cells: Mapping[tuple[date, Row], Step], name: str, said: str) -> Figure:
    gap = 0.06 if len(told.days) <= WIDE else 0.0
    at = {row: number for number, row in enumerate(told.rows)}
    return {
        "type": "bar", "name": name, "showlegend": name != "kWh",
        "x": [day.isoformat() for day, _ in cells], "width": DAY_MS * (1 - gap),
        "base": [at[row] + gap / 2 for _, row in cells], "y": [1 - gap] * len(cells),
        "customdata": [row_name(row) for _, row in cells], "text": [_words(cell) for cell in cells.values()],
        "textposition": "none", "hovertemplate": f"%{{x|%A %d %B %Y}}, %{{customdata}}<br>{said}<extra></extra>",
    }  # fmt: skip


def _words(cell: Step) -> str:
    """How good a cell is, after its kWh."""
    if cell.wh is None:
        return ""
    part = ", en partie non mesuré" if cell.missing else ""
    return f" ({worst(set(cell.flags)).french}{part})"
