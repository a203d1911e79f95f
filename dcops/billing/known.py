"""What was measured and counted for a bill, beside what is held: kWh, GB, uses of the year before; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from dcops.billing.measured import Measured
from dcops.catalogue.line import GridLine
from metering.backups.held import Stored, stored_in

Days = tuple[date, date]
Usage = Mapping[Days, Measured | str]
"""Energy by days [start, end) of the spans of a consumption; a sentence where it could not be told."""


@dataclass(frozen=True)
class Count:
    """How many times a service was used in a civil year; ``id`` of what was recorded, 0 when nothing had to be."""

    quantity: Decimal
    id: int = 0


@dataclass(frozen=True)
class Known:
    """What the lines of a civil year are measured by.

    ``energies`` by id of a share, ``stored`` by id of a backup box and by plan, ``counts`` of the year before by
    customer and code, ``earlier``: the (customer, code) that were subscribed to before the year.
    """

    energies: Mapping[int, Usage] = field(default_factory=dict)
    stored: Mapping[int, Sequence[Stored]] = field(default_factory=dict)
    counts: Mapping[tuple[str, str], Count] = field(default_factory=dict)
    earlier: Set[tuple[str, str]] = frozenset()

    def stored_of(self, box: int, days: Days) -> Stored | None:
        """What a backup box was measured to hold over the days of one of its plans; None when nothing was."""
        return stored_in(self.stored.get(box, ()), *days)

    def count(self, customer: str, line: GridLine) -> Count | None:
        """The count of the year before; 0 in a first year of which nothing was recorded; None when it is missing."""
        names = [(customer, line.code), (customer, line.service)]
        told = [self.counts[name] for name in names if name in self.counts]
        if told:
            return max(told, key=lambda count: count.id)
        return None if any(name in self.earlier for name in names) else Count(Decimal(0))
