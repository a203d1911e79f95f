"""Old readings in files: nothing is lost, nothing is doubled, whatever stops the work; what is read stays the same."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dcops.config import Settings
from dcops.db import Database
from dcops.jobs import reading_archives
from dcops.wiring import Parts
from inventory.clock import FixedClock
from inventory.errors import Unavailable
from inventory.orm import Transaction
from metering import store
from metering.archive.archiving import archive_store, damaged
from metering.energy import power_store
from metering.energy.evidence_store import readings_of
from metering.energy.scopes import energy_of_meter
from metering.exceptions.decisions import Answer, decide_span
from metering.intervals import interval_store
from metering.intervals.roll_up import roll_up
from metering.period import Period, midnight
from metering.places import place_store
from metering.readings import Reading
from metering.register import append_readings
from tests.forked import forked
from tests.metering.world import add_meter, add_rack

START = midnight(date(2024, 1, 1))
NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
QUARTER = Period(START, midnight(date(2024, 4, 1)))
STEP = timedelta(hours=2)


@pytest.fixture
def archiving(database: Database, tmp_path: Path) -> Parts:
    database.archive_dir = tmp_path / "archives"
    return Parts(Settings(), database, FixedClock(NOW), {})


def half_hourly(watts: int, first_wh: int = 0) -> list[Reading]:
    count = (QUARTER.end - START + timedelta(days=3)) // STEP
    return [Reading(START + n * STEP + timedelta(seconds=7), first_wh + n * 2 * watts, watts) for n in range(count)]


@pytest.fixture
def meters(archiving: Parts) -> list[str]:
    with archiving.database.transaction() as tx:
        rack = add_rack(tx)
        for number, name in enumerate(("un", "deux", "trois")):
            meter = add_meter(tx, name, rack, "AB"[number % 2])
            append_readings(tx, meter, half_hourly(100 * (number + 1), 7), START + timedelta(days=100))
        roll_up(tx, NOW)
    return ["un", "deux", "trois"]


def told(tx: Transaction, names: list[str]) -> Iterator[object]:
    """All that people see of some meters."""
    for name in names:
        meter = store.meter(tx, name)
        for period in (QUARTER, Period(QUARTER.start, midnight(date(2024, 2, 1)))):
            energy = energy_of_meter(tx, name, period)
            yield energy.document()
            yield readings_of(tx, energy.evidence)
        yield store.readings_between(tx, meter.id, START + timedelta(days=30), START + timedelta(days=33))
        yield store.readings_beside(tx, meter.id, midnight(date(2024, 2, 1)), 4)
        yield store.instants_until(tx, meter.id, midnight(date(2024, 3, 1)), 3)
        yield store.instants_until(tx, meter.id, START + timedelta(seconds=7), 3)
        yield list(interval_store.intervals(tx, meter.id, QUARTER))
    yield power_store.hourly_peaks(
        tx, place_store.placed_in_rack(tx, store.meter(tx, names[0]).places[0].rack_id or 0), QUARTER
    )


def seen(parts: Parts, names: list[str]) -> list[object]:
    with parts.database.transaction() as tx:
        return list(told(tx, names))


def in_database(parts: Parts) -> int:
    with parts.database.transaction() as tx:
        return int(tx.execute(text("SELECT count(*) FROM readings")).scalar_one())


def in_files(parts: Parts) -> int:
    with parts.database.transaction() as tx:
        return sum(one.rows for one in archive_store.archives(tx))


def test_what_is_read_of_archived_months_is_what_was_there(archiving: Parts, meters: list[str]) -> None:
    before, total = seen(archiving, meters), in_database(archiving)
    moved = reading_archives.archive(archiving)
    assert [f"{one.archive.month:%Y-%m}" for one in moved] == ["2024-01", "2024-02", "2024-03"]
    assert in_database(archiving) == total - in_files(archiving) == 3 * 35
    assert seen(archiving, meters) == before
    assert reading_archives.archive(archiving) == []
    with archiving.database.transaction() as tx:
        assert damaged(tx, thoroughly=True) == (3, [])


def test_months_wait_until_they_are_old_enough(archiving: Parts, meters: list[str]) -> None:
    assert reading_archives.due(archiving, date(2024, 2, 1)) == [date(2024, 1, 1), date(2024, 2, 1)]
    never = Parts(
        Settings.model_validate({"metering": {"keep_readings_months": 0}}), archiving.database, archiving.clock, {}
    )
    longer = Parts(
        Settings.model_validate({"metering": {"keep_readings_months": 26}}), archiving.database, archiving.clock, {}
    )
    assert reading_archives.due(never) == []
    assert reading_archives.due(longer) == [date(2024, 1, 1)]


def test_a_file_is_told_again_neither_kept_twice_nor_accepted_with_another_value(
    archiving: Parts, meters: list[str]
) -> None:
    reading_archives.archive(archiving)
    kept = in_database(archiving)
    readings = half_hourly(100, 7)
    with archiving.database.transaction() as tx:
        meter = store.meter(tx, "un")
        assert append_readings(tx, meter, readings[:500], NOW) == (0, [])
        other = Reading(readings[40].at, readings[40].wh + 1)
        count, faults = append_readings(tx, meter, [other], NOW)
        assert (count, [fault.kind for fault in faults]) == (0, ["different-value"])
    assert in_database(archiving) == kept


def test_a_late_reading_of_an_archived_month_is_rolled_up_and_archived_in_turn(
    archiving: Parts, meters: list[str]
) -> None:
    readings = half_hourly(100, 7)
    late = Reading(readings[51].at + timedelta(minutes=20), readings[51].wh + 40)
    reading_archives.archive(archiving)
    with archiving.database.transaction() as tx:
        meter = store.meter(tx, "un")
        assert append_readings(tx, meter, [late], NOW) == (1, [])
        assert roll_up(tx, NOW).intervals == 2
        decide_span(tx, "un", readings[100].at, readings[104].at, Answer("edit", "Ada", "essai", 123), NOW)
        roll_up(tx, NOW)
    with archiving.database.transaction() as tx:
        found = list(interval_store.intervals(tx, store.meter(tx, "un").id, QUARTER))
        assert sum(one.wh for one in found if one.flag == "EDITED") == 123
    [again] = reading_archives.archive(archiving)
    assert (again.archive.part, again.archive.rows, again.removed) == (2, 1, 1)
    with archiving.database.transaction() as tx:
        assert list(interval_store.intervals(tx, store.meter(tx, "un").id, QUARTER)) == found
        before, after = store.readings_beside(tx, store.meter(tx, "un").id, late.at, 1)
        assert (before, after) == ([readings[51]], [readings[52]])
        assert store.readings_between(tx, store.meter(tx, "un").id, late.at, late.at) == [late]


def test_the_database_refuses_to_lose_what_no_archive_holds(archiving: Parts, meters: list[str]) -> None:
    def refused(statement: str) -> bool:
        with pytest.raises(DBAPIError, match="append only"), archiving.database.engine.begin() as connection:
            connection.execute(text(statement))
        return True

    assert refused("DELETE FROM readings")
    reading_archives.archive(archiving, date(2024, 1, 1))
    assert refused("DELETE FROM readings")
    assert refused("UPDATE readings SET wh = wh + 1")
    assert refused("DELETE FROM reading_archives")
    assert refused("UPDATE reading_archives SET received_until = received_until + 100000000")
    with archiving.database.transaction() as tx:  # received after the archive was written: not in it
        meter = store.meter(tx, "un")
        append_readings(tx, meter, [Reading(START + timedelta(hours=2, minutes=2), 207)], NOW)
    assert refused(f"DELETE FROM readings WHERE at < {int(START.timestamp()) + 86400}")


def test_an_archive_that_is_gone_is_never_taken_for_silence(archiving: Parts, meters: list[str]) -> None:
    reading_archives.archive(archiving)
    with archiving.database.transaction() as tx:
        first = archive_store.folder(tx) / archive_store.archives(tx)[0].path
    whole = first.read_bytes()
    first.unlink()
    with pytest.raises(Unavailable, match="remettre à sa place"), archiving.database.transaction() as tx:
        energy_of_meter(tx, "un", QUARTER)
    first.write_bytes(whole[:-1] + b"x")
    with archiving.database.transaction() as tx:
        assert damaged(tx, thoroughly=False) == (3, [])
        assert len(damaged(tx, thoroughly=True)[1]) == 1


def _archive_until(url: str, folder: Path, where: str, nth: int) -> None:
    """Archive, and die as that function of the archives is called for the nth time."""
    calls = 0

    def trace(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        if event == "call" and frame.f_code.co_name == where and "metering/archive" in frame.f_code.co_filename:
            calls += 1
            if calls == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(trace)
    reading_archives.archive(Parts(Settings(), Database(url, folder), FixedClock(NOW), {}))


@pytest.mark.parametrize(("where", "nth"), [("add", 2), ("_sync", 1), ("record", 2), ("remove", 1), ("remove", 2)])
def test_a_run_that_is_killed_is_finished_by_the_next_one(
    archiving: Parts, meters: list[str], where: str, nth: int
) -> None:
    before, total = seen(archiving, meters), in_database(archiving)
    url = archiving.database.url.render_as_string(hide_password=False)
    killed = forked(_archive_until, url, archiving.database.archive_dir, where, nth)
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert seen(archiving, meters) == before
    reading_archives.archive(archiving)
    assert seen(archiving, meters) == before
    assert in_database(archiving) + in_files(archiving) == total
    assert reading_archives.due(archiving) == []
