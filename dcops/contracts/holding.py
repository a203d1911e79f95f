"""One thing a customer holds: a dated quantity of a grid line, whatever it was ordered as; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Holding:
    """A quantity of a grid line held by a customer over the days [start, end); ``end`` None = still running.

    ``kind``: fee, annual, consumption, pack, package, or unknown when no grid has the code. ``evidence`` names
    the order: ``{"order": "machine", "id": 12, "name": "web-01"}``. ``since``: the first day of the contract, when
    its quantity or price changed afterwards; prices are euros per unit of the line.
    """

    customer_code: str
    code: str
    quantity: Decimal
    start: date
    end: date | None
    kind: str
    evidence: dict[str, Any] = field(default_factory=dict)
    agreed_price: Decimal | None = None
    supplier_price: Decimal | None = None
    since: date | None = None

    @property
    def first(self) -> date:
        """The first day of the contract that this quantity belongs to."""
        return self.since or self.start
