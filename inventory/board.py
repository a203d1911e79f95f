"""What a list of findings may be narrowed to, and what some add up to; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inventory.findings import ACTIVE, State

NOBODY = "-"
"""The customer of findings of which nobody knows whose they are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings a list shows; None: whatever. ``customer`` is a code, ``NOBODY`` for none known.

    ``words`` must all be somewhere in the finding; ``after`` and ``before`` bound the instant it was first seen.
    """

    states: frozenset[State] | None = ACTIVE
    rule: str | None = None
    customer: str | None = None
    scope: str | None = None
    frozen: bool | None = None
    after: datetime | None = None
    before: datetime | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sums:
    """What some findings add up to: how many, and their euros a year."""

    count: int = 0
    eur_per_year: Decimal = Decimal("0.00")
