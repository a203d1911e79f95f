"""The meters as a source of real facts: which feeds of which racks are counted, and the most that each one drew."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from inventory import store as inventory_store
from inventory.clock import Clock, civil_date
from inventory.errors import DomainError
from inventory.facts import POWER, FeedPower, Scope, ScopeStatus, Snapshot
from inventory.models import Rack, Share
from inventory.orm import Transaction
from inventory.power_rules import METERS_SCOPE
from inventory.racks import Span
from metering.energy import peak_store
from metering.places import place_store
from metering.places.place import Placed

LOOKED_BACK = timedelta(days=30)


class Database(Protocol):
    """What the source needs of the database: a transaction to read in."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...


@dataclass(frozen=True)
class MetersSource:
    """The feeds of every rack, in one scope.

    A feed may carry ``limit_percent`` of its capacity. Where ``redundant``, one feed alone must be able to carry what
    all of them draw, each at its peak: they are told together as one more feed, "A+B".
    """

    database: Database
    clock: Clock
    limit_percent: int = 80
    redundant: bool = True
    name: ClassVar[str] = "meters"
    kind: ClassVar[str] = "real"

    def facts(self) -> Snapshot:
        """Every feed, in one scope that is COMPLETE, or FAILED when the database does not answer."""
        at, started = self.clock.now(), time.perf_counter()
        try:
            with self.database.transaction() as tx:
                told = tuple(feeds(tx, at, self.limit_percent, self.redundant))
            scope = Scope(METERS_SCOPE, ScopeStatus.COMPLETE, told, subject=POWER)
        except DomainError as error:
            scope = Scope(METERS_SCOPE, ScopeStatus.FAILED, faults=(str(error),), subject=POWER)
        return Snapshot(self.name, self.kind, at, time.perf_counter() - started, (scope,))


def feeds(tx: Transaction, now: datetime, limit_percent: int, redundant: bool) -> Iterator[FeedPower]:
    """The feeds of every rack, by rack then feed, with their peaks of the last 30 days."""
    racks = inventory_store.racks(tx)
    meters = place_store.placed_in_racks(tx, [rack.id for rack in racks])
    peaks = peak_store.peaks(tx, now - LOOKED_BACK, now)
    for rack in racks:
        most = None if rack.capacity_w is None else rack.capacity_w * limit_percent // 100
        names = [feed.strip() for feed in rack.feeds.split(",") if feed.strip()]
        told = [_feed(rack, feed, meters[rack.id], peaks.get((rack.name, feed)), most, now) for feed in names]
        yield from told
        if redundant and len(told) > 1:
            yield from _together(told)


def _feed(
    rack: Rack, feed: str, meters: Sequence[Placed], peak_w: int | None, most: int | None, now: datetime
) -> FeedPower:
    counting = {one for one in meters if one.feed in (feed, None) and one.counts_at(now)}
    held = [share for share in rack.shares if Span(0, 1, share.start, share.end).holds(civil_date(now))]
    uncounted = [share for share in held if not counting.intersection(_behind(share, meters))]
    whole = any(one.scope == "rack" for one in counting)
    metered = whole or (bool(held) and not uncounted)
    references = tuple(f"share/{share.id}" for share in uncounted)
    return FeedPower(rack.name, feed, metered, peak_w, most, references)


def _behind(share: Share, meters: Sequence[Placed]) -> list[Placed]:
    """The meters that a share is billed by, as in ``metering.measures``: its own, else those of its rack."""
    own = [one for one in meters if one.share_id == share.id]
    return own or [one for one in meters if one.scope == "rack"]


def _together(feeds: Sequence[FeedPower]) -> Iterator[FeedPower]:
    """All the feeds of a rack as one, once the peak of each is known."""
    peaks = [feed.peak_w for feed in feeds if feed.peak_w is not None]
    if len(peaks) == len(feeds):
        name = "+".join(feed.feed for feed in feeds)
        metered = all(feed.metered for feed in feeds)
        yield FeedPower(feeds[0].rack, name, metered, sum(peaks), feeds[0].capacity_w)
