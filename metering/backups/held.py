"""How many GB a backup box held in some days, by its measures, and what of them exceeds a plan; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

AVERAGE, PEAK, LAST = "average", "peak", "last"


@dataclass(frozen=True)
class Stored:
    """The measures of a box in some days, one a day: how many, their sum, the largest and the last, in GB.

    ``until``: the id of the latest measure that was read, so that what was told can be told again.
    """

    days: int
    total: Decimal
    peak: Decimal
    last: Decimal
    first_on: date
    last_on: date
    until: int

    def __add__(self, later: Stored) -> Stored:
        """What was measured in these days and in later ones together."""
        return Stored(
            self.days + later.days,
            self.total + later.total,
            max(self.peak, later.peak),
            later.last,
            self.first_on,
            later.last_on,
            max(self.until, later.until),
        )

    def gb(self, basis: str) -> Decimal:
        """What the box is said to hold: the average of its days, the largest or the last measure."""
        return {AVERAGE: self.total / self.days, PEAK: self.peak, LAST: self.last}[basis]

    def above(self, basis: str, plan: Decimal) -> Decimal:
        """GB above a plan, a GB begun counting whole."""
        return max(Decimal(0), self.gb(basis) - plan).to_integral_value(ROUND_CEILING)


def stored_in(parts: Sequence[Stored], first: date, end: date) -> Stored | None:
    """What was measured in [first, end), of parts in the order of their days that none of its bounds cuts."""
    inside = [part for part in parts if first <= part.first_on < end]
    return None if not inside else sum(inside[1:], inside[0])
