"""The demo world in a database of its own, filled with one civil year and its neighbours, gone when the bench ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from dcops import db
from dcops.catalogue.grids import load_shipped
from dcops.db import Database
from dcops.demo.fill import fill
from dcops.demo.folder import preferred_ports
from dcops.demo.load import EPOCH
from metering.period import Period

YEAR = 2024
SUM = "SELECT sum(wh) of their intervals, sqlite3 alone"
FETCH = "fetch their intervals, sqlite3 alone"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@contextmanager
def demo_database() -> Iterator[Database]:
    """A SQLite database that holds the demo until ``NOW``: hourly readings of every meter all through ``YEAR``."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        db.upgrade(database)
        with database.transaction() as tx:
            load_shipped(tx)
            fill(tx, preferred_ports(), NOW, EPOCH)
        yield database
        database.dispose()


def references(database: Database, meters: Sequence[int], period: Period) -> dict[str, Callable[[], object]]:
    """What SQLite takes for the interval rows of some meters in a period, with nothing in between."""
    return {
        SUM: lambda: rows(database, "sum(wh)", meters, period),
        FETCH: lambda: rows(database, 'start, "end", wh, flag, method', meters, period),
    }


def rows(database: Database, columns: str, meters: Sequence[int], period: Period) -> list[tuple[object, ...]]:
    """These columns of the interval rows of some meters that start in a period."""
    where = f"meter_id IN ({','.join('?' * len(meters))}) AND start >= ? AND start < ?"
    bounds = [*meters, int(period.start.timestamp()), int(period.end.timestamp())]
    with closing(sqlite3.connect(str(database.url.database))) as bare:
        return bare.execute(f"SELECT {columns} FROM intervals WHERE {where}", bounds).fetchall()
