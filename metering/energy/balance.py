"""How evenly the feeds of a rack share its energy; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """Wh of each feed of a rack over the same time; None where no meter tells it."""

    wh: Mapping[str, int | None]

    @property
    def silent(self) -> list[str]:
        """The feeds of which nothing is known: no balance can be told."""
        return [feed for feed, wh in self.wh.items() if wh is None]

    @property
    def total(self) -> int:
        return sum(wh or 0 for wh in self.wh.values())

    def part(self, feed: str) -> Decimal | None:
        """The part of a feed in the energy of all, 0 to 1; None while a feed is silent, or when nothing flowed."""
        wh = self.wh[feed]
        return None if wh is None or self.silent or not self.total else Decimal(wh) / self.total

    @property
    def heaviest(self) -> str | None:
        """The feed that carries most, the first of equals."""
        known = {feed: wh for feed, wh in self.wh.items() if wh is not None}
        return max(known, key=lambda feed: known[feed]) if known else None

    @property
    def most(self) -> Decimal | None:
        """The part of the feed that carries most."""
        return None if self.heaviest is None else self.part(self.heaviest)

    def is_off(self, percent: int) -> bool:
        """Whether one feed carries more than so many percent of the energy."""
        return self.most is not None and self.most * 100 > percent
