"""From readings to intervals in the tables: only what is new or changed, and the old versions stay."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from dcops.db import Database
from inventory.orm import Transaction
from metering.exceptions import exception_store
from metering.exceptions.decisions import Answer, decide_span
from metering.intervals import interval_store
from metering.intervals.roll_up import RollUpReport, roll_up, rules_of
from metering.models import EnergyInterval, Meter, MeterExchange, MeterReading, RollUpMark
from metering.period import HOUR, Period
from metering.readings import Fault, Interval, Reading
from metering.register import append_many, append_readings
from metering.validation.hourly import hourly
from metering.validation.vee import vee
from tests.metering.world import LATER, START, add_meter, add_rack, steady

ALWAYS = Period(START - timedelta(days=1), LATER)


def meter_of(tx: Transaction, **values: object) -> Meter:
    return add_meter(tx, "a", add_rack(tx), **values)


def every_five_minutes(count: int, seed: int = 1) -> list[Reading]:
    draw, wh, found = random.Random(seed), 10**6, []
    for n in range(count):
        found.append(Reading(START + timedelta(minutes=5 * n, seconds=draw.randrange(60)), wh))
        wh += draw.randrange(0, 500)
    return found


def expected(meter: Meter, readings: list[Reading]) -> list[Interval]:
    rules = rules_of(meter)
    return hourly(vee(readings, rules)[0], rules.close)


def rows(tx: Transaction, table: type = EnergyInterval) -> int:
    return tx.scalar(select(func.count()).select_from(table))


def test_a_second_run_writes_nothing(database: Database) -> None:
    with database.transaction() as tx:
        meter = meter_of(tx)
        readings = every_five_minutes(300)
        assert append_readings(tx, meter, readings, LATER) == (300, [])
        first = roll_up(tx, LATER)
        assert first == RollUpReport(1, len(expected(meter, readings)), 0)
        assert roll_up(tx, LATER) == RollUpReport(0, 0, 0)
        assert list(interval_store.intervals(tx, meter.id, ALWAYS)) == expected(meter, readings)


def test_the_running_hour_waits_and_a_silent_meter_is_settled(database: Database) -> None:
    readings = every_five_minutes(30)
    last = readings[-1].at
    with database.transaction() as tx:
        meter = meter_of(tx)
        append_readings(tx, meter, readings, last)
        roll_up(tx, last)
        assert interval_store.last_interval_end(tx, meter.id) == START + 2 * HOUR
        assert roll_up(tx, last + HOUR).intervals == 0
        assert roll_up(tx, last + 3 * HOUR).intervals == 1
        assert interval_store.last_interval_end(tx, meter.id) == last.replace(microsecond=0)
        assert rows(tx, RollUpMark) == 0


def test_polling_one_reading_at_a_time_ends_as_one_file_does(database: Database) -> None:
    readings = [r for n, r in enumerate(every_five_minutes(120)) if not 40 < n < 75]
    readings[60] = Reading(readings[60].at, 0)  # one wild value
    with database.transaction() as tx:
        meter = meter_of(tx)
        for reading in readings:
            append_readings(tx, meter, [reading], reading.at)
            roll_up(tx, reading.at)
        roll_up(tx, LATER)
        assert list(interval_store.intervals(tx, meter.id, ALWAYS)) == expected(meter, readings)


def test_a_late_reading_inside_a_gap_makes_new_versions(database: Database) -> None:
    readings = steady(START, 10, 1000)
    late = Reading(START + 5 * HOUR, 4200)
    with database.transaction() as tx:
        meter = meter_of(tx)
        append_readings(tx, meter, [r for n, r in enumerate(readings) if not 3 < n < 8], LATER)
        roll_up(tx, LATER)
        before = rows(tx)
        append_readings(tx, meter, [late], LATER)
        roll_up(tx, LATER)
        known = [r for n, r in enumerate(readings) if not 3 < n < 8] + [late]
        assert list(interval_store.intervals(tx, meter.id, ALWAYS)) == expected(meter, known)
        assert sum(i.wh for i in interval_store.intervals(tx, meter.id, ALWAYS)) == 10_000
        old = tx.scalar(
            select(EnergyInterval).where(EnergyInterval.start == START + 3 * HOUR, EnergyInterval.version == 1)
        )
        assert (old.wh, old.method, old.end) == (5000, "register-bridged", START + 8 * HOUR)
        assert rows(tx) > before


def test_any_order_of_arrival_ends_the_same(database: Database) -> None:
    readings = [r for n, r in enumerate(every_five_minutes(150, seed=2)) if n % 50 < 30]
    draw = random.Random(7)
    with database.transaction() as tx:
        meter = meter_of(tx)
        shuffled = list(readings)
        draw.shuffle(shuffled)
        for first in range(0, len(shuffled), 10):
            append_readings(tx, meter, shuffled[first : first + 10], LATER)
            roll_up(tx, LATER)
        assert list(interval_store.intervals(tx, meter.id, ALWAYS)) == expected(meter, readings)


def test_what_a_late_reading_makes_unbelievable_is_withdrawn(database: Database) -> None:
    with database.transaction() as tx:
        meter = meter_of(tx, max_w=1000)
        far = [Reading(START, 1), Reading(START + 30 * HOUR, 20_001), Reading(START + 31 * HOUR, 20_101)]
        append_readings(tx, meter, far, LATER)
        roll_up(tx, LATER)
        assert sum(i.wh for i in interval_store.intervals(tx, meter.id, ALWAYS)) == 20_100
        append_readings(tx, meter, [Reading(START + 29 * HOUR, 10_001)], LATER)
        roll_up(tx, LATER)
        assert [i.wh for i in interval_store.intervals(tx, meter.id, ALWAYS)] == [10_000, 100]
        assert [fault.kind for fault in exception_store.reading_faults(tx)] == ["high-limit"]


def test_an_edit_by_a_person_stands(database: Database) -> None:
    with database.transaction() as tx:
        meter = meter_of(tx)
        readings = steady(START, 6, 1000)
        append_readings(tx, meter, readings[:4], LATER)
        roll_up(tx, LATER)
        decide_span(tx, "a", START + HOUR, START + 2 * HOUR, Answer("edit", "c", "vu sur place", 42), LATER)
        append_readings(tx, meter, readings[4:], LATER)
        roll_up(tx, LATER)
        assert [i.wh for i in interval_store.intervals(tx, meter.id, ALWAYS)] == [1000, 42, 1000, 1000, 1000, 1000]


def test_an_exchange_of_device_is_rolled_up_whole(database: Database) -> None:
    at = START + timedelta(minutes=90)
    with database.transaction() as tx:
        meter = meter_of(tx)
        tx.add(MeterExchange(meter_id=meter.id, at=at, closing_wh=1500, opening_wh=70, author="c", reason="panne"))
        tx.flush()
        append_readings(tx, meter, [*steady(START, 1, 1000), *steady(START + 2 * HOUR, 2, 1000, 570)], LATER)
        roll_up(tx, LATER)
        assert [i.wh for i in interval_store.intervals(tx, meter.id, ALWAYS)] == [1000, 1000, 1000, 1000]


def test_readings_and_intervals_are_never_changed(database: Database) -> None:
    with database.transaction() as tx:
        meter = meter_of(tx)
        append_readings(tx, meter, steady(START, 2, 1000), LATER)
        roll_up(tx, LATER)
    for sql in (
        "UPDATE readings SET wh = 0",
        "DELETE FROM readings",
        "UPDATE intervals SET wh = 0",
        "DELETE FROM intervals",
    ):
        with pytest.raises(DBAPIError, match="append only"), database.transaction() as tx:
            tx.execute(text(sql))


def test_a_reading_from_the_future_and_another_value_are_set_aside(database: Database) -> None:
    with database.transaction() as tx:
        meter = meter_of(tx)
        append_readings(tx, meter, [Reading(START, 5)], START)
        future = Reading(START + timedelta(seconds=61), 6)
        kept, faults = append_readings(tx, meter, [Reading(START, 6), Reading(START, 5), future], START)
        assert kept == 0
        assert [(fault.kind, fault.wh) for fault in faults] == [("clock", 6), ("different-value", 6)]
        assert rows(tx, MeterReading) == 1
        assert {fault.kind for fault in exception_store.reading_faults(tx, "a")} == {"clock", "different-value"}
        assert isinstance(faults[0], Fault)


def test_by_how_much_clocks_may_differ_is_a_setting(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        told = [(meter_of(tx).id, Reading(START + timedelta(seconds=300), 6))]
        assert [fault.kind for _, fault in append_many(tx, told, START)[1]] == ["clock"]
        assert append_many(tx, told, START, timedelta(seconds=300)) == (1, [])


def test_thirty_meters_take_as_many_statements_as_one(database: Database) -> None:
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with database.transaction() as tx:
        rack = add_rack(tx)
        meters = [add_meter(tx, f"m{n}", rack) for n in range(31)]
        told = every_five_minutes(100)
        append_many(tx, [(meter.id, reading) for meter in meters for reading in told], LATER)
        statements.clear()
        assert roll_up(tx, LATER, [meters[0].id]).meters == 1
        alone = len(statements)
        statements.clear()
        assert roll_up(tx, LATER).meters == 30
        assert len(statements) == alone
        assert all(list(interval_store.intervals(tx, meter.id, ALWAYS)) == expected(meter, told) for meter in meters)
