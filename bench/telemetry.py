"""Sizes of readings and samples, and the hourly reading of many registers. Run: python -m bench.telemetry [METERS].

Needs victoria-metrics (a package of Debian); docs/scaling.md says what these figures are for.
"""

from __future__ import annotations

import random
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import text

from dcops import db
from dcops.config import Settings
from dcops.db import Database
from dcops.jobs import reading_archives
from dcops.jobs.polling import poll
from dcops.wiring import Parts
from inventory.clock import FixedClock
from metering.period import midnight
from metering.readings import Reading
from metering.register import append_many
from tests import postgres_server, tsdb_server
from tests.metering.world import add_meter, add_rack

METRIC = "pdu_energy_wh_total"
MONTH = midnight(date(2024, 1, 1))
DAYS, STEP_S = 31, 300
ARCHIVED = 40
NOW = datetime(2026, 4, 10, tzinfo=UTC)


def main() -> None:
    meters = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory(prefix="dcops-bench-") as folder:
        _month(Path(folder))
        _hour(Path(folder), meters)


def _registers(count: int, days: int) -> dict[str, list[tuple[float, float]]]:
    """Registers in Wh every five minutes, of racks whose load changes from one to the next."""
    chance, found = random.Random(1), dict[str, list[tuple[float, float]]]()
    for number in range(count):
        wh, load = chance.randrange(10**8), chance.randrange(50, 400)
        told = []
        for step in range(days * 86_400 // STEP_S):
            told.append((MONTH.timestamp() + step * STEP_S + 7, float(wh)))
            wh += max(0, round(chance.gauss(load / 4, load / 20)))
        found[f"pdu-{number:05}"] = told
    return found


def _database(folder: Path, name: str) -> Database:
    database = Database(f"sqlite:///{folder / name}", folder / f"{name}-archives")
    db.upgrade(database)
    return database


def _month(folder: Path) -> None:
    """A month of some meters: in the database, in a file, in VictoriaMetrics."""
    registers = _registers(ARCHIVED, DAYS)
    database = _database(folder, "month.db")
    with database.transaction() as tx:
        rack = add_rack(tx)
        ids = [add_meter(tx, name, rack, scope="check").id for name in registers]
    before = _size(database)
    readings = [
        (meter_id, Reading(datetime.fromtimestamp(at, UTC), int(wh), int(wh) % 3000))
        for meter_id, told in zip(ids, registers.values(), strict=True)
        for at, wh in told
    ]
    with database.transaction() as tx:
        took = _timed(lambda: append_many(tx, readings, NOW - timedelta(days=700)))
    rows = len(readings)
    print(f"{rows:,} readings of {ARCHIVED} meters, a month every {STEP_S} s")
    print(f"  SQLite: {rows / took:,.0f} rows/s, {(_size(database) - before) / rows:.1f} bytes each")
    parts = Parts(Settings(), database, FixedClock(NOW), {})
    took = _timed(lambda: reading_archives.archive(parts))
    size = sum(file.stat().st_size for file in database.archive_dir.glob("*.parquet"))
    print(f"  archive: {rows / took:,.0f} rows/s, {size / rows:.2f} bytes each")
    with tsdb_server.victoria_metrics(METRIC, registers) as running:
        size = _stored(running.url)
        print(f"  VictoriaMetrics: {size / rows:.2f} bytes a sample (registers only)")
    database.dispose()
    _in_postgresql([reading for _, reading in readings])


def _in_postgresql(readings: Sequence[Reading]) -> None:
    """The same rows in the table of PostgreSQL, its index included."""
    with postgres_server.running() as server:
        database = Database(server.create("bench"))
        db.upgrade(database)
        each = len(readings) // ARCHIVED
        with database.transaction() as tx:
            rack = add_rack(tx)
            ids = [add_meter(tx, f"m{number}", rack, scope="check").id for number in range(ARCHIVED)]
            pairs = [(ids[n // each], reading) for n, reading in enumerate(readings)]
            took = _timed(lambda: append_many(tx, pairs, NOW))
        with database.engine.connect() as connection:
            size = connection.execute(text("SELECT pg_total_relation_size('readings')")).scalar_one()
        print(f"  PostgreSQL: {len(readings) / took:,.0f} rows/s, {size / len(readings):.1f} bytes each")
        database.dispose()


def _hour(folder: Path, meters: int) -> None:
    """The hourly reading of many registers, 48 hours looked back at, and the rows it leaves."""
    database, registers = _database(folder, "hour.db"), _registers(meters, 3)
    with tsdb_server.victoria_metrics(METRIC, registers) as running:
        with database.transaction() as tx:
            rack = add_rack(tx)
            for name in registers:
                where = f'{running.url}?energy={METRIC}{{pdu="{name}"}}'
                add_meter(tx, name, rack, driver="prometheus", address=where, scope="check", start=MONTH)
        settings = Settings.model_validate({"metering": {"spool_dir": str(folder / "spool"), "timeout_s": 10}})
        for title, hours in (("first reading, 2 days", 48), ("an hour later", 49)):
            parts = Parts(settings, database, FixedClock(MONTH + timedelta(hours=hours, minutes=12)), {})
            start = perf_counter()
            run = poll(parts)
            took = perf_counter() - start
            print(
                f"{meters:,} registers, {title}: {took:.1f} s, {run.readings:,} rows kept, {run.devices_failed} failed"
            )
    database.dispose()


def _size(database: Database) -> int:
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return Path(str(database.url.database)).stat().st_size


def _stored(url: str) -> int:
    """Bytes of the samples of a VictoriaMetrics, as it tells them; its index of series is not counted."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    told = (line.rpartition(" ") for line in lines if line.startswith('vm_data_size_bytes{type="storage/'))
    return sum(int(value) for _, _, value in told)


def _timed(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


if __name__ == "__main__":
    main()
