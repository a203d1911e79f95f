"""The conditions that several SELECTs share."""

from __future__ import annotations

from datetime import date
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, String, func, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from inventory.french import folded
from inventory.models import AntivirusSeats, Machine, NasUnit, Share

_ACCENTED = "àâäáãåçéèêëíîïìñóôöòõúùûüÿÀÂÄÁÃÅÇÉÈÊËÍÎÏÌÑÓÔÖÒÕÚÙÛÜŸ’"
_LIGATURES = "œŒæÆ"
_PLAIN = folded(_ACCENTED).replace("'", "''")


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
    return Folded(text).contains(folded(word), autoescape=True)


class Folded(FunctionElement[str]):
    """A text as ``inventory.french.folded`` has it: that very function on SQLite, where ``dcops.db`` registers it."""

    name = "folded"
    type = String()
    inherit_cache = True


@compiles(Folded)
def _called(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"folded({compiler.process(element.clauses, **options)})"


@compiles(Folded, "postgresql")
def _translated(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    for letter in _LIGATURES:
        text = f"replace({text}, '{letter}', '{folded(letter)}')"
    return f"lower(translate({text}, '{_ACCENTED}', '{_PLAIN}'))"
