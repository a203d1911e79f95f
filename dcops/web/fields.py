"""Fields of forms as French people fill them in, and what they are told when one is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from wtforms import DateField, DateTimeLocalField, DecimalField, IntegerField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from inventory.clock import PARIS
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


_MINUTES = "%Y-%m-%dT%H:%M"
_AS_TYPED = str.maketrans({",": ".", " ": None, "\u00a0": None, "\u202f": None})


class Whole(IntegerField):  # type: ignore[misc]
    """A whole number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.translate(_AS_TYPED) for value in valuelist])
        except ValueError:
            raise ValueError("Un nombre entier.") from None


class WallClock(DateTimeLocalField):  # type: ignore[misc]
    """A time by the clock on the wall, in Paris."""

    def __init__(self, label: str, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, format=[_MINUTES, f"{_MINUTES}:%S"], **options)

    @property
    def instant(self) -> datetime:
        """The same in UTC."""
        local: datetime = self.data
        return local.replace(tzinfo=PARIS).astimezone(UTC)


def on_the_wall(at: datetime) -> str:
    """An instant as a ``WallClock`` takes it."""
    return f"{at.astimezone(PARIS):{_MINUTES}:%S}"


def exact_wh(kwh: Decimal) -> int | None:
    """The whole Wh of kWh; None when they are not to the Wh, or no number that a register holds."""
    wh = kwh * 1000
    exact = wh.is_finite() and wh == wh.to_integral_value() and abs(wh) < 2**62
    return int(wh) if exact else None


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
