"""Looking at the days that were just rolled up for what is odd, and keeping it for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from inventory.clock import civil_date
from inventory.french import some
from inventory.models import Rack
from inventory.orm import Transaction
from metering import store
from metering.cells import Cells
from metering.energy.measures import held
from metering.exceptions import exception_store
from metering.exceptions.sum_checking import sums_that_disagree
from metering.intervals import interval_store, vee_store
from metering.intervals.roll_up import RollUpReport, roll_up
from metering.models import Meter, MeterPlace
from metering.period import Period, day_before, of_days, split
from metering.places import place_store
from metering.readings import Fault
from metering.register import keep_faults
from metering.validation import checks
from metering.validation.registers import resolution
from metering.validation.tolerances import STANDARD, Validation

ONE_DAY = timedelta(days=1)
FEW = 16
"""Meters whose cells are kept at hand: those of a rack are looked at together."""


def validate(
    tx: Transaction, now: datetime, meter_ids: Iterable[int] | None = None, validation: Validation = STANDARD
) -> RollUpReport:
    """Bring the intervals of every meter (or of some) up to its readings, then look at the days that ended."""
    report = roll_up(tx, now, meter_ids, validation)
    return replace(report, faults=report.faults + check_days(tx, report.rolled, now, validation))


def check_days(tx: Transaction, rolled: Mapping[int, Period], now: datetime, validation: Validation) -> int:
    """Check the civil days that ended within what was rolled up of each meter; returns how many exceptions are new."""
    days = {meter_id: ended for meter_id, period in rolled.items() if (ended := list(_days(period)))}
    if not days:
        return 0
    together = sorted({day for some_days in days.values() for day in some_days})
    concerned = [meter for meter in store.meters(tx) if meter.id in days]
    looking = _Looking(tx, concerned, Period(together[0].start, together[-1].end), validation)
    found = [(meter.id, fault) for meter in concerned for fault in looking.at(meter, days[meter.id])]
    found += sums_that_disagree(tx, concerned, together, validation)
    return keep_faults(tx, _news(tx, found, validation.quiet), now)


def _news(tx: Transaction, found: Iterable[tuple[int, Fault]], quiet: timedelta) -> Iterator[tuple[int, Fault]]:
    """Without what only came back: see ``checks.worth_telling``."""
    often: dict[tuple[int, str], list[Fault]] = {}
    for meter_id, fault in found:
        if fault.kind in checks.COME_BACK:
            often.setdefault((meter_id, fault.kind), []).append(fault)
        else:
            yield meter_id, fault
    for (meter_id, kind), faults in often.items():
        ordered = sorted(faults, key=lambda one: one.at)
        told = exception_store.waiting_or_since(tx, meter_id, kind, ordered[0].at - quiet)
        yield from ((meter_id, fault) for fault in checks.worth_telling(ordered, told, quiet))


def _days(period: Period) -> Iterator[Period]:
    """The civil days that end inside a period."""
    first = civil_date(period.start)
    last = civil_date(period.end)
    if first < last:
        yield from split(of_days(first, last), "day")


class _Looking:
    """The places and shares that concern some meters, read once; the cells of the last few meters looked at."""

    def __init__(self, tx: Transaction, meters: Sequence[Meter], period: Period, validation: Validation) -> None:
        racks = {place.rack_id for meter in meters for place in meter.places if place.rack_id is not None}
        self._tx = tx
        self._validation = validation
        self._shares = store.shares_of_racks(tx, racks)
        self._placed = place_store.placed_in_racks(tx, racks)
        lookback = ONE_DAY + max(validation.zero, validation.frozen)
        self._period = Period(period.start - lookback, period.end)
        self._cells = lru_cache(FEW)(self._read)

    def _read(self, meter_id: int) -> Cells:
        return interval_store.intervals(self._tx, meter_id, self._period)

    def at(self, meter: Meter, days: Sequence[Period]) -> Iterator[Fault]:
        """What is odd of a meter in some days."""
        cells = self._cells(meter.id)
        yield from checks.spikes(cells, days, meter.max_w, self._validation)
        for fault in self._still(meter, cells):
            if fault.at > days[0].start:
                yield fault
        for place in meter.places:
            if place.scope == "rack" and place.rack is not None:
                yield from self._empty(meter, place.rack, [day for day in days if _counts(place, day)])

    def _still(self, meter: Meter, cells: Cells) -> Iterator[Fault]:
        """Registers that stand still although there is power; else shares that draw nothing."""
        stuck: set[datetime] = set()
        for run in checks.still(cells, self._validation.frozen):
            told = vee_store.told_power(self._tx, meter.id, run)
            fault = checks.frozen(run, *told, resolution(told[0])) if told else None
            if fault is not None:
                stuck.add(run.start)
                yield fault
        for run in checks.still(cells, self._validation.zero):
            sold = next(filter(None, (self._sold(meter, place, run) for place in meter.places)), None)
            if sold and run.start not in stuck:
                yield checks.idle(run, sold)

    def _sold(self, meter: Meter, place: MeterPlace, run: Period) -> str | None:
        """What is held where nothing is counted, unless another meter of the rack counts there."""
        if not _counts(place, run) or place.rack is None or place.rack_id is None:
            return None
        shares = [one for one in self._shares[place.rack_id] if held(one, run) == run]
        if place.share_id is not None:
            shares = [one for one in shares if one.id == place.share_id]
        elif place.scope != "rack" or self._counted_beside(meter, place.rack_id, run):
            return None
        who = some(sorted({one.customer.name for one in shares}))
        return f"la baie {place.rack.name} est tenue par {who}" if shares else None

    def _counted_beside(self, meter: Meter, rack_id: int, run: Period) -> bool:
        others = {one.meter_id for one in self._placed[rack_id] if one.scope == "rack" and one.during(run)}
        return any(sum(self._cells(other).during(run).wh) for other in others - {meter.id})

    def _empty(self, meter: Meter, rack: Rack, days: Sequence[Period]) -> Iterator[Fault]:
        """Energy in a rack that nobody holds, on the first day of it and when it grows; told of its first meter."""
        if not any(self._free(rack, day) for day in days):
            return
        for day in days:
            first = meter.id == min(self._counting(rack, day), default=None)
            fault = self._unsold(rack, day) if first else None
            if fault is not None and checks.grew(fault, self._unsold(rack, day_before(day))):
                yield fault

    def _unsold(self, rack: Rack, day: Period) -> Fault | None:
        if not self._free(rack, day):
            return None
        cells = [self._cells(meter_id) for meter_id in sorted(self._counting(rack, day))]
        return checks.empty_rack(cells, day, rack.name, self._validation)

    def _free(self, rack: Rack, day: Period) -> bool:
        return not any(held(share, day) for share in self._shares[rack.id])

    def _counting(self, rack: Rack, day: Period) -> set[int]:
        """The meters of a whole rack on a day."""
        return {one.meter_id for one in self._placed[rack.id] if one.scope == "rack" and one.during(day)}


def _counts(place: MeterPlace, period: Period) -> bool:
    """Whether a meter is in a place all along a period."""
    return place.start <= period.start and (place.end is None or place.end >= period.end)
