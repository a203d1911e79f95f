"""The SELECTs on exceptions: what validation set aside or found odd, and what people decided of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from inventory.errors import NotFound
from inventory.orm import Transaction
from metering.intervals.interval_store import counted_until
from metering.models import Meter, MeterPlace, ReadingFault, VeeDecision
from metering.period import Period
from metering.readings import HIGH_LIMIT, MULTIPLIER, RESET, Fault

OPEN, DECIDED, EXPLAINED = "open", "decided", "explained"


@dataclass(frozen=True, slots=True)
class Exceptional:
    """An exception, and whether it waits for a person (open), was decided, or was explained by what came later."""

    fault: ReadingFault
    state: str


def count_reading_faults(tx: Transaction) -> int:
    """How many exceptions wait for a person, of all meters, see ``reading_faults``."""
    return tx.scalar(select(func.count()).select_from(ReadingFault).where(~_decided(), ~_explained())) or 0


def reading_faults(tx: Transaction, meter_name: str | None = None, limit: int = 500) -> Sequence[ReadingFault]:
    """The exceptions that wait for a person, newest first, of one meter or of all.

    Not what an exchange, a late reading or a corrected limit explained since: energy is then known up to it.
    """
    chosen = select(ReadingFault).options(joinedload(ReadingFault.meter)).join(ReadingFault.meter)
    chosen = chosen.where(~_decided(), ~_explained())
    if meter_name is not None:
        chosen = chosen.where(Meter.name == meter_name)
    return tx.scalars(chosen.order_by(ReadingFault.at.desc(), ReadingFault.id.desc()).limit(limit)).all()


def exceptions(
    tx: Transaction, *, fault_id: int | None = None, waiting: bool = False, limit: int = 5000
) -> list[Exceptional]:
    """Exceptions newest first, with the places of their meters: all, one, or those that wait for a person."""
    state = case((_decided(), DECIDED), (_explained(), EXPLAINED), else_=OPEN)
    places = joinedload(ReadingFault.meter).selectinload(Meter.places).joinedload(MeterPlace.rack)
    chosen = select(ReadingFault, state).options(places)
    if fault_id is not None:
        chosen = chosen.where(ReadingFault.id == fault_id)
    if waiting:
        chosen = chosen.where(~_decided(), ~_explained())
    rows = tx.execute(chosen.order_by(ReadingFault.at.desc(), ReadingFault.id.desc()).limit(limit))
    return [Exceptional(*row) for row in rows]


def waiting_or_since(tx: Transaction, meter_id: int, kind: str, since: datetime) -> list[tuple[Fault, bool]]:
    """The exceptions of a kind of a meter that wait for a person (true), and those decided since an instant (false)."""
    table = ReadingFault
    waits = (~_decided()).label("waits")
    chosen = select(table, waits).where(table.meter_id == meter_id, table.kind == kind)
    rows = tx.execute(chosen.where(or_(table.at >= since, ~_decided())).order_by(table.at))
    return [
        (Fault(one.at, one.kind, one.wh, one.message, one.since, one.stake_wh), bool(waiting)) for one, waiting in rows
    ]


def exception(tx: Transaction, fault_id: int) -> Exceptional:
    """One exception. Raises NotFound."""
    for found in exceptions(tx, fault_id=fault_id):
        return found
    raise NotFound(f"exception n° {fault_id} inconnue : voir la liste des exceptions.")


def last_decision(tx: Transaction, fault_id: int) -> VeeDecision | None:
    """The newest decision of an exception."""
    table = VeeDecision
    return tx.scalar(select(table).where(table.fault_id == fault_id).order_by(table.id.desc()).limit(1))


def decisions_around(tx: Transaction, meter_id: int, period: Period) -> Sequence[VeeDecision]:
    """What people decided of a meter over a period, newest first."""
    table = VeeDecision
    chosen = select(table).where(table.meter_id == meter_id, table.start < period.end, table.end >= period.start)
    return tx.scalars(chosen.order_by(table.id.desc())).all()


def _decided() -> ColumnElement[bool]:
    """Whether a person decided of the instant of an exception."""
    table = VeeDecision
    told = and_(table.meter_id == ReadingFault.meter_id, table.start < ReadingFault.at, table.end >= ReadingFault.at)
    of_it = or_(table.kind != "accept", table.end == ReadingFault.at)
    return select(table.id).where(told, of_it).correlate(ReadingFault).exists()


def _explained() -> ColumnElement[Any]:
    withheld = ReadingFault.kind.in_((RESET, HIGH_LIMIT, MULTIPLIER))
    return withheld & counted_until(ReadingFault.meter_id, ReadingFault.at)


def open_by_kind(tx: Transaction) -> dict[str, int]:
    """How many exceptions of each kind wait for a person."""
    chosen = select(ReadingFault.kind, func.count()).where(~_decided(), ~_explained()).group_by(ReadingFault.kind)
    return {row[0]: row[1] for row in tx.execute(chosen)}
