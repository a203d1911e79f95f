"""What a meter that answers in floating point meant: the shortest decimal number that is the very same float; pure."""

from __future__ import annotations

import struct
from decimal import Decimal


def meant(value: float) -> Decimal:
    """0.1 as 32 bits is 0.100000001490116…: read as one of 64 bits, it must still be 0.1. ``value`` is finite."""
    try:
        packed = struct.pack(">f", value)
    except OverflowError:
        return Decimal(repr(value))
    if struct.unpack(">f", packed)[0] != value:
        return Decimal(repr(value))
    texts = (f"{value:.{digits}g}" for digits in range(6, 10))
    return Decimal(next(text for text in texts if _packed(text) == packed))


def _packed(text: str) -> bytes | None:
    try:
        return struct.pack(">f", float(text))
    except OverflowError:
        return None
