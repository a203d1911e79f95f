"""Energy at the scale of a data centre: bounds of a month, and a year of 1,000 customers. Run: python -m bench.month.

The bounds are looked up in hourly registers; the year is summed from hourly intervals. References: the same rows asked
with ``sqlite3`` alone. The plans of the queries are a test (tests/metering/test_plans.py).
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, select

from bench.timing import best_of, show
from dcops import db
from dcops.db import Database
from inventory.models import Customer, Rack, Room, Share, Site
from inventory.orm import Transaction
from metering import store
from metering.energy.scopes import energy_of_shares
from metering.models import Meter, MeterPlace
from metering.period import of_days, of_year

YEAR = 2024
MARCH, PERIOD = of_days(date(YEAR, 3, 1), date(YEAR, 4, 1)), of_year(YEAR)
HOUR_S = 3600
OFF_HOUR_S = 150  # readings are two minutes and a half after the hour: a bound is between two of them
METERS = 200
ROUNDS = 5
INTERVALS = """
    INSERT INTO intervals (meter_id, start, version, "end", wh, flag, method, recorded_at)
    VALUES (?, ?, 1, ?, ?, ?, ?, 0)
"""
READINGS = "INSERT INTO readings (meter_id, at, wh, source, received_at) VALUES (?, ?, ?, 'poll', 0)"
SEEK = """
    SELECT (SELECT max(at) FROM readings WHERE meter_id = ?1 AND at <= ?2),
    (SELECT min(at) FROM readings WHERE meter_id = ?1 AND at >= ?2)
"""
BARE_SEEKS, BARE_SUM = "the same seeks one by one, sqlite3 alone", "sum(wh) of the intervals, sqlite3 alone"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1000, help="each with a rack and its meter")
    customers = asked.parse_args().customers
    with TemporaryDirectory(prefix="dcops-bench-") as folder:
        path = Path(folder) / "bench.db"
        database = Database(f"sqlite:///{path}")
        _fill(database, path, customers)
        with database.transaction() as tx, closing(sqlite3.connect(path)) as bare:
            _bounds_of_a_month(tx, bare, min(METERS, customers))
            _year_of_everybody(tx, bare)
        database.dispose()


def _bounds_of_a_month(tx: Transaction, bare: sqlite3.Connection, meters: int) -> None:
    asked = [(meter, at) for meter in range(1, meters + 1) for at in (MARCH.start, MARCH.end)]
    seeks = [(meter, int(at.timestamp())) for meter, at in asked]
    seconds = best_of(
        {
            BARE_SEEKS: lambda: [bare.execute(SEEK, seek).fetchone() for seek in seeks],
            "instants_around, both sides of each bound": lambda: store.instants_around(tx, asked),
        },
        ROUNDS,
    )
    show(f"The bounds of a month of {meters} meters, a year of hourly readings each", seconds, BARE_SEEKS)


def _year_of_everybody(tx: Transaction, bare: sqlite3.Connection) -> None:
    shares = [(share_id, PERIOD) for share_id in tx.scalars(select(Share.id).order_by(Share.id))]
    bounds = int(PERIOD.start.timestamp()), int(PERIOD.end.timestamp())
    one = "SELECT sum(wh) FROM intervals WHERE meter_id = ? AND start >= ? AND start < ?"
    found: dict[str, int] = {}

    def ours() -> None:
        found["ours"] = sum(energy.wh for energy in energy_of_shares(tx, shares, hours=False))

    def plain() -> None:
        sums = (bare.execute(one, (meter, *bounds)).fetchone()[0] for meter in range(1, len(shares) + 1))
        found["bare"] = sum(sums)

    seconds = best_of({BARE_SUM: plain, "energy of everybody, flags and evidence": ours}, ROUNDS)
    show(f"The year of {len(shares):,} customers, from {len(shares) * 8784:,} hours", seconds, BARE_SUM)
    print(f"the same Wh: {found['ours'] == found['bare']}")


def _fill(database: Database, path: Path, customers: int) -> None:
    db.upgrade(database)
    with database.transaction() as tx:
        _world(tx, customers)
    with closing(sqlite3.connect(path)) as bare, bare:
        for meter in range(1, customers + 1):
            bare.executemany(INTERVALS, _hours(meter))
            bare.executemany(READINGS, _readings(meter))


def _world(tx: Transaction, customers: int) -> None:
    start = datetime(YEAR - 1, 1, 1, tzinfo=UTC)
    room = Room(name="salle", site=Site(name="site"))
    tx.add(room)
    tx.flush()
    numbers = range(1, customers + 1)
    tx.execute(insert(Customer), [{"code": f"c{n}", "name": f"C {n}", "kind": "commune"} for n in numbers])
    tx.execute(insert(Rack), [{"name": f"r{n}", "room_id": room.id, "u_height": 42, "feeds": "A"} for n in numbers])
    whole = {"kind": "full", "position": 1, "first_half_unit": 0, "end_half_unit": 84, "start": start.date()}
    tx.execute(insert(Share), [{"rack_id": n, "customer_id": n, **whole} for n in numbers])
    meter = {"driver": "csv", "address": "", "max_w": 7360, "start": start}
    tx.execute(insert(Meter), [{"name": f"m{n}", **meter} for n in numbers])
    place = {"feed": "A", "scope": "rack", "start": start}
    tx.execute(insert(MeterPlace), [{"meter_id": n, "rack_id": n, **place} for n in numbers])


def _hours(meter: int) -> Iterator[tuple[int | str, ...]]:
    for hour in range(int(PERIOD.start.timestamp()), int(PERIOD.end.timestamp()), HOUR_S):
        yield meter, hour, hour + HOUR_S, 500 + (hour // HOUR_S * 7919 + meter) % 900, "CALCULATED", "interpolated"


def _readings(meter: int) -> Iterator[tuple[int, int, int]]:
    first, end = int(PERIOD.start.timestamp()) - HOUR_S, int(PERIOD.end.timestamp()) + HOUR_S
    return ((meter, hour + OFF_HOUR_S, 900 * n) for n, hour in enumerate(range(first, end, HOUR_S)))


if __name__ == "__main__":
    main()
