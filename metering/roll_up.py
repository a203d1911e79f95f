"""Rolling readings up into validated hourly intervals: only what is new or changed, as new versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, update

from inventory.french import counted
from inventory.orm import Transaction
from inventory.turns import take_turn
from metering import store, vee_store
from metering.checks import unbalanced
from metering.estimation import estimate_holes
from metering.hourly import hourly
from metering.models import Meter, RollUpMark
from metering.period import HOUR, Period, floor_hour
from metering.readings import Decision, Fault, Interval, MeterRules, Reading
from metering.register import keep_faults
from metering.validation import STANDARD, Validation
from metering.vee import vee
from metering.versions import changes, write

TURN = "roll-up"
CONTEXT = 5  # readings before what is compared: enough for the judgment of the next ones not to depend on the cut
REACH = 3  # readings before a new one whose judgment the new one may change


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
    by_id = {meter.id: meter for meter in store.meters(tx)}
    written = faults = 0
    rolled: dict[int, Period] = {}
    marks = store.marks(tx, meter_ids)
    decisions = vee_store.decisions(tx, [mark.meter_id for mark in marks])
    for mark in marks:
        rules, decided = rules_of(by_id[mark.meter_id], validation), decisions[mark.meter_id]
        rows, found, rolled[mark.meter_id] = _roll_meter(tx, rules, mark, decided, now)
        written += rows
        faults += found
    written += estimate_holes(tx, now, validation, {meter_id: period.start for meter_id, period in rolled.items()})
    return RollUpReport(len(marks), written, faults, rolled)


def _roll_meter(
    tx: Transaction, rules: MeterRules, mark: RollUpMark, decisions: Sequence[Decision], now: datetime
) -> tuple[int, int, Period]:
    """Intervals written, faults found, and the time whose intervals may have changed."""
    meter_id = mark.meter_id
    since = min(mark.since, store.last_interval_end(tx, meter_id) or mark.since)
    affected, context = _reach(tx, meter_id, since, decisions)
    readings = store.readings_between(tx, meter_id, context)
    measured, faults = vee(readings, rules, store.exchanges(tx, meter_id), decisions)
    cells = hourly(measured, rules.close)
    faults += filter(None, [unbalanced(measured, cells)])
    cells = [cell for cell in cells if cell.end > affected]
    settled, until = _settled(cells, readings, rules, now)
    rows = list(changes(store.versions_ending_after(tx, meter_id, affected), settled, until))
    write(tx, meter_id, rows, now)
    kept = keep_faults(tx, ((meter_id, fault) for fault in _recent(faults, affected)), now)
    _move_mark(tx, mark, None if len(settled) == len(cells) else until)
    return len(rows), kept, Period(affected, max(until, affected + HOUR))


def _reach(tx: Transaction, meter_id: int, since: datetime, decisions: Sequence[Decision]) -> tuple[datetime, datetime]:
    """From when intervals may change because of readings from ``since`` on, and from when to read to judge them."""
    affected = floor_hour(_back(tx, meter_id, since, REACH, decisions, before=True))
    return affected, _back(tx, meter_id, affected, CONTEXT, decisions, before=False)


def _back(
    tx: Transaction, meter_id: int, at: datetime, count: int, decisions: Sequence[Decision], *, before: bool
) -> datetime:
    """So many readings back from an instant; further where some of them are rejected, for these tell nothing."""
    found = store.instants_until(tx, meter_id, at, count, before=before)
    first = found[-1] if found else at
    rejected = [one.start for one in decisions if one.kind == "reject" and one.start < at and one.end >= first]
    return _back(tx, meter_id, min(rejected), count, decisions, before=False) if rejected else first


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


def _move_mark(tx: Transaction, mark: RollUpMark, until: datetime | None) -> None:
    """Keep the mark at what remains to roll up, or remove it when nothing does."""
    where = RollUpMark.meter_id == mark.meter_id
    if until is None:
        tx.execute(delete(RollUpMark).where(where))
    elif until != mark.since:
        tx.execute(update(RollUpMark).where(where).values(since=until))
