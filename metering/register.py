"""Adding readings, and what is wrong with them, to the tables that only grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert, func
from sqlalchemy.dialects import postgresql, sqlite

from inventory.french import instant
from inventory.orm import Base, Transaction
from metering import store
from metering.models import Meter, MeterReading, ReadingFault, RollUpMark
from metering.readings import Fault, Reading

CLOCK_SKEW = timedelta(seconds=60)
BATCH = 10_000
FAULT_COLUMNS = ("at", "kind", "wh", "message", "since", "stake_wh")


def append_readings(
    tx: Transaction, meter: Meter, readings: Sequence[Reading], received_at: datetime
) -> tuple[int, list[Fault]]:
    """Keep a meter's new readings; returns how many, and those set aside. See ``append_many``."""
    kept, aside = append_many(tx, [(meter.id, reading) for reading in readings], received_at)
    return kept, [fault for _, fault in aside]


def append_many(
    tx: Transaction, readings: Iterable[tuple[int, Reading]], received_at: datetime
) -> tuple[int, list[tuple[int, Fault]]]:
    """Keep new readings of (meter id, reading); returns how many, and (meter id, fault) of those set aside.

    A reading already there with the same value is ignored; one with another value, or dated more than a
    minute after its reception, goes to ``reading_faults``. Instants are kept in whole seconds.
    """
    by_meter: defaultdict[int, list[Reading]] = defaultdict(list)
    aside: list[tuple[int, Fault]] = []
    for meter_id, reading in readings:
        if reading.at > received_at + CLOCK_SKEW:
            aside.append((meter_id, _from_the_future(reading)))
        else:
            by_meter[meter_id].append(_in_seconds(reading))
    rows = [_row(meter_id, reading, received_at) for meter_id, some in by_meter.items() for reading in some]
    kept = sum(_insert_new(tx, MeterReading, rows[first : first + BATCH]) for first in range(0, len(rows), BATCH))
    if kept < len(rows):
        aside += [(meter_id, fault) for meter_id, some in by_meter.items() for fault in _different(tx, meter_id, some)]
    if kept:
        mark(tx, {meter_id: min(r.at for r in some) for meter_id, some in by_meter.items()})
    keep_faults(tx, aside, received_at)
    return kept, aside


def _in_seconds(reading: Reading) -> Reading:
    return replace(reading, at=reading.at.replace(microsecond=0)) if reading.at.microsecond else reading


def _row(meter_id: int, reading: Reading, received_at: datetime) -> dict[str, Any]:
    return {
        "meter_id": meter_id,
        "at": reading.at,
        "wh": reading.wh,
        "power_w": reading.power_w,
        "source": reading.source,
        "received_at": received_at,
    }


def _from_the_future(reading: Reading) -> Fault:
    told = f"relevé daté du {instant(reading.at)}, après sa réception : vérifier l'horloge de la source."
    return Fault(reading.at, "clock", reading.wh, told)


def _different(tx: Transaction, meter_id: int, readings: Sequence[Reading]) -> list[Fault]:
    known = store.known_values(tx, meter_id, sorted({reading.at for reading in readings}))
    return [
        Fault(r.at, "different-value", r.wh, f"{known[r.at]} Wh déjà relevés à cet instant ; {r.wh} Wh mis de côté.")
        for r in readings
        if known[r.at] != r.wh
    ]


def mark(tx: Transaction, since: dict[int, datetime]) -> None:
    """Remember that a meter's readings from an instant on are to be rolled up; the earliest instant stays."""
    statement = _insert(tx, RollUpMark)
    lower = func.least if tx.get_bind().dialect.name == "postgresql" else func.min
    earliest = {"since": lower(RollUpMark.since, statement.excluded.since)}
    rows = [{"meter_id": meter_id, "since": at} for meter_id, at in sorted(since.items())]
    tx.execute(statement.on_conflict_do_update(index_elements=["meter_id"], set_=earliest), rows)


def keep_faults(tx: Transaction, faults: Iterable[tuple[int, Fault]], seen_at: datetime) -> int:
    """Keep (meter id, fault) for a person, once for each meter, instant and kind; returns how many are new."""
    rows = [
        {"meter_id": meter_id, "seen_at": seen_at, **{name: getattr(f, name) for name in FAULT_COLUMNS}}
        for meter_id, f in faults
    ]
    return _insert_new(tx, ReadingFault, rows)


def _insert_new(tx: Transaction, table: type[Base], rows: list[dict[str, Any]]) -> int:
    """Insert the rows whose key is new; returns how many were."""
    if not rows:
        return 0
    statement = _insert(tx, table).on_conflict_do_nothing()
    return tx.connection().execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount


def _insert(tx: Transaction, table: type[Base]) -> Any:
    """INSERT in the dialect of the database, because standard SQL has no ON CONFLICT."""
    dialect = postgresql if tx.get_bind().dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(table)
    return statement
