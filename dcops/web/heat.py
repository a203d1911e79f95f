"""A heat map as a table and as files: one row per day, one column per hour, kWh to the Wh."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

from dcops.web.curves import exact_kwh
from dcops.web.heat_chart import HeatMap, Row, row_name
from dcops.web.listing import Column, Listing


def heat_listing(title: str, told: HeatMap) -> Listing[date]:
    """An empty cell is an hour that is not known, not held, or that the clock on the wall does not show that day."""
    hours = [Column[date](f"h{row[0]}-{row[1]}", row_name(row), partial(_cell, told, row), "kwh") for row in told.rows]
    return Listing(
        title, told.days,
        [
            Column("day", "Jour", lambda day: day, "day"),
            *hours,
            Column("total", "kWh", lambda day: exact_kwh(told.total(day)), "kwh", total=True),
        ],
        sort="day",
    )  # fmt: skip


def _cell(told: HeatMap, row: Row, day: date) -> Decimal | None:
    cell = told.cells.get((day, row))
    return None if cell is None else exact_kwh(cell.wh)
