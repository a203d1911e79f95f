"""Euros: exact decimals, rounded once, half up, to the cent; pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_cents(amount: Decimal) -> Decimal:
    """Round half up to the cent: the one rounding an amount goes through."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    """An amount as interfaces write it: ``"8400.00"``."""
    return str(round_cents(amount))
