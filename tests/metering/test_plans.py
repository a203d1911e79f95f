"""No query on meters walks through all readings or intervals: their plans, on both databases, seek by meter."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

import metering
from dcops.db import Database
from inventory.orm import Transaction
from metering import store
from metering.archive import archive_store
from metering.collection import present_store, watch_store
from metering.energy import evidence_store, peak_store, power_store
from metering.intervals import interval_store, roll_up_store, vee_store
from metering.intervals.roll_up import roll_up
from metering.intervals.roll_up_store import COPIED
from metering.period import HOUR, Period
from metering.places import place_store
from metering.readings import Reading
from metering.register import append_many
from metering.telemetry import telemetry_store
from metering.validation.tolerances import Validation
from tests.metering.world import START, add_meter, add_rack

TABLES = ("readings", "intervals")
METERS, READINGS = 6, 1500
NOW = START + timedelta(minutes=5 * READINGS)
BEFORE = NOW - timedelta(days=1)
DAY = Period(BEFORE, NOW)
SINCE = {1: int(BEFORE.timestamp()), 2: int(BEFORE.timestamp())}
Call = Callable[[Transaction], object]
CALLS: dict[str, Call] = {
    "archive_store.first_reading": lambda tx: archive_store.first_reading(tx),
    "archive_store.meters_to_archive": lambda tx: archive_store.meters_to_archive(tx, DAY),
    "archive_store.rows_to_archive": lambda tx: archive_store.rows_to_archive(tx, 1, DAY),
    "archive_store.last_seconds": lambda tx: archive_store.last_seconds(tx, [1, 2]),
    "evidence_store.readings_of": lambda tx: evidence_store.readings_of(tx, [f"m1@{START.isoformat()}"]),
    "interval_store.intervals": lambda tx: interval_store.intervals(tx, 1, DAY),
    "interval_store.whole_hours": lambda tx: interval_store.whole_hours(
        tx, [(1, Period(START, START + 9 * HOUR)), (2, DAY)]
    ),
    "interval_store.last_interval_end": lambda tx: interval_store.last_interval_end(tx, 1),
    "peak_store.peaks": lambda tx: peak_store.peaks(tx, BEFORE, NOW),
    "power_store.hourly_peaks": lambda tx: power_store.hourly_peaks(tx, place_store.placed_in_rack(tx, 1), DAY),
    "present_store.presents": lambda tx: present_store.presents(tx, NOW, HOUR),
    "present_store.stills": lambda tx: present_store.stills(tx, [(1, 5), (2, 7)], BEFORE),
    "present_store.drew_power": lambda tx: present_store.drew_power(tx, [1, 2], BEFORE),
    "present_store.undecided_resets": lambda tx: present_store.undecided_resets(tx),
    "roll_up_store.marks": lambda tx: roll_up_store.marks(tx),
    "roll_up_store.last_ends": lambda tx: roll_up_store.last_ends(tx, SINCE),
    "roll_up_store.back": lambda tx: roll_up_store.back(tx, SINCE, 3, before=True),
    "roll_up_store.further_back": lambda tx: roll_up_store.further_back(tx, SINCE, 3, before=True),
    "roll_up_store.registers": lambda tx: roll_up_store.registers(tx, SINCE),
    "roll_up_store.versions_ending_after": lambda tx: roll_up_store.versions_ending_after(tx, SINCE),
    "store.readings_between": lambda tx: store.readings_between(tx, 1, BEFORE, NOW),
    "store.instants_until": lambda tx: store.instants_until(tx, 1, NOW, 3),
    "store.readings_beside": lambda tx: store.readings_beside(tx, 1, BEFORE, 3),
    "store.known_values": lambda tx: store.known_values(tx, 1, [START, BEFORE]),
    "store.instants_around": lambda tx: store.instants_around(tx, [(1, BEFORE), (2, NOW)]),
    "telemetry_store.last_readings": lambda tx: telemetry_store.last_readings(tx, [1, 2]),
    "telemetry_store.known": lambda tx: list(telemetry_store.known(tx, SINCE, NOW, timedelta(days=7), Validation())),
    "vee_store.reset_holes": lambda tx: vee_store.reset_holes(tx, BEFORE, NOW, {1: START}),
    "vee_store.told_power": lambda tx: vee_store.told_power(tx, 1, DAY),
    "vee_store.estimated": lambda tx: vee_store.estimated(tx, {1: START, 2: START}),
    "vee_store.versions_within": lambda tx: vee_store.versions_within(tx, 1, DAY),
    "vee_store.prolonged_estimations": lambda tx: vee_store.prolonged_estimations(tx, NOW, 3),
    "watch_store.last_readings": lambda tx: watch_store.last_readings(tx, NOW),
    "watch_store.power_by_feed": lambda tx: watch_store.power_by_feed(tx, BEFORE),
}


OTHERS = {
    *("archive_store.archives", "archive_store.archived_until", "archive_store.next_part", "archive_store.folder"),
    *(f"archive_store.archived_{what}" for what in ("between", "beside", "rows", "readings", "values")),
    *("archive_store.completed", "archive_store.around_with_archived"),
    *("roll_up_store.limits", "roll_up_store.exchanges", "vee_store.decisions"),
    *("store.meters", "store.meters_named_like", "store.meter", "store.exchanges"),
    *("store.exchanges_told", "vee_store.racks_of", "store.shares_by_id"),
    *("store.shares_of_rack", "store.shares_of_racks", "store.shares_of_customers"),
}
"""In stores of readings or intervals, what reads neither."""


def reading_stores() -> Iterator[str]:
    """What the stores that know readings or intervals can be asked."""
    top = Path(metering.__path__[0])
    for path in sorted(top.rglob("*store.py")):
        if re.search("MeterReading|EnergyInterval", path.read_text(encoding="utf-8")):
            module = import_module(".".join(("metering", *path.relative_to(top).with_suffix("").parts)))
            for name, function in inspect.getmembers(module, inspect.isfunction):
                takes = [*inspect.signature(function).parameters][:1]
                if function.__module__ == module.__name__ and takes == ["tx"] and not name.startswith("_"):
                    yield f"{path.stem}.{name}"


def test_every_query_on_readings_is_among_those_whose_plan_is_looked_at() -> None:
    """One more: name it in CALLS, with what it is called with, or in OTHERS where it reads neither."""
    assert {*reading_stores()} - CALLS.keys() - OTHERS == set()


@contextmanager
def statements(tx: Transaction) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    found: list[tuple[str, Any]] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, *others: Any) -> None:
        found.append((statement, parameters))

    engine = tx.get_bind()
    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def scans(tx: Transaction, statement: str, parameters: Any) -> list[str]:
    """The steps of a plan that reach readings or intervals otherwise than by the key of a meter."""
    connection = tx.connection()
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        names = {*TABLES, *re.findall(rf"(?:{'|'.join(TABLES)}) AS \"?(\w+)", statement)}
        steps = [row[3] for row in plan if re.match(rf"(SCAN|SEARCH) ({'|'.join(names)})\b", row[3])]
        return [step for step in steps if "(meter_id=?" not in step and "ix_intervals_estimated" not in step]
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalars()
    return list(_nodes(plan if isinstance(plan, list) else json.loads(plan)))


def _nodes(plan: Any) -> Iterator[str]:
    for node in plan:
        node = node.get("Plan", node)
        reached = node.get("Relation Name") in TABLES and "Bitmap" not in node["Node Type"]
        reached |= node["Node Type"] == "Bitmap Index Scan" and node["Index Name"].startswith(("pk_readings", "pk_int"))
        if (
            reached
            and "meter_id" not in node.get("Index Cond", "")
            and node.get("Index Name") != "ix_intervals_estimated"
        ):
            yield json.dumps({key: value for key, value in node.items() if key != "Plans"})
        yield from _nodes(node.get("Plans", []))


@pytest.fixture
def measured(database: Database) -> Database:
    """A database with more readings than a plan would read for the fun of it."""
    with database.transaction() as tx:
        rack = add_rack(tx)
        ids = [add_meter(tx, f"m{n}", rack, feed="AB"[n % 2]).id for n in range(1, METERS + 1)]
        assert ids[:2] == [1, 2]
        told = ((m, Reading(START + timedelta(minutes=5 * n), 100 * n, 1200)) for m in ids for n in range(READINGS))
        append_many(tx, told, NOW)
        roll_up(tx, NOW)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    return database


def test_no_query_scans_readings_or_intervals(measured: Database) -> None:
    found = {}
    with measured.transaction() as tx:
        if tx.get_bind().dialect.name == "postgresql":  # where a table is small it would rather be read whole
            tx.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            copied = COPIED.partition("COPY (")[2].rpartition(") TO STDOUT")[0]
            found["COPY"] = scans(tx, copied, (list(SINCE), list(SINCE.values())))
        for name, call in CALLS.items():
            with statements(tx) as asked:
                call(tx)
            assert asked or name == "roll_up_store.registers"
            found[name] = [step for one in asked for step in scans(tx, *one)]
    assert {name: steps for name, steps in found.items() if steps} == {}


def test_a_scan_would_be_seen(measured: Database) -> None:
    with measured.transaction() as tx:
        assert scans(tx, "SELECT max(wh) FROM readings", ())
        assert scans(tx, "SELECT sum(x.wh) FROM intervals AS x WHERE x.start > 5", ())
        assert not scans(tx, "SELECT max(wh) FROM readings WHERE meter_id = 1 AND at > 0", ())
