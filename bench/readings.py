"""Readings in poll order into SQLite, against bare executemany on the same table. Run: python -m bench.readings."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.timing import ROUNDS, best_of, show
from dcops import db
from dcops.db import Database
from metering.models import Meter
from metering.readings import Reading
from metering.register import append_many

METERS, TURNS, BATCH = 5_000, 10, 10_000
EVERY = timedelta(minutes=5)
START = datetime(2025, 1, 1, tzinfo=UTC)
BARE, OURS = "bare sqlite3, executemany", "append_many: new ones, conflicts, marks for the roll-up"
INSERT = "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?)"
Batch = list[tuple[int, Reading]]


def main() -> None:
    """All meters in turn, ten rounds of polling a call; one transaction for each batch."""
    with tempfile.TemporaryDirectory(prefix="dcops-bench-") as folder:
        database = _database(Path(folder) / "ours.db", METERS)
        plain = _plain(Path(folder) / "bare.db", Path(folder) / "ours.db")
        told = [list(_batches(number)) for number in range(ROUNDS + 1)]
        rows = [[[_row(*pair) for pair in batch] for batch in call] for call in told]
        ours, bare = iter(told), iter(rows)
        seconds = best_of({BARE: lambda: _bare(plain, next(bare)), OURS: lambda: _append(database, next(ours))})
        show(f"{METERS * TURNS:,} readings in poll order, {METERS:,} meters", seconds, BARE)
        for name, took in seconds.items():
            print(f"{name:<58}{METERS * TURNS / took:>10,.0f} rows/s{seconds[BARE] / took:>8.2f} of bare")
        database.dispose()


def _batches(number: int) -> Iterator[Batch]:
    first = number * TURNS
    found = [
        (meter, Reading(START + EVERY * (first + turn), 1000 * (first + turn) + meter, 400))
        for turn in range(TURNS)
        for meter in range(1, METERS + 1)
    ]
    return (found[start : start + BATCH] for start in range(0, len(found), BATCH))


def _row(meter_id: int, reading: Reading) -> tuple[int, int, int, int | None, str, int]:
    at = int(reading.at.timestamp())
    return meter_id, at, reading.wh, reading.power_w, reading.source, at


def _database(path: Path, meters: int) -> Database:
    database = Database(f"sqlite:///{path}")
    db.upgrade(database)
    with database.transaction() as tx:
        tx.add_all(
            Meter(name=f"m{n}", driver="snmp", address=f"pdu{n}", max_w=7360, start=START) for n in range(1, meters + 1)
        )
    return database


def _plain(path: Path, like: Path) -> sqlite3.Connection:
    """A database with the same table of readings, alone, and the same pragmas."""
    with sqlite3.connect(like) as migrated:
        [table] = migrated.execute("SELECT sql FROM sqlite_master WHERE name = 'readings'").fetchone()
    connection = sqlite3.connect(path)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", table):
        connection.execute(statement)
    return connection


def _bare(connection: sqlite3.Connection, batches: list[list[tuple[object, ...]]]) -> None:
    for rows in batches:
        with connection:
            connection.executemany(INSERT, rows)


def _append(database: Database, batches: list[Batch]) -> None:
    for batch in batches:
        with database.transaction() as tx:
            kept, _ = append_many(tx, batch, batch[-1][1].at)
        assert kept == len(batch)


if __name__ == "__main__":
    main()
