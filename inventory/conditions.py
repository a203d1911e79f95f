"""The conditions that several SELECTs share."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from inventory.models import AntivirusSeats, Machine, NasUnit, Share


def contains(text: str, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether one of the columns holds the text, whatever the case."""
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def in_force(model: type[Share | Machine | NasUnit | AntivirusSeats], on: date) -> ColumnElement[bool]:
    """Whether a dated row holds on a day."""
    return (model.start <= on) & or_(model.end.is_(None), model.end > on)
