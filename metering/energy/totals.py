"""What many meters counted over many spans at once: added up by the database where nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from inventory.clock import civil_date
from inventory.customers import in_force
from inventory.models import Rack
from inventory.orm import Transaction
from metering.cells import Cells
from metering.energy.efficiency import Efficiency, Side
from metering.intervals import interval_store
from metering.period import Period
from metering.places import place_store
from metering.places.place import OF_SHARES, Placed
from metering.readings import Flag
from metering.usage import ratio

Asked = tuple[Placed, Period]
"""A meter and a span in which it counts."""


@dataclass(frozen=True, slots=True)
class Total:
    """Wh by quality of some meters together, and for how long of ``asked`` they are known, all added up."""

    flags: dict[Flag, int]
    known: timedelta
    asked: timedelta

    @property
    def wh(self) -> int | None:
        """None when nothing at all is known."""
        return sum(self.flags.values()) if self.flags else None

    @property
    def coverage(self) -> Decimal:
        return ratio(self.known, self.asked) if self.asked else Decimal(0)


def totals(tx: Transaction, asked: Sequence[Asked]) -> dict[Asked, Total]:
    """The total of each meter over each span; what the database cannot add up is read once per meter."""
    whole = interval_store.whole_hours(tx, [(one.meter_id, span) for one, span in asked])
    found: dict[Asked, Total] = {}
    left: dict[int, list[Asked]] = {}
    for one, span in asked:
        told = whole.get((one.meter_id, span))
        if told is None:
            left.setdefault(one.meter_id, []).append((one, span))
        else:
            lasted = span.end - span.start
            found[one, span] = Total({told[1][0]: told[0]}, lasted, lasted)
    for meter_id, rest in left.items():
        hull = Period(min(span.start for _, span in rest), max(span.end for _, span in rest))
        cells = interval_store.intervals(tx, meter_id, hull)
        found |= {(one, span): _read(cells.during(span), span) for one, span in rest}
    return found


def _read(cells: Cells, span: Period) -> Total:
    return Total(cells.flags(), cells.known(), span.end - span.start)


def together(totals: Iterable[Total]) -> Total:
    """Several totals as one."""
    flags: dict[Flag, int] = {}
    known = asked = timedelta()
    for one in totals:
        known, asked = known + one.known, asked + one.asked
        for flag, wh in one.flags.items():
            flags[flag] = flags.get(flag, 0) + wh
    return Total(flags, known, asked)


def feed_totals(tx: Transaction, racks: Sequence[Rack], period: Period) -> dict[tuple[int, str], Total]:
    """What the meters of each (rack id, feed) counted; a feed that no meter counts alone is not there."""
    placed = place_store.placed_in_racks(tx, [rack.id for rack in racks])
    asked = [
        (one, during)
        for rack in racks
        for one in placed[rack.id]
        if one.scope == "rack" and one.feed is not None and (during := one.during(period)) is not None
    ]
    found: dict[tuple[int, str], list[Total]] = {}
    for (one, _), total in totals(tx, asked).items():
        assert one.rack_id is not None
        assert one.feed is not None
        found.setdefault((one.rack_id, one.feed), []).append(total)
    return {place: together(some) for place, some in found.items()}


def efficiencies(tx: Transaction, racks: Sequence[Rack], months: Sequence[Period]) -> list[Efficiency]:
    """The site beside its racks, month by month."""
    site = place_store.placed_on_site(tx)
    placed = place_store.placed_in_racks(tx, [rack.id for rack in racks])
    sides = [(_asked(site, month), _asked(_of_racks(racks, placed, month), month)) for month in months]
    told = totals(tx, [one for pair in sides for side in pair for one in side])
    return [
        Efficiency(
            month,
            _side([told[one] for one in whole], _present(whole, month)),
            _side([told[one] for one in part], Decimal(1)),
            tuple(name for rack in racks for name in _unmetered(rack, placed[rack.id], month)),
        )
        for month, (whole, part) in zip(months, sides, strict=True)
    ]


def _asked(placed: Iterable[Placed], month: Period) -> list[Asked]:
    return [(one, during) for one in placed if (during := one.during(month)) is not None]


def _of_racks(racks: Sequence[Rack], placed: dict[int, list[Placed]], month: Period) -> Iterable[Placed]:
    """The meters of whole racks; of a rack that has none in the month, those of its shares."""
    for rack in racks:
        counting = [one for one in placed[rack.id] if one.during(month) is not None]
        whole = [one for one in counting if one.scope == "rack"]
        yield from whole or (one for one in counting if one.scope in OF_SHARES)


def _present(asked: Sequence[Asked], month: Period) -> Decimal:
    """The part of a month in which at least one of some meters is there."""
    there = sorted(during for _, during in asked)
    known, until = timedelta(), month.start
    for during in there:
        known += max(during.end - max(during.start, until), timedelta())
        until = max(until, during.end)
    return ratio(known, month.end - month.start)


def _side(some: Iterable[Total], present: Decimal) -> Side:
    total = together(some)
    return Side(total.wh or 0, min(total.coverage, present), total.flags.get(Flag.ESTIMATED, 0))


def _unmetered(rack: Rack, placed: Sequence[Placed], month: Period) -> list[str]:
    """The feeds of a rack in use that no meter counts in a month, in words."""
    counting = [one for one in placed if one.during(month) is not None]
    if not counting:
        last = civil_date(month.end - timedelta(microseconds=1))
        return [f"baie {rack.name}"] if any(in_force(share, last) for share in rack.shares) else []
    whole = {one.feed for one in counting if one.scope == "rack"}
    if not whole or None in whole:
        return []
    return [f"baie {rack.name} voie {feed}" for feed in rack.feeds.split(",") if feed not in whole]
