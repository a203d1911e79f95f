"""Which meters must agree with which: outlets with their inlet, feeds with the meter that checks them, busbars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from inventory.orm import Transaction
from metering import store
from metering.intervals import interval_store
from metering.models import Meter
from metering.period import Period, day_before
from metering.places import place_store
from metering.places.place import Placed
from metering.readings import Fault
from metering.validation.checks import Sum, disagreement, grew
from metering.validation.tolerances import Validation

FEW = 64
"""Meters whose cells are kept at hand: a busbar has as many."""


@dataclass(frozen=True, slots=True)
class _Together:
    """Meters that add up to another one over a day: to all of it, or (``equal`` false) to at most all of it."""

    whole: tuple[int, str]
    parts: frozenset[tuple[int, str]]
    equal: bool


ByDay = Callable[[Period], "_Together | None"]
"""What adds up to one meter on a day; None when nobody can tell."""


def sums_that_disagree(
    tx: Transaction, meters: Sequence[Meter], days: Sequence[Period], validation: Validation
) -> Iterator[tuple[int, Fault]]:
    """The sums of some meters that do not agree, on the first day of it and when it grows: (meter id, fault)."""
    placed = _placed(tx, meters)
    period = Period(day_before(days[0]).start, days[-1].end)
    cells = lru_cache(FEW)(lambda meter_id: interval_store.intervals(tx, meter_id, period))

    def compared(told: _Together, day: Period) -> Fault | None:
        parts = [(name, cells(meter_id)) for meter_id, name in sorted(told.parts)]
        whole = told.whole[1], cells(told.whole[0])
        return disagreement(Sum(parts, whole, told.equal), day, validation.sum_percent)

    for by_day in (*_devices(tx, meters), *_checks(placed), *_busbars(placed)):
        for day in days:
            told = by_day(day)
            fault = compared(told, day) if told else None
            if told and fault and grew(fault, compared(told, day_before(day))):
                yield told.whole[0], fault


def _placed(tx: Transaction, meters: Iterable[Meter]) -> list[Placed]:
    """All that counts in the racks of some meters, and in those of the busbars that supply them."""
    racks = {place.rack_id for meter in meters for place in meter.places if place.rack_id is not None}
    bars = place_store.placed_on_busbars(tx)
    supplying = {one.meter_id for one in bars if one.rack_id in racks}
    racks |= {one.rack_id for one in bars if one.meter_id in supplying and one.rack_id is not None}
    return [one for placed in place_store.placed_in_racks(tx, racks).values() for one in placed]


def _checks(placed: Sequence[Placed]) -> Iterator[ByDay]:
    """Each check meter beside what counts on its feed, or on all feeds of the rack."""
    for check in (one for one in placed if one.scope == "check"):
        beside = [one for one in placed if one.rack_id == check.rack_id and check.feed in (one.feed, None)]
        yield partial(_together, [check], beside, equal=True)


def _busbars(placed: Sequence[Placed]) -> Iterator[ByDay]:
    """Each busbar beside what counts on the feeds that it supplies."""
    bars = [one for one in placed if one.scope == "busbar"]
    for meter_id in sorted({one.meter_id for one in bars}):
        yield partial(_together, [one for one in bars if one.meter_id == meter_id], placed, equal=False)


def _together(wholes: Sequence[Placed], beside: Sequence[Placed], day: Period, *, equal: bool) -> _Together | None:
    """What counts on the feeds of a meter, or of a busbar, all along a day."""
    feeds = {(one.rack_id, one.feed) for one in wholes if one.during(day) == day}
    inside = [one for one in beside if {(one.rack_id, one.feed), (one.rack_id, None)} & feeds]
    counting = [one for one in inside if one.scope == "rack" and one.during(day) is not None]
    if not counting or any(one.during(day) != day for one in counting):
        return None
    parts = frozenset((one.meter_id, one.meter) for one in counting)
    return _Together((wholes[0].meter_id, wholes[0].meter), parts, equal)


def _devices(tx: Transaction, meters: Iterable[Meter]) -> Iterator[ByDay]:
    """The outlets of each device beside its only inlet: they count less, never more."""
    addresses = {(meter.driver, meter.address) for meter in meters if meter.address}
    points: dict[tuple[str, str], list[Meter]] = {}
    for meter in store.meters(tx):
        if (meter.driver, meter.address) in addresses:
            points.setdefault((meter.driver, meter.address), []).append(meter)
    for found in points.values():
        inlets = [(one.id, one.name) for one in found if one.point.startswith(("inlet:", "total:"))]
        outlets = frozenset((one.id, one.name) for one in found if one.point.startswith("outlet:"))
        if len(inlets) == 1 and outlets:
            yield partial(_every_day, _Together(inlets[0], outlets, equal=False))


def _every_day(told: _Together, day: Period) -> _Together:
    return told
