"""What a person chooses when findings are planned: from which day, for whom, by which action; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from inventory.plan import Kind


@dataclass(frozen=True)
class Choices:
    """``effective`` is the first day of the orders that a plan makes, changes or ends.

    ``customers``: finding id -> customer code, where nobody knows whose it is (or to say otherwise).
    ``kinds``: finding id -> which action, where several are possible; see ``remedies_of``.
    """

    effective: date
    customers: Mapping[int, str] = field(default_factory=dict)
    kinds: Mapping[int, Kind] = field(default_factory=dict)
