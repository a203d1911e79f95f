"""Which meters must agree with which: outlets with their inlet, feeds with the meter that checks them, busbars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inventory.orm import Transaction
from metering import store
from metering.cells import Cells
from metering.checks import Sum, disagreement
from metering.models import Meter
from metering.period import Period, day_before
from metering.places import Placed
from metering.readings import Fault
from metering.validation import Validation


@dataclass(frozen=True, slots=True)
class _Together:
    """Meters that add up to another one over some days: to all of it, or (``equal`` false) to at most all of it."""

    whole: tuple[int, str]
    parts: frozenset[tuple[int, str]]
    equal: bool


def sums_that_disagree(
    tx: Transaction, meters: Sequence[Meter], days: Sequence[Period], validation: Validation
) -> Iterator[tuple[int, Fault]]:
    """The sums that concern some meters and do not agree, on the first day of each disagreement: (meter id, fault)."""
    told: dict[int, Cells] = {}
    placed = _placed(tx, meters)
    devices = list(_devices(tx, meters))

    def cells(meter: tuple[int, str]) -> tuple[str, Cells]:
        if meter[0] not in told:
            told[meter[0]] = store.intervals(tx, meter[0], Period(day_before(days[0]).start, days[-1].end))
        return meter[1], told[meter[0]]

    for day in days:
        for one in (*devices, *_checks(placed, day), *_busbars(placed, day)):
            compared = Sum([cells(part) for part in sorted(one.parts)], cells(one.whole), one.equal)
            fault = disagreement(compared, day, validation.sum_percent)
            if fault and disagreement(compared, day_before(day), validation.sum_percent) is None:
                yield one.whole[0], fault


def _placed(tx: Transaction, meters: Iterable[Meter]) -> list[Placed]:
    """All that counts in the racks of some meters, and in those of the busbars that supply them."""
    racks = {place.rack_id for meter in meters for place in meter.places if place.rack_id is not None}
    bars = store.placed_on_busbars(tx)
    supplying = {one.meter_id for one in bars if one.rack_id in racks}
    racks |= {one.rack_id for one in bars if one.meter_id in supplying and one.rack_id is not None}
    return [one for placed in store.placed_in_racks(tx, racks).values() for one in placed]


def _checks(placed: Sequence[Placed], day: Period) -> Iterator[_Together]:
    """Each check meter beside what counts on its feed, or on all feeds of the rack."""
    for check in (one for one in placed if one.scope == "check" and one.during(day) == day):
        beside = [one for one in placed if one.rack_id == check.rack_id and check.feed in (one.feed, None)]
        yield from _together(check, beside, day, equal=True)


def _busbars(placed: Sequence[Placed], day: Period) -> Iterator[_Together]:
    """Each busbar beside what counts on the feeds that it supplies."""
    bars = [one for one in placed if one.scope == "busbar" and one.during(day) == day]
    for meter_id in sorted({one.meter_id for one in bars}):
        own = [one for one in bars if one.meter_id == meter_id]
        supplied = {(one.rack_id, one.feed) for one in own}
        beside = [one for one in placed if (one.rack_id, one.feed) in supplied or (one.rack_id, None) in supplied]
        yield from _together(own[0], beside, day, equal=False)


def _together(whole: Placed, beside: Sequence[Placed], day: Period, *, equal: bool) -> Iterator[_Together]:
    counting = [one for one in beside if one.scope == "rack" and one.during(day) is not None]
    if counting and all(one.during(day) == day for one in counting):
        parts = frozenset((one.meter_id, one.meter) for one in counting)
        yield _Together((whole.meter_id, whole.meter), parts, equal)


def _devices(tx: Transaction, meters: Iterable[Meter]) -> Iterator[_Together]:
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
            yield _Together(inlets[0], outlets, equal=False)
