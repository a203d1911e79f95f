"""One thing a customer holds: a dated quantity of a grid line, whatever it was ordered as; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

NONE = Decimal(0)


@dataclass(frozen=True)
class Holding:
    """A quantity of a grid line held by a customer over the days [start, end); ``end`` None = still running.

    ``kind``: fee, annual, consumption, usage, pack, package, or unknown when no grid has the code. ``evidence`` names
    the order: ``{"order": "machine", "id": 12, "name": "web-01"}``. ``since``: the first day of the contract, when
    its quantity or price changed afterwards, and ``already`` what it was for just before. Prices are euros per unit
    of the line. A consumption (kWh) and a usage (GB above the ``plan_gb`` of the evidence) are measured: they are of 1.
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
    already: Decimal = NONE

    @property
    def first(self) -> date:
        """The first day of the contract that this quantity belongs to."""
        return self.since or self.start

    @property
    def added(self) -> Decimal:
        """What this quantity adds to what was held just before: all of it at the start of the contract."""
        return max(NONE, self.quantity - self.already)
