"""What the index of the recordings says of a device."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def told(index: dict[str, Any], device: str, measure: str, what: str) -> list[int]:
    """The values of the column whose title starts with ``what``, in whole Wh or W, in row order."""
    (column,) = [column for column in index[device][measure] if column["what"].startswith(what)]
    unit, scale = ("kwh", 1000) if measure == "energy" else ("w", 1)
    values = sorted(column["values"], key=lambda value: [int(part) for part in value["oid"].split(".")])
    return [int((Decimal(str(value[unit])) * scale).to_integral_value(ROUND_HALF_UP)) for value in values]
