"""Adding readings, and what is wrong with them, to the tables that only grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite

from inventory.french import instant
from inventory.orm import Base, Transaction
from metering import store
from metering.archive.archive_store import archived_values
from metering.bulk import MARKS, READINGS, insert_tuples
from metering.models import Meter, ReadingFault
from metering.readings import CLOCK, DIFFERENT, Fault, Reading
from metering.validation.tolerances import STANDARD

BATCH = 10_000
FOREVER = 2**62  # a second that no reading reaches
FAULT_COLUMNS = ("at", "kind", "wh", "message", "since", "stake_wh")


def append_readings(
    tx: Transaction, meter: Meter, readings: Sequence[Reading], received_at: datetime
) -> tuple[int, list[Fault]]:
    """Keep a meter's new readings; returns how many, and those set aside. See ``append_many``."""
    kept, aside = append_many(tx, [(meter.id, reading) for reading in readings], received_at)
    return kept, [fault for _, fault in aside]


def append_many(
    tx: Transaction,
    readings: Iterable[tuple[int, Reading]],
    received_at: datetime,
    clock_skew: timedelta = STANDARD.clock_skew,
) -> tuple[int, list[tuple[int, Fault]]]:
    """Keep new readings of (meter id, reading); returns how many, and (meter id, fault) of those set aside.

    A reading already there with the same value is ignored; one with another value, or dated further after its
    reception than clocks may differ, goes to ``reading_faults``. Instants are kept in whole seconds.
    """
    limit = received_at + clock_skew
    fresh: list[tuple[int, Reading]] = []
    aside: list[tuple[int, Fault]] = []
    for pair in readings:
        if pair[1].at > limit:
            aside.append((pair[0], _from_the_future(pair[1])))
        else:
            fresh.append(pair)
    known = archived_values(tx, ((meter_id, reading.at) for meter_id, reading in fresh))
    new = [one for one in fresh if (one[0], int(one[1].at.timestamp())) not in known] if known else fresh
    kept, since = _insert_readings(tx, new, received_at)
    if kept < len(fresh):
        aside += _different(tx, fresh)
    if kept:
        mark(tx, since)
    keep_faults(tx, aside, received_at)
    return kept, aside


def _insert_readings(
    tx: Transaction, readings: Sequence[tuple[int, Reading]], received_at: datetime
) -> tuple[int, dict[int, int]]:
    """Insert the readings whose key is new; how many were, and the first second of each meter.

    There may be thousands in a round of polling: they go to the driver of the database as they are.
    """
    received, since = int(received_at.timestamp()), dict[int, int]()
    rows = [(meter_id, int(r.at.timestamp()), r.wh, r.power_w, r.source, received) for meter_id, r in readings]
    for row in rows:
        if row[1] < since.get(row[0], FOREVER):
            since[row[0]] = row[1]
    batches = (rows[first : first + BATCH] for first in range(0, len(rows), BATCH))
    return sum(insert_tuples(tx, READINGS, batch) for batch in batches), since


def _from_the_future(reading: Reading) -> Fault:
    told = f"relevé daté du {instant(reading.at)}, après sa réception : vérifier l'horloge de la source."
    return Fault(reading.at, CLOCK, reading.wh, told)


def _different(tx: Transaction, readings: Sequence[tuple[int, Reading]]) -> list[tuple[int, Fault]]:
    """Of readings that are all there now, a fault for each that has another value."""
    by_meter: defaultdict[int, list[Reading]] = defaultdict(list)
    for meter_id, reading in readings:
        by_meter[meter_id].append(replace(reading, at=reading.at.replace(microsecond=0)))
    return [(meter_id, fault) for meter_id, some in by_meter.items() for fault in _others(tx, meter_id, some)]


def _others(tx: Transaction, meter_id: int, readings: Sequence[Reading]) -> list[Fault]:
    known = store.known_values(tx, meter_id, sorted({reading.at for reading in readings}))
    return [
        Fault(r.at, DIFFERENT, r.wh, f"{known[r.at]} Wh déjà relevés à cet instant ; {r.wh} Wh mis de côté.")
        for r in readings
        if known[r.at] != r.wh
    ]


def mark(tx: Transaction, since: Mapping[int, int] | Mapping[int, datetime]) -> None:
    """Remember that a meter's readings from an instant on are to be rolled up; the earliest instant stays."""
    seconds = {meter_id: at if isinstance(at, int) else int(at.timestamp()) for meter_id, at in since.items()}
    insert_tuples(tx, MARKS, sorted(seconds.items()))


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


def upsert(tx: Transaction, table: type[Base], rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert rows of the same columns; where their key is there, the other columns are replaced."""
    if rows:
        statement = _insert(tx, table)
        told = {name: statement.excluded[name] for name in rows[0] if name not in key}
        tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=told), list(rows))


def _insert(tx: Transaction, table: type[Base]) -> Any:
    """INSERT in the dialect of the database, because standard SQL has no ON CONFLICT."""
    dialect = postgresql if tx.get_bind().dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(table)
    return statement
