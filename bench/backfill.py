"""Millions of readings to validated hours, in memory and in SQLite, against the least that others do of them.

Run: python -m bench.backfill. In memory the references are numpy and polars; in SQLite, its own lag() over the same
table. None of them validates anything, keeps a flag or notices what is wrong.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import venv
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter
from typing import Any

import numpy as np
from sqlalchemy import insert

from bench import polars_hours
from bench.timing import best_of
from dcops import db
from dcops.db import Database
from metering.intervals.roll_up import TOGETHER, roll_up
from metering.models import Meter, RollUpMark
from metering.readings import MeterRules
from metering.validation.hour_columns import hourly_of
from metering.validation.vee_columns import Told

ROUNDS = 3
PACKAGES = ("polars==1.*", "numpy")
START = datetime.fromtimestamp(polars_hours.START, UTC)
INSERT = "INSERT INTO readings (meter_id, at, wh, power_w, source, received_at) VALUES (?, ?, ?, 2000, 'poll', ?)"
LAG = """
    INSERT INTO hourly SELECT meter_id, at / 3600 * 3600, sum(CASE WHEN wh < before THEN wh ELSE wh - before END) FROM
    (SELECT meter_id, at, wh, lag(wh) OVER (PARTITION BY meter_id ORDER BY at) AS before FROM readings)
    WHERE before IS NOT NULL GROUP BY meter_id, at / 3600
"""
Registers = list[tuple[Any, Any]]


def main() -> None:
    options = _options()
    registers = polars_hours.registers(options.meters, options.readings)
    _in_memory(registers, options)
    with TemporaryDirectory(prefix="dcops-bench-") as folder:
        _in_sqlite(Path(folder), registers)


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--meters", type=int, default=1000)
    asked.add_argument("--readings", type=int, default=10_000, help="of each meter")
    asked.add_argument(
        "--cache", type=Path, default=Path(gettempdir()) / "dcops-bench-polars",
        help="folder of the environment that polars is installed in, made when it is not there",
    )  # fmt: skip
    return asked.parse_args()


def _in_memory(registers: Registers, options: argparse.Namespace) -> None:
    count = options.meters * options.readings
    print(f"\n{count:,} readings of {options.meters:,} meters to hours, in memory")
    found: dict[str, int] = {}

    def keep(name: str, call: Callable[[Registers], int]) -> Callable[[], None]:
        return lambda: found.update({name: call(registers)})

    calls = {"numpy: differences, restarts, sums by hour": _numpy, "dcops: validated, flagged, exact": _ours}
    seconds = best_of({name: keep(name, call) for name, call in calls.items()}, ROUNDS)
    least = seconds[next(iter(calls))]
    peer = _polars(options)
    if isinstance(peer, str):
        print(f"polars: skipped, {peer}")
    else:
        name = f"polars {peer['version']}: the same as numpy"
        seconds[name], found[name] = peer["seconds"], peer["wh"]
    for name, took in seconds.items():
        print(
            f"{name:<48}{took:>8.3f} s {count / took / 1e6:>8.1f} M/s {took / least:>6.2f} × numpy, {found[name]:,} Wh"
        )


def _numpy(registers: Registers) -> int:
    total = 0
    for at, wh in registers:
        rise = np.diff(wh)
        rise = np.where(rise < 0, wh[1:], rise)
        hour = at[1:] // 3600
        total += int(np.add.reduceat(rise, np.flatnonzero(np.diff(hour, prepend=-1))).sum())
    return total


def _ours(registers: Registers) -> int:
    rules, total = MeterRules(max_w=7360), 0
    together = max(1, TOGETHER // len(registers[0][0]))
    for first in range(0, len(registers), together):
        cells, _ = hourly_of([Told(at, wh, rules) for at, wh in registers[first : first + together]])
        total += int(cells.wh.sum())
    return total


def _polars(options: argparse.Namespace) -> dict[str, Any] | str:
    """What polars takes for the same readings; a sentence where it cannot be tried."""
    python = options.cache / "bin" / "python"
    try:
        if not python.exists():
            venv.create(options.cache, with_pip=True)
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES])
        numbers = [str(number) for number in (options.meters, options.readings, ROUNDS)]
        found: dict[str, Any] = json.loads(_run([str(python), polars_hours.__file__, *numbers]))
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        return f"it cannot be installed or run in {options.cache}: {getattr(error, 'stderr', None) or error}"
    return found


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _in_sqlite(folder: Path, registers: Registers) -> None:
    """Each reference and each roll-up on a copy of one file, committed."""
    filled, count = folder / "filled.db", sum(len(at) for at, _ in registers)
    _fill(filled, registers)
    print(f"\n{count:,} readings in SQLite to hours in the same file")
    calls = {"SQLite's lag(), hourly sums": _lag, "dcops: roll_up, intervals with flag and method": _roll_up}
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            shutil.copy(filled, folder / "work.db")
            took[name].append(call(folder / "work.db"))
    best = {name: min(times) for name, times in took.items()}
    for name, seconds in best.items():
        ratio = seconds / next(iter(best.values()))
        print(f"{name:<48}{seconds:>8.2f} s {count / seconds / 1e6:>8.2f} M/s {ratio:>6.2f} × lag()")
    print(f"{'the hour after, 12 readings of each meter':<48}{_one_hour_more(folder / 'work.db', registers):>8.2f} s")


def _fill(path: Path, registers: Registers) -> None:
    database = Database(f"sqlite:///{path}")
    db.upgrade(database)
    with database.transaction() as tx:
        names = [
            {"name": f"m{n}", "driver": "csv", "address": "", "max_w": 7360, "start": START}
            for n in range(len(registers))
        ]
        tx.execute(insert(Meter), names)
        tx.execute(insert(RollUpMark), [{"meter_id": n, "since": START} for n in range(1, len(registers) + 1)])
    database.dispose()
    _append(path, registers)


def _append(path: Path, registers: Registers) -> None:
    with closing(sqlite3.connect(path)) as bare, bare:
        for meter_id, (at, wh) in enumerate(registers, 1):
            rows = zip([meter_id] * len(at), at.tolist(), wh.tolist(), at.tolist(), strict=True)
            bare.executemany(INSERT, rows)
    with closing(sqlite3.connect(path)) as bare:
        bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _lag(path: Path) -> float:
    with closing(sqlite3.connect(path)) as bare:
        bare.execute(
            "CREATE TABLE hourly (meter_id INTEGER, start INTEGER, wh INTEGER, "
            "PRIMARY KEY (meter_id, start)) WITHOUT ROWID"
        )
        start = perf_counter()
        with bare:
            bare.execute(LAG)
        return perf_counter() - start


def _roll_up(path: Path, now: datetime = START + timedelta(days=365)) -> float:
    database = Database(f"sqlite:///{path}")
    start = perf_counter()
    with database.transaction() as tx:
        roll_up(tx, now)
    took = perf_counter() - start
    database.dispose()
    return took


def _one_hour_more(path: Path, registers: Registers) -> float:
    """What a roll-up takes each hour, once the past is rolled up."""
    steps = 300 * np.arange(1, 13)
    _append(path, [(at[-1] + steps, wh[-1] + steps // 5) for at, wh in registers])
    with closing(sqlite3.connect(path)) as bare, bare:
        rows = [(number, int(at[-1]) + 300) for number, (at, _) in enumerate(registers, 1)]
        bare.executemany("INSERT OR REPLACE INTO roll_up_marks (meter_id, since) VALUES (?, ?)", rows)
    return _roll_up(path)


if __name__ == "__main__":
    main()
