"""Energy of a meter, a rack, a share or a customer over a period, with what it was computed from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.models import Customer, Rack, Share
from inventory.orm import Transaction
from metering import store
from metering.energy.curve import Curve, Wanted, total
from metering.energy.measures import Measures, held, whole_months
from metering.energy.told import NOTHING, Energy, by_flag
from metering.period import Period
from metering.places import place_store
from metering.places.place import Placed
from metering.usage import ratio


def energy_of_meter(tx: Transaction, name: str, period: Period) -> Energy:
    """Energy of one meter. Raises NotFound."""
    meter = store.meter(tx, name)
    ever = Placed(meter.id, meter.name, None, None, "meter", None, meter.start, meter.end)
    return next(_told(tx, [_of_meters(Measures(tx, [], period), [ever], period)]))


def energy_of_site(tx: Transaction, period: Period) -> Energy:
    """Energy of the whole site, cooling included: the sum of its site meters; without any, a note says so."""
    meters = place_store.placed_on_site(tx)
    notes = () if meters else ("aucun compteur ne mesure le site entier.",)
    return next(_told(tx, [_of_meters(Measures(tx, [], period), meters, period, *notes)]))


def energy_of_rack(tx: Transaction, name: str, period: Period) -> Energy:
    """Energy of a rack: the sum of its rack meters, both feeds. Raises NotFound."""
    rack = inventory_store.rack(tx, name)
    return energy_of_racks(tx, [rack], period, Measures(tx, [rack.id], period))[0]


def energy_of_feed(tx: Transaction, rack_name: str, feed: str, period: Period) -> Energy:
    """Energy of one feed of a rack. Raises NotFound."""
    rack = inventory_store.rack(tx, rack_name)
    measures = Measures(tx, [rack.id], period)
    meters = measures.of_rack(rack.id, feed)
    notes = () if meters else (f"aucun compteur ne mesure la voie {feed} de la baie {rack.name}.",)
    return next(_told(tx, [_of_meters(measures, meters, period, *notes)]))


def energy_of_racks(tx: Transaction, racks: Sequence[Rack], period: Period, measures: Measures) -> list[Energy]:
    """Energy of several racks, in their order, from measures that hold them and the period."""
    return list(_told(tx, [_of_rack(measures, rack, period) for rack in racks]))


def energy_of_share(tx: Transaction, share_id: int, period: Period) -> Energy:
    """Energy of a share while it was held: its own meters', or its part of its rack by half units. Raises NotFound."""
    return next(energy_of_shares(tx, [(share_id, period)], hours=True))


def energy_of_shares(tx: Transaction, asked: Sequence[tuple[int, Period]], *, hours: bool) -> Iterator[Energy]:
    """Energy of each (share id, period), in their order: each rack is read and divided once. Raises NotFound.

    Without ``hours``, intervals are as long as the same Wh, flags and coverage allow: the database adds up most of
    them. One by one, because the hours of all the shares of a year are many and the caller seldom keeps them.
    """
    if not asked:
        return
    shares = store.shares_by_id(tx, [share_id for share_id, _ in asked])
    bounds = () if hours else {at for _, period in asked for at in (period.start, period.end)}
    racks = {share.rack_id for share in shares.values()}
    measures = Measures(tx, racks, _span(period for _, period in asked), bounds)
    wanted = [_of_shares(measures, [shares[share_id]], period) for share_id, period in asked]
    yield from _told(tx, wanted)


def energy_of_customer(tx: Transaction, code: str, period: Period) -> Energy:
    """Energy of all the shares of a customer, each while it was held. Raises NotFound."""
    return energy_of_customers(tx, [inventory_store.customer(tx, code)], period)[0]


