"""Fields of forms as French people fill them in, and what they are told when one is wrong."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, DecimalField, IntegerField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from inventory.french import grouped

NEEDED = DataRequired("Ce champ est nécessaire.")
GIVEN = InputRequired("Ce champ est nécessaire.")  # 0 is given


class Number(DecimalField):  # type: ignore[misc]
    """An exact number, with a decimal comma or point, spaces between thousands or not."""

    def __init__(self, label: str, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, places=None, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        given = [value.translate(_AS_TYPED) for value in valuelist]
        try:
            super().process_formdata(given)
        except ValueError:
            raise ValueError("Un nombre, par exemple 12 ou 12,50.") from None


_AS_TYPED = str.maketrans({",": ".", " ": None, "\u00a0": None, "\u202f": None})


class Whole(IntegerField):  # type: ignore[misc]
    """A whole number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.translate(_AS_TYPED) for value in valuelist])
        except ValueError:
            raise ValueError("Un nombre entier.") from None


class Day(DateField):  # type: ignore[misc]
    """A calendar day."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Une date qui existe, par exemple 2024-03-01.") from None


def up_to(most: int) -> Length:
    """At most so many characters."""
    return Length(max=most, message=f"{most} caractères au plus.")


def year_between(low: int, high: int) -> NumberRange:
    """A year of [low, high]."""
    return NumberRange(low, high, f"De {low} à {high}.")


def between(low: int, high: int) -> NumberRange:
    """A number of [low, high]."""
    return NumberRange(low, high, f"De {grouped(str(low))} à {grouped(str(high))}.")
