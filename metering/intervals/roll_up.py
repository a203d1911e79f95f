"""Rolling readings up into validated hourly intervals: only what is new or changed, as new versions.

Many meters go together: a few queries for each batch of them, their readings in columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat

import numpy as np
from sqlalchemy import bindparam, delete, update

from inventory.french import counted
from inventory.orm import Transaction
from inventory.turns import take_turn
from metering.bulk import Row, insert_tuples
from metering.columns import Spans, instant, seconds, whole
from metering.intervals import roll_up_store, vee_store
from metering.intervals.estimation import estimate_holes
from metering.intervals.roll_up_store import Since
from metering.intervals.versions import INTERVALS, Version, changes, rows
from metering.models import Meter, RollUpMark
from metering.period import HOUR, Period
from metering.readings import HOUR_S, Decision, Fault, MeterRules
from metering.register import keep_faults
from metering.validation.hour_columns import hourly_of
from metering.validation.tolerances import STANDARD, Validation
from metering.validation.vee_columns import Told

TURN = "roll-up"
CONTEXT = 5  # readings before what is compared: enough for the judgment of the next ones not to depend on the cut
REACH = 3  # readings before a new one whose judgment the new one may change
POLLED_S = 300  # between two readings of a meter, usually
METERS = 500  # of a batch
READINGS = 1_000_000  # of a batch, about
TOGETHER = 40_000  # readings that are worked on at once: as many as stay close to the processor
ALONE = {"synchronize_session": False}  # no mark is held as an object
Decisions = Mapping[int, Sequence[Decision]]


@dataclass(frozen=True, slots=True)
class RollUpReport:
    """What a roll-up did: meters looked at, intervals written, faults found for the first time."""

    meters: int
    intervals: int
    faults: int
    rolled: Mapping[int, Period] = field(default_factory=dict, compare=False)  # by meter id: what may have changed

    def document(self) -> dict[str, int]:
        return {"meters": self.meters, "intervals": self.intervals, "faults": self.faults}

    def human(self) -> str:
        written = counted(self.intervals, "intervalle écrit", "intervalles écrits")
        return f"{counted(self.meters, 'compteur')}, {written}, {counted(self.faults, 'anomalie')}."


def rules_of(meter: Meter, validation: Validation = STANDARD) -> MeterRules:
    """The limits of a meter."""
    return validation.rules(meter.max_w, meter.modulus_wh)


def roll_up(
    tx: Transaction, now: datetime, meter_ids: Iterable[int] | None = None, validation: Validation = STANDARD
) -> RollUpReport:
    """Bring the intervals of every meter (or of some) up to its readings; a second run writes nothing.

    The hour that is running is left until it ends, or until the meter has been silent for long.
    """
    take_turn(tx, TURN)
    marks = roll_up_store.marks(tx, meter_ids)
    written = faults = 0
    rolled: dict[int, Period] = {}
    for batch in _batches(marks):
        rows_of_batch, found, periods = _roll_batch(tx, batch, validation, now)
        written += rows_of_batch
        faults += found
        rolled |= periods
    written += estimate_holes(tx, now, validation, {meter_id: period.start for meter_id, period in rolled.items()})
    return RollUpReport(len(marks), written, faults, rolled)


def _batches(marks: Mapping[int, tuple[int, int]]) -> Iterator[dict[int, int]]:
    """Meters that are rolled up together: so many, and with so many readings, that memory stays bounded."""
    batch: dict[int, int] = {}
    expected = 0
    for meter_id, (since, last) in marks.items():
        readings = max(0, last - since) // POLLED_S
        if batch and (len(batch) == METERS or expected + readings > READINGS):
            yield batch
            batch, expected = {}, 0
        batch[meter_id] = since
        expected += readings
    if batch:
        yield batch


def _roll_batch(
    tx: Transaction, since: Since, validation: Validation, now: datetime
) -> tuple[int, int, dict[int, Period]]:
    """Intervals written, faults found, and by meter id the time whose intervals may have changed."""
    decisions = vee_store.decisions(tx, since)
    affected, context = _reach(tx, since, decisions)
    told = _told(tx, context, decisions, validation)
    stored = roll_up_store.versions_ending_after(tx, affected)
    written: list[Row] = []
    faults: list[tuple[int, Fault]] = []
    done: dict[int, _Settled] = {}
    for group in _groups(told):
        cells, found = hourly_of([told[meter_id] for meter_id in group])
        for number, meter_id in enumerate(group):
            settled = done[meter_id] = _settled(cells, number, told[meter_id], affected[meter_id], now)
            written += _rows(meter_id, cells, settled, stored[meter_id], now)
            faults += ((meter_id, fault) for fault in found[number] if seconds(fault.at) > affected[meter_id])
    insert_tuples(tx, INTERVALS, written)
    _move_marks(tx, since, done)
    periods = {meter_id: _period(affected[meter_id], settled) for meter_id, settled in done.items()}
    return len(written), keep_faults(tx, faults, now), periods


def _reach(tx: Transaction, since: Since, decisions: Decisions) -> tuple[Since, Since]:
    """From when intervals may change because of readings from ``since`` on, and from when to read to judge them."""
    ends = roll_up_store.last_ends(tx, since)
    earliest = {meter_id: min(at, ends.get(meter_id, at)) for meter_id, at in since.items()}
    first = _back(tx, earliest, REACH, decisions, before=True)
    affected = {meter_id: at - at % HOUR_S for meter_id, at in first.items()}
    return affected, _back(tx, affected, CONTEXT, decisions, before=False)


def _back(tx: Transaction, since: Since, count: int, decisions: Decisions, *, before: bool) -> dict[int, int]:
    """So many readings back from an instant; further where some of them are rejected, for these tell nothing."""
    found = roll_up_store.back(tx, since, count, before=before)
    further: dict[int, int] = {}
    for meter_id, first in found.items():
        refused = ((seconds(one.start), seconds(one.end)) for one in decisions[meter_id] if one.kind == "reject")
        starts = [start for start, end in refused if start < since[meter_id] and end >= first]
        if starts:
            further[meter_id] = min(starts)
    return found | _back(tx, further, count, decisions, before=False) if further else found


def _told(tx: Transaction, context: Since, decisions: Decisions, validation: Validation) -> dict[int, Told]:
    """What is known of each meter from an instant on."""
    limits, exchanges = roll_up_store.limits(tx, context), roll_up_store.exchanges(tx, context)
    registers = roll_up_store.registers(tx, context)
    nothing = whole([]), whole([])
    return {
        meter_id: Told(
            *registers.get(meter_id, nothing),
            validation.rules(*limits[meter_id]),
            exchanges[meter_id],
            decisions[meter_id],
        )
        for meter_id in context
    }


def _groups(told: Mapping[int, Told]) -> Iterator[list[int]]:
    group: list[int] = []
    readings = 0
    for meter_id, one in told.items():
        group.append(meter_id)
        readings += len(one.at)
        if readings > TOGETHER:
            yield group
            group, readings = [], 0
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class _Settled:
    """Which cells of a meter are settled, until when, and whether these are all there are."""

    cells: slice
    until: int
    all: bool


def _settled(cells: Spans, number: int, told: Told, affected: int, now: datetime) -> _Settled:
    """The cells that end after ``affected``, without the hour that is running."""
    first, end = cells.first[number : number + 2].tolist()
    first += int(np.searchsorted(cells.end[first:end], affected, "right"))
    if first == end:
        return _Settled(slice(first, end), int(told.at[-1]) if len(told.at) else seconds(now), True)
    start, until = int(cells.start[end - 1]), int(cells.end[end - 1])
    if until % HOUR_S and now - instant(until) <= told.rules.close:
        return _Settled(slice(first, end - 1), start, False)
    return _Settled(slice(first, end), until, True)


def _period(affected: int, settled: _Settled) -> Period:
    start = instant(affected)
    return Period(start, max(instant(settled.until), start + HOUR))


def _rows(
    meter_id: int, cells: Spans, settled: _Settled, stored: Mapping[datetime, Version], now: datetime
) -> Iterable[Row]:
    """The new versions that make the intervals of a meter its settled cells."""
    some = settled.cells
    if stored:
        found = cells.intervals(some.start, some.stop)
        return rows(meter_id, changes(stored, found, instant(settled.until)), now)
    start, end, wh, kinds = (told[some].tolist() for told in (cells.start, cells.end, cells.wh, cells.kind))
    flags, methods = zip(*((flag.value, method) for flag, method in cells.qualities), strict=True)
    qualities = [flags[kind] for kind in kinds], [methods[kind] for kind in kinds]
    return zip(repeat(meter_id), start, repeat(1), end, wh, *qualities, repeat(seconds(now)))


def _move_marks(tx: Transaction, since: Since, done: Mapping[int, _Settled]) -> None:
    """Keep the marks at what remains to roll up, and remove those of which nothing does."""
    finished = [meter_id for meter_id, settled in done.items() if settled.all]
    tx.execute(delete(RollUpMark).where(RollUpMark.meter_id.in_(finished)), execution_options=ALONE)
    moved = [
        {"id": meter_id, "until": instant(settled.until)}
        for meter_id, settled in done.items()
        if not settled.all and settled.until != since[meter_id]
    ]
    if moved:
        where = RollUpMark.meter_id == bindparam("id")
        tx.connection().execute(update(RollUpMark).where(where).values(since=bindparam("until")), moved)
