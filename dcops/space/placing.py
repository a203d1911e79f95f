"""Where a share can go: the racks with what is sold, documented and measured of them, asked the rule of placement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from dcops.sections import Space
from inventory import store
from inventory.clock import civil_date
from inventory.facts import Mounting, Reservation
from inventory.match import DOCUMENTED
from inventory.models import Rack
from inventory.orm import Transaction
from inventory.placement import Answer, Wanted, find
from inventory.rack_space import Documented, Held, Limits, Power, RackSpace, power_of
from inventory.racks import Span
from metering.energy import peak_store

PEAK = timedelta(days=30)
"""How long ago a peak of power still counts."""


def limits_of(settings: Space) -> Limits:
    """How much of a rack's power may be promised, as the settings say."""
    return Limits(settings.feed_limit_percent, settings.redundant)


def places(tx: Transaction, wanted: Wanted, settings: Space, now: datetime, room: str | None = None) -> Answer:
    """Where a share can go, in every rack or in those of a room. Raises Invalid for what means nothing."""
    return find(spaces(tx, store.racks(tx, room=room), now), wanted, limits_of(settings), civil_date(now))


def spaces(tx: Transaction, racks: Iterable[Rack], now: datetime) -> list[RackSpace]:
    """All that is known of racks: shares, devices and reservations of the documentation, peaks of the last days."""
    documented = _documented(tx)
    peaks: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (name, feed), watts in peak_store.peaks(tx, now - PEAK, now).items():
        peaks[name][feed] = watts
    return [_space(rack, documented.get(rack.name, []), peaks.get(rack.name, {})) for rack in racks]


def powers(tx: Transaction, racks: Iterable[Rack], settings: Space, now: datetime) -> dict[str, Power]:
    """What may be drawn in each rack today, its peak and what was promised, by rack."""
    today = civil_date(now)
    tomorrow = today + timedelta(days=1)
    return {
        space.name: power_of(space, today, tomorrow, limits_of(settings), today) for space in spaces(tx, racks, now)
    }


def _space(rack: Rack, documented: list[Documented], peaks: dict[str, int]) -> RackSpace:
    held = [Held(share.span, share.customer.code, share.power_w) for share in rack.shares]
    feeds = tuple(feed.strip() for feed in rack.feeds.split(",") if feed.strip())
    where = (rack.name, rack.room.site.name, rack.room.name, rack.u_height)
    return RackSpace(*where, rack.capacity_w, feeds, held, documented, peaks)


def _documented(tx: Transaction) -> dict[str, list[Documented]]:
    found: defaultdict[str, list[Documented]] = defaultdict(list)
    for device in store.facts_told(tx, DOCUMENTED, Mounting):
        span = Span(device.first_half_unit, device.first_half_unit + device.half_units)
        found[device.rack].append(Documented(span, device.name, device.customer))
    for kept in store.facts_told(tx, DOCUMENTED, Reservation):
        span = Span(kept.first_half_unit, kept.end_half_unit, kept.start, kept.end)
        found[kept.rack].append(Documented(span, kept.label, kept.customer, reserved=True))
    return found
