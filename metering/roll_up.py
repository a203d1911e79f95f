"""Rolling readings up into validated hourly intervals: only what is new or changed, as new versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, update

from inventory.french import counted
from inventory.orm import Transaction
from inventory.turns import take_turn
from metering import store
from metering.hourly import hourly
from metering.models import EnergyInterval, Meter, RollUpMark
from metering.period import floor_hour
from metering.readings import Fault, Flag, Interval, MeterRules, Reading
from metering.register import keep_faults
from metering.vee import vee

TURN = "roll-up"
CONTEXT = 5  # readings before what is compared: enough for the judgment of the next ones not to depend on the cut
REACH = 3  # readings before a new one whose judgment the new one may change


@dataclass(frozen=True, slots=True)
class RollUpReport:
    """What a roll-up did: meters looked at, intervals written, faults found for the first time."""

    meters: int
    intervals: int
    faults: int

    def document(self) -> dict[str, int]:
        return {"meters": self.meters, "intervals": self.intervals, "faults": self.faults}

    def human(self) -> str:
        written = counted(self.intervals, "intervalle écrit", "intervalles écrits")
        return f"{counted(self.meters, 'compteur')}, {written}, {counted(self.faults, 'anomalie')}."


def rules_of(meter: Meter) -> MeterRules:
    """The limits of a meter."""
    return MeterRules(max_w=meter.max_w, modulus_wh=meter.modulus_wh)


def roll_up(tx: Transaction, now: datetime, meter_ids: Iterable[int] | None = None) -> RollUpReport:
    """Bring the intervals of every meter (or of some) up to its readings; a second run writes nothing.

    The hour that is running is left until it ends, or until the meter has been silent for long.
    """
    take_turn(tx, TURN)
    by_id = {meter.id: meter for meter in store.meters(tx)}
    written = faults = 0
    marks = store.marks(tx, meter_ids)
    for mark in marks:
        rows, found = _roll_meter(tx, by_id[mark.meter_id], mark, now)
        written += rows
        faults += found
    return RollUpReport(len(marks), written, faults)


def _roll_meter(tx: Transaction, meter: Meter, mark: RollUpMark, now: datetime) -> tuple[int, int]:
    rules = rules_of(meter)
    since = min(mark.since, store.last_interval_end(tx, meter.id) or mark.since)
    affected, context = _reach(tx, meter.id, since)
    readings = store.readings_between(tx, meter.id, context)
    measured, faults = vee(readings, rules, store.exchanges(tx, meter.id))
    cells = [cell for cell in hourly(measured, rules.close) if cell.end > affected]
    settled, until = _settled(cells, readings, rules, now)
    rows = list(_changes(store.versions_ending_after(tx, meter.id, affected), settled, until))
    _write(tx, meter.id, rows, now)
    kept = keep_faults(tx, ((meter.id, fault) for fault in _recent(faults, affected)), now)
    _move_mark(tx, mark, None if len(settled) == len(cells) else until)
    return len(rows), kept


def _reach(tx: Transaction, meter_id: int, since: datetime) -> tuple[datetime, datetime]:
    """From when intervals may change because of readings from ``since`` on, and from when to read to judge them."""
    before = store.instants_until(tx, meter_id, since, REACH, before=True)
    affected = floor_hour(before[-1] if before else since)
    context = store.instants_until(tx, meter_id, affected, CONTEXT)
    return affected, context[-1] if context else affected


def _settled(
    cells: list[Interval], readings: list[Reading], rules: MeterRules, now: datetime
) -> tuple[list[Interval], datetime]:
    """The cells without the hour that is running, and until when they are settled."""
    if not cells:
        return [], readings[-1].at if readings else now
    tail = cells[-1]
    if floor_hour(tail.end) != tail.end and now - tail.end <= rules.close:
        return cells[:-1], tail.start
    return cells, tail.end


def _recent(faults: list[Fault], affected: datetime) -> Iterator[Fault]:
    return (fault for fault in faults if fault.at > affected)


def _changes(
    stored: dict[datetime, tuple[int, Interval]], settled: list[Interval], until: datetime
) -> Iterator[tuple[int, Interval]]:
    """(version, interval) to add: what is new, what changed, and what is withdrawn. An edit by a person stands."""
    edited = [item for _, item in stored.values() if item.flag is Flag.EDITED]
    wanted = {cell.start: cell for cell in settled if not any(_overlap(cell, edit) for edit in edited)}
    for start, cell in wanted.items():
        version, known = stored.get(start, (0, None))
        if known != cell:
            yield version + 1, cell
    for start, (version, known) in stored.items():
        gone = start not in wanted and start < until and known.flag not in (Flag.MISSING, Flag.EDITED)
        if gone:
            yield version + 1, replace(known, wh=0, flag=Flag.MISSING, method="withdrawn")


def _overlap(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


def _write(tx: Transaction, meter_id: int, rows: list[tuple[int, Interval]], now: datetime) -> None:
    values = [
        {
            "meter_id": meter_id,
            "start": item.start,
            "version": version,
            "end": item.end,
            "wh": item.wh,
            "flag": str(item.flag),
            "method": item.method,
            "recorded_at": now,
        }
        for version, item in rows
    ]
    if values:
        tx.connection().execute(insert(EnergyInterval), values)


def _move_mark(tx: Transaction, mark: RollUpMark, until: datetime | None) -> None:
    """Keep the mark at what remains to roll up, or remove it when nothing does."""
    where = RollUpMark.meter_id == mark.meter_id
    if until is None:
        tx.execute(delete(RollUpMark).where(where))
    elif until != mark.since:
        tx.execute(update(RollUpMark).where(where).values(since=until))
