"""The conditions that several SELECTs share."""

from __future__ import annotations

from datetime import date
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from inventory.french import folded
from inventory.models import AntivirusSeats, Machine, NasUnit, Share

_ACCENTED = "àâäáãåçéèêëíîïìñóôöòõúùûüÿ’œæ"


def contains(text: str, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether one of the columns holds the text, whatever the case, the apostrophe, the hyphen or the accent typed."""
    pattern = "".join(_like(letter) for letter in normalize("NFC", text))
    return or_(*(column.ilike(f"%{pattern}%", escape="\\") for column in columns))


def _like(letter: str) -> str:
    """A letter in a pattern: any one stands for what keyboards write in two ways, and databases fold differently."""
    if letter in "%_\\":
        return "\\" + letter
    return letter if letter.isascii() and letter not in "' -" else "_"


def in_force(model: type[Share | Machine | NasUnit | AntivirusSeats], on: date) -> ColumnElement[bool]:
    """Whether a dated row holds on a day."""
    return (model.start <= on) & or_(model.end.is_(None), model.end > on)


def folded_contains(word: str, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether the columns together hold a word, without case and accents, as ``inventory.french.folded`` has it."""
    text: ColumnElement[Any] = func.coalesce(columns[0], "")
    for column in columns[1:]:
        text = text + " " + func.coalesce(column, "")
    for letter in _ACCENTED:
        for form in {letter, letter.upper()}:
            text = func.replace(text, form, folded(letter))
    return func.lower(text).contains(folded(word), autoescape=True)
