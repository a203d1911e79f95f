"""Where a meter counts and when, and by what policy a rack is divided; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from metering.period import Period

OF_SHARES = frozenset({"share", "outlet"})
"""Scopes of the meters that count for one share."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A meter while it counts for one place: [start, end), ``end`` None when nobody said.

    ``scope`` as in ``MeterPlace``; ``feed`` None: all the feeds of the rack.
    """

    meter_id: int
    meter: str
    rack_id: int | None
    feed: str | None
    scope: str
    share_id: int | None
    start: datetime
    end: datetime | None

    def during(self, period: Period) -> Period | None:
        """The part of a period in which it counts."""
        end = period.end if self.end is None else min(self.end, period.end)
        start = max(self.start, period.start)
        return Period(start, end) if start < end else None

    def counts_at(self, at: datetime) -> bool:
        """Whether it counts at an instant."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Policy:
    """From ``start`` on, a rack is divided so; ``rack_id`` None: every rack without a policy of its own."""

    rack_id: int | None
    start: datetime
    name: str  # units, power, equal


def policy_at(policies: Iterable[Policy], rack_id: int, at: datetime) -> str:
    """How a rack is divided at an instant: by its own policy, else by that of all racks, else by units."""
    begun = [one for one in policies if one.start <= at]
    own = [one for one in begun if one.rack_id == rack_id]
    chosen = own or [one for one in begun if one.rack_id is None]
    return max(chosen, key=lambda one: one.start).name if chosen else "units"


@dataclass(frozen=True, slots=True)
class Part:
    """What a share weighs: half units of its rack, watts that its contract lets it draw (None: not said)."""

    half_units: int
    power_w: int | None


def weights(policy: str, parts: Sequence[Part], unsold: int, half_units: int, rack_w: int | None) -> tuple[int, ...]:
    """The weight of each share of a rack that has no meter, then that of what nobody bought.

    By units, space that nobody bought keeps its part; by contracted power and equally, all that was drawn is shared.
    A share without contracted power is taken to have that of its space; where the power of the rack is not known
    either, the rack is divided by units.
    """
    by_units = [part.half_units for part in parts]
    if policy == "equal":
        return (*(1 for _ in parts), 0)
    if policy == "power" and (rack_w or all(part.power_w for part in parts)):
        return (*(part.power_w or (rack_w or 0) * part.half_units // half_units or 1 for part in parts), 0)
    return (*by_units, unsold)
