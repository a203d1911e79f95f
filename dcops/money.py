"""Euros: exact decimals, rounded once, half up, to the cent; and how they are written; pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from inventory.french import NO_BREAK, grouped

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_cents(amount: Decimal) -> Decimal:
    """Round half up to the cent: the one rounding an amount goes through."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    """An amount as interfaces write it: ``"8400.00"``."""
    return str(round_cents(amount))


def plain(number: Decimal) -> str:
    """A quantity without useless zeros or exponent: ``"1"``, ``"2.5"``, ``"100"``."""
    return format(number.normalize(), "f")


def price_text(price: Decimal) -> str:
    """A unit price with all its decimals and at least two: ``"0.20"``, ``"0.1234"``."""
    shown = plain(price)
    decimals = len(shown.partition(".")[2])
    return text(price) if decimals <= 2 else shown


def french(amount: Decimal) -> str:
    """An amount or unit price for a person: ``8 400,00 €`` (spaces that do not break)."""
    return f"{grouped(price_text(amount))}{NO_BREAK}€"


def number(value: Decimal) -> str:
    """A quantity for a person: ``"1"``, ``"2,5"``, ``"13 632,4"`` (spaces that do not break)."""
    return grouped(plain(value))
