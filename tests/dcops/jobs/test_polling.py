"""Rounds of polling while the database, the process or devices fail: nothing is lost, nothing is there twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Thread

import psycopg
import pytest

from dcops.config import Settings
from dcops.db import Database
from dcops.jobs import polling, scheduler, table
from dcops.jobs.schedule import Schedule
from dcops.wiring import Parts
from inventory.clock import FixedClock, SystemClock
from inventory.errors import Conflict, Unavailable
from inventory.orm import Transaction
from metering import store
from metering.collection import poll_store, watch_store
from metering.drivers import DeviceReport, Driver, Point
from metering.drivers.simulated import Answer, SimulatedDriver
from tests.metering.agents import Pdus, answering, inlet
from tests.metering.world import add_meter, add_rack

NOW = datetime(2024, 6, 15, 10, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
NAMES = [f"pdu{number}" for number in range(4)]


class SimulatedParts(Parts):
    """An installation whose devices are simulated: ``devices`` answers at the instant of its clock."""

    devices: Mapping[str, DeviceReport | Answer]

    def drivers(self) -> Mapping[str, Driver]:
        return {"simulated": SimulatedDriver(self.devices)}


def report(wh: int) -> DeviceReport:
    return DeviceReport("apc-rpdu2", "APC", "AP8641", "S1", (Point("1", "inlet", "", wh, 500),))


def installation(
    database: Database, tmp_path: Path, devices: Mapping[str, DeviceReport | Answer], at: datetime = NOW, **more: object
) -> SimulatedParts:
    settings = {"metering": {"spool_dir": tmp_path / "spool", "timeout_s": 0.2, **more}}
    parts = SimulatedParts(Settings.model_validate(settings), database, FixedClock(at), {})
    object.__setattr__(parts, "devices", devices)
    return parts


def later(parts: SimulatedParts, rounds: int) -> SimulatedParts:
    moved = replace(parts, clock=FixedClock(parts.clock.now() + rounds * FIVE))
    object.__setattr__(moved, "devices", parts.devices)
    return moved


def with_meters(database: Database, driver: str = "simulated", addresses: list[str] = NAMES) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        for name, address in zip(NAMES, addresses, strict=True):
            add_meter(tx, name, rack, driver=driver, address=address)


def values(tx: Transaction) -> dict[str, list[int]]:
    return {meter.name: [r.wh for r in store.readings_between(tx, meter.id, NOW - FIVE)] for meter in store.meters(tx)}


@contextmanager
def down(database: Database) -> Iterator[None]:
    """The database refuses everybody: a file that another process locks, a server that closes its doors."""
    if database.engine.dialect.name == "sqlite":
        with sqlite3.connect(str(database.url.database), isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")
        return
    where, name = database.url.query["host"], database.url.database
    with psycopg.connect(f"host={where} user=postgres dbname=postgres", autocommit=True) as other:
        other.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        yield
        other.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def impatient(database: Database) -> Database:
    """The same database, that does not wait for a lock."""
    return Database(str(database.url)) if database.engine.dialect.name != "sqlite" else _without_wait(database)


def _without_wait(database: Database) -> Database:
    return Database(database.url.set(query={"timeout": "0.05"}).render_as_string(hide_password=False))


def test_a_database_that_goes_down_during_a_round_gets_its_readings_later(database: Database, tmp_path: Path) -> None:
    with_meters(database)
    closing = down(database)

    async def last() -> DeviceReport:
        closing.__enter__()
        return report(1003)

    answers = {name: report(1000 + number) for number, name in enumerate(NAMES[:3])}
    parts = installation(impatient(database), tmp_path, {**answers, "pdu3": last})
    try:
        with pytest.raises(Unavailable, match="4 relevés de cette relève : gardés sur le disque"):
            polling.poll(parts)
        other = later(parts, 1)
        object.__setattr__(other, "devices", {name: report(2000) for name in NAMES})
        with pytest.raises(Unavailable, match="gardés sur le disque"):  # asked all the same: whom, is known
            polling.poll(other)
    finally:
        closing.__exit__(None, None, None)
    assert len(polling.spool_of(parts).waiting()) == 2
    after = later(other, 1)
    object.__setattr__(after, "devices", {name: report(3000) for name in NAMES})
    run = polling.poll(after)
    assert (run.devices_ok, run.readings, run.note) == (4, 4, "")
    assert polling.spool_of(parts).waiting() == []
    with database.transaction() as tx:
        assert values(tx) == {name: [1000 + number, 2000, 3000] for number, name in enumerate(NAMES)}
        assert [(run.started_at, run.readings, run.note) for run in poll_store.poll_runs(tx)][1:] == [
            (NOW + FIVE, 4, "Écrite le 15/06/2024 12:10."),
            (NOW, 4, "Écrite le 15/06/2024 12:10."),
        ]
    parts.database.dispose()


def test_a_round_that_was_recorded_and_not_forgotten_is_not_there_twice(database: Database, tmp_path: Path) -> None:
    with_meters(database)
    parts = installation(database, tmp_path, {name: report(1000) for name in NAMES})
    spool, kept = polling.spool_of(parts), list[tuple[Path, bytes]]()

    async def looking() -> DeviceReport:
        kept[:] = [(path, path.read_bytes()) for path in spool.waiting()]
        return report(1000)

    object.__setattr__(parts, "devices", {**parts.devices, "pdu3": looking})
    polling.poll(parts)
    [(path, content)] = kept
    path.write_bytes(content)  # as if it had been killed between the commit and this
    assert polling.write_waiting(parts, spool) == 1
    with database.transaction() as tx:
        assert len(poll_store.poll_runs(tx)) == 1
        assert values(tx) == {name: [1000] for name in NAMES}


def test_a_round_that_the_database_refuses_does_not_hold_the_others(sqlite_database: Database, tmp_path: Path) -> None:
    with_meters(sqlite_database)
    parts = installation(sqlite_database, tmp_path, {name: report(1000) for name in NAMES})
    spool = polling.spool_of(parts)
    polling.poll(parts)
    head = '{"round": "r", "started": "2024-06-15T10:00:00+00:00"}\n'
    answer = (
        '{"driver": "simulated", "address": "x", "profile": null, "wanted": [[99, "m", "inlet:1"]], '
        '"readings": [[99, "2024-06-15T10:00:00+00:00", 5, null]], "failures": [], "ms": 1, "answered": true}\n'
    )
    (spool.folder / "20240615T100000-r.jsonl").write_text(head + answer)  # of a meter that is not there
    assert polling.poll(later(parts, 1)).readings == 4
    assert [path.name for path in spool.unreadable()] == ["20240615T100000-r.illisible"]


CHILD = """
import sys
from dcops.config import Settings
from dcops.jobs import polling
from dcops.wiring import build
settings = {"database": {"url": sys.argv[1]}, "metering": {"spool_dir": sys.argv[2], "timeout_s": 5}}
polling.poll(build(Settings.model_validate(settings), {}))
"""


def test_a_process_killed_between_a_device_and_the_commit_loses_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with answering(Pdus(inlet(35_128_000))) as pdus:
        with_meters(sqlite_database, "snmp", [pdus.address(name) for name in NAMES])
        parts = installation(sqlite_database, tmp_path, {}, at=SystemClock().now() + FIVE)
        spool, url = polling.spool_of(parts), sqlite_database.url.render_as_string(hide_password=False)
        with sqlite3.connect(str(sqlite_database.url.database), isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")  # the round can read whom to ask, and waits to write what it heard
            child = subprocess.Popen([sys.executable, "-c", CHILD, url, str(tmp_path / "spool")])
            until(lambda: any(b'"ended"' in path.read_bytes() for path in spool.waiting()), child)
            child.send_signal(signal.SIGKILL)
            assert child.wait(30) == -signal.SIGKILL
            other.execute("ROLLBACK")
    with sqlite_database.transaction() as tx:
        assert poll_store.poll_runs(tx) == []
    assert polling.write_waiting(parts, spool) == 1
    assert polling.write_waiting(parts, spool) == 0
    with sqlite_database.transaction() as tx:
        [run] = poll_store.poll_runs(tx)
        assert (run.devices_ok, run.readings) == (4, 4)
        assert {last.reading.wh for last in watch_store.last_readings(tx)} == {35_128_000}


def test_a_process_killed_while_devices_answer_loses_none_that_answered(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with answering(Pdus(inlet(35_128_000))) as pdus:
        with_meters(sqlite_database, "snmp", [*(pdus.address(name) for name in NAMES[:3]), pdus.address("hung")])
        parts = installation(sqlite_database, tmp_path, {}, at=SystemClock().now() + FIVE)
        spool, url = polling.spool_of(parts), sqlite_database.url.render_as_string(hide_password=False)
        child = subprocess.Popen([sys.executable, "-c", CHILD, url, str(tmp_path / "spool")])
        until(lambda: any(path.read_bytes().count(b"\n") == 4 for path in spool.waiting()), child)
        with pytest.raises(Conflict, match="déjà en cours"):
            polling.poll(parts)
        child.send_signal(signal.SIGKILL)
        child.wait(30)
    assert polling.write_waiting(parts, spool) == 1
    with sqlite_database.transaction() as tx:
        [run] = poll_store.poll_runs(tx)
        assert (run.devices_ok, run.devices_failed, run.readings) == (3, 0, 3)
        assert run.note.startswith("relève interrompue : 3 appareils avaient répondu. Écrite le")


def until(holds: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    """Wait for something that a living process does."""
    while not holds():
        assert child.poll() is None
        Event().wait(0.02)


async def silent() -> DeviceReport:
    raise Unavailable("ne répond pas.")


def test_a_silent_device_is_left_alone_longer_and_longer_and_anyone_may_ask_it(
    database: Database, tmp_path: Path
) -> None:
    with_meters(database)
    asked = list[int]()

    def counted(number: int) -> Answer:
        async def answer() -> DeviceReport:
            asked.append(number)
            return await silent() if number < 11 else report(2000)

        return answer

    parts = installation(database, tmp_path, {name: report(1000) for name in NAMES})
    for number in range(13):
        now = later(parts, number)
        object.__setattr__(now, "devices", {**parts.devices, "pdu3": counted(number)})
        run = polling.poll(now, everybody=number == 10)
        assert run.devices_ok + run.devices_failed + run.devices_skipped == 4
    assert asked == [0, 1, 3, 7, 10]
    with database.transaction() as tx:
        device = poll_store.devices(tx)["simulated", "pdu3"]
        assert (device.failures, device.last_ok_at, device.message) == (5, None, "ne répond pas.")
        outcomes = [
            next(each.outcome for each in poll_store.results(tx, run.id) if each.address == "pdu3")
            for run in reversed(poll_store.poll_runs(tx))
        ]
    assert outcomes == ["failed" if number in asked else "skipped" for number in range(13)]
    recovered = later(parts, 13)
    object.__setattr__(recovered, "devices", {**parts.devices, "pdu3": report(2000)})
    polling.poll(recovered, everybody=True)
    with database.transaction() as tx:
        device = poll_store.devices(tx)["simulated", "pdu3"]
        assert (device.failures, device.retry_at, device.last_ok_at) == (0, None, NOW + 13 * FIVE)


def test_a_device_that_answers_without_what_is_asked_is_asked_again_at_once(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with_meters(sqlite_database)
    empty = DeviceReport("apc-rpdu2", "APC", "AP8641", "S1", ())
    parts = installation(sqlite_database, tmp_path, dict.fromkeys(NAMES, empty))
    assert [polling.poll(later(parts, number)).devices_failed for number in range(3)] == [4, 4, 4]


def test_details_of_old_rounds_are_forgotten_and_readings_stay(database: Database, tmp_path: Path) -> None:
    with_meters(database)
    devices = {**{name: report(1000) for name in NAMES[:3]}, "pdu3": silent}
    parts = installation(database, tmp_path, devices, keep_results_days=1, keep_failures_days=2)
    days = [polling.poll(later(parts, 288 * day)).id for day in range(4)]
    assert polling.prune(later(parts, 288 * 4 - 1)) == "11 résultats effacés, 2 échecs effacés."
    with database.transaction() as tx:
        kept = [[each.outcome for each in poll_store.results(tx, run)] for run in days]
        assert kept == [[], [], ["failed"], ["ok", "ok", "ok", "failed"]]
        assert [len(run.failures) for run in reversed(poll_store.poll_runs(tx))] == [0, 0, 1, 1]
        assert [len(each) for each in values(tx).values()] == [4, 4, 4, 0]


def test_of_two_instances_that_fire_at_once_one_polls(database: Database, tmp_path: Path) -> None:
    with_meters(database)
    gate, ran = Barrier(2, timeout=30), list[object]()
    every = Schedule("*/5 * * * *", "UTC", "jobs.poll-meters")

    def fire(where: str) -> None:
        parts = installation(database, tmp_path / where, {name: report(1000) for name in NAMES})
        gate.wait()
        ran.append(table.run_job(parts, table.POLL, by=where, schedule=every))

    threads = [Thread(target=fire, args=(where,)) for where in ("here", "there")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([run for run in ran if run is not None]) == 1
    with database.transaction() as tx:
        assert [run.readings for run in poll_store.poll_runs(tx)] == [4]


def test_the_scheduler_polls_without_the_database_and_the_job_is_free_when_it_is_back(
    database: Database, tmp_path: Path
) -> None:
    with_meters(database)
    parts = installation(impatient(database), tmp_path, {name: report(1000) for name in NAMES})
    every = Schedule("*/5 * * * *", "UTC", "jobs.poll-meters")
    scheduler._fire(parts, table.POLL, every)
    other = later(parts, 1)
    object.__setattr__(other, "devices", {name: report(2000) for name in NAMES})
    with down(database):
        scheduler._fire(other, table.POLL, every)
    after = later(parts, 2)
    object.__setattr__(after, "devices", {name: report(3000) for name in NAMES})
    scheduler._fire(after, table.POLL, every)
    with database.transaction() as tx:
        assert values(tx) == {name: [1000, 2000, 3000] for name in NAMES}
    parts.database.dispose()