def energy_of_customers(
    tx: Transaction, customers: Sequence[Customer], period: Period, measures: Measures | None = None
) -> list[Energy]:
    """Energy of several customers, in their order; from measures that hold the whole months of the period, if any."""
    last = civil_date(period.end - timedelta(microseconds=1)) + timedelta(days=1)
    held = store.shares_of_customers(tx, [one.id for one in customers], civil_date(period.start), last)
    racks = {share.rack_id for shares in held.values() for share in shares}
    measures = measures or Measures(tx, racks, whole_months(period))
    return list(_told(tx, [_of_customer(measures, one, held[one.id], period) for one in customers]))


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the things of which an energy is the sum: its curve, when it counts, the meters behind it."""

    curve: Callable[[], Curve]
    during: Period
    behind: Sequence[Placed]

    def bounds(self) -> Iterator[tuple[Placed, datetime]]:
        """The instants between which each meter counted: what its energy rests on."""
        for one in self.behind:
            during = one.during(self.during)
            if during is not None:
                yield from ((one, during.start), (one, during.end))


@dataclass(frozen=True, slots=True)
class _Asked:
    """An energy to tell: no interval is read until it is told. ``in_order``: evidence stays in the order of meters."""

    period: Period
    parts: Sequence[_Part]
    notes: Sequence[str] = ()
    in_order: bool = False


def _of_meters(measures: Measures, meters: Sequence[Placed], period: Period, *notes: str) -> _Asked:
    return _Asked(period, [_Part(partial(measures.meters, meters, period), period, meters)], notes, in_order=True)


def _of_rack(measures: Measures, rack: Rack, period: Period) -> _Asked:
    meters = measures.of_rack(rack.id)
    notes = () if meters else (f"aucun compteur ne mesure la baie {rack.name}.",)
    return _of_meters(measures, meters, period, *notes)


def _of_customer(measures: Measures, customer: Customer, shares: Sequence[Share], period: Period) -> _Asked:
    if not shares:
        return _Asked(period, [], [f"{customer.name} ne tient aucune part de baie dans cette période."])
    return _of_shares(measures, shares, period)


def _of_shares(measures: Measures, shares: Sequence[Share], period: Period) -> _Asked:
    parts: list[_Part] = []
    notes: list[str] = []
    for share in shares:
        span = held(share, period)
        if span is None:
            notes.append(f"la part de {share.rack.name} n'est pas tenue dans cette période.")
            continue
        behind = measures.behind(share, span)
        parts.append(_Part(partial(measures.share, share, span), span, behind))
        if not behind:
            notes.append(f"aucun compteur ne mesure la part de {share.rack.name}.")
    return _Asked(period, parts, notes)


def _told(tx: Transaction, asked: Sequence[_Asked]) -> Iterator[Energy]:
    """Each energy, once the readings at the bounds of all have been looked up together."""
    parts = [part for one in asked for part in one.parts]
    around = store.instants_around(tx, {(meter.meter_id, at) for part in parts for meter, at in part.bounds()})
    for one in asked:
        yield _energy(one, _evidence(one, around))


def _energy(asked: _Asked, evidence: Iterable[str]) -> Energy:
    """Sum the parts; the coverage is that of the time each was held, together."""
    parts = [Wanted(part.curve(), part.during) for part in asked.parts]
    cells = total(parts).cells.during(asked.period)
    alone = [part.curve.cells.during(part.during) for part in parts]
    flags = by_flag(alone)
    lasted = sum((part.during.end - part.during.start for part in parts), timedelta())
    known = timedelta(microseconds=sum(end - start for part in parts for start, end in part.curve.known))
    coverage = ratio(known, lasted) if lasted else NOTHING
    wh, notes = sum(flags.values()), tuple(asked.notes)
    missing = [hole for part in parts for hole in part.curve.holes(part.during)]
    spans = [part.during for part in parts]
    return Energy(asked.period, wh, flags, coverage, cells, tuple(evidence), notes, alone, missing, spans)


def _evidence(asked: _Asked, around: Mapping[tuple[int, datetime], Sequence[datetime]]) -> list[str]:
    """Ids ``meter@instant`` of the readings at, or on each side of, the bounds of each part, once each."""
    found: dict[str, None] = {}
    for part in asked.parts:
        instants: dict[Placed, set[datetime]] = {}
        for one, bound in part.bounds():
            instants.setdefault(one, set()).update(around[one.meter_id, bound])
        for one, told in instants.items():
            found.update((f"{one.meter}@{at.isoformat()}", None) for at in sorted(told))
    return list(found) if asked.in_order else sorted(found)


def _span(periods: Iterable[Period]) -> Period:
    """The whole months that hold several periods."""
    months = [whole_months(period) for period in periods]
    return Period(min(span.start for span in months), max(span.end for span in months))
