"""Jobs run once, record what happened, survive a killed instance, and say when they are late."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from click.testing import CliRunner

from dcops.cli import cli
from dcops.config import Settings
from dcops.db import Database
from dcops.jobs import claims as job_claims
from dcops.jobs import scheduler
from dcops.jobs import store as job_store
from dcops.jobs import table as jobs
from dcops.jobs.schedule import Schedule
from dcops.jobs.table import Job
from dcops.monitoring.readiness import HEARTBEAT, checks
from dcops.wiring import Parts
from inventory.clock import FixedClock, SystemClock
from inventory.errors import Conflict, Invalid, NotFound, Unavailable
from metering.collection import poll_store
from tests.metering.world import add_meter, add_rack

NOW = datetime(2024, 6, 15, 10, 0, tzinfo=UTC)
PARIS = "Europe/Paris"


def parts_at(database: Database, at: datetime = NOW, **settings: object) -> Parts:
    return Parts(Settings.model_validate(settings), database, FixedClock(at), {})


def job(run: object, lease: timedelta = timedelta(hours=1)) -> Job:
    return Job("essai", "Essai", "*/5 * * * *", run, lease)  # type: ignore[arg-type]


def test_a_run_is_recorded_with_its_message(database: Database) -> None:
    done = jobs.run(parts_at(database), job(lambda parts: "3 relevés"))
    assert done is not None
    with database.transaction() as tx:
        kept = job_store.last_runs(tx)["essai"]
        state = job_store.state(tx, "essai")
    assert (kept.outcome, kept.message, kept.ended_at) == ("ok", "3 relevés", NOW)
    assert state is not None
    assert (state.last_success_at, state.claimed_by, state.claimed_until) == (NOW, None, None)


@pytest.mark.parametrize("name", list(jobs.JOBS))
def test_every_job_of_the_table_runs_on_an_empty_installation(database: Database, name: str) -> None:
    done = jobs.run_job(parts_at(database), name)
    assert done is not None
    assert (done.outcome, done.name) == ("ok", name), done.message
    assert done.message


def test_a_round_that_no_meter_answers_is_a_failure_and_is_kept(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        add_meter(tx, "pdu-a", add_rack(tx), driver="modem", address="pdu1")
    done = jobs.run_job(parts_at(sqlite_database), "poll-meters")
    assert done is not None
    assert (done.outcome, done.message) == ("failed", "0 appareil lu, 1 en échec, 0 relevé.")
    with sqlite_database.transaction() as tx:
        assert [run.devices_failed for run in poll_store.poll_runs(tx)] == [1]


def test_a_failure_keeps_its_message_and_is_not_raised(sqlite_database: Database) -> None:
    def refused(parts: Parts) -> str:
        raise Unavailable("NetBox ne répond pas.")

    def broken(parts: Parts) -> str:
        raise ZeroDivisionError("secret=abc")

    parts = parts_at(sqlite_database)
    first, second = jobs.run(parts, job(refused)), jobs.run(parts, job(broken))
    assert first is not None
    assert (first.outcome, first.message) == ("failed", "NetBox ne répond pas.")
    assert second is not None
    assert second.outcome == "failed"
    assert "ZeroDivisionError" in second.message
    assert "abc" not in second.message
    with sqlite_database.transaction() as tx:
        state = job_store.state(tx, "essai")
    assert state is not None
    assert state.last_success_at is None
    assert state.claimed_until is None


def test_of_instances_that_fire_together_one_acts(database: Database) -> None:
    acted: list[int] = []
    barrier = Barrier(6)
    schedule = Schedule("*/5 * * * *", PARIS, "jobs.essai")

    def fire(number: int) -> bool:
        barrier.wait()
        return jobs.run(parts_at(database), job(lambda parts: str(acted.append(number))), str(number), schedule) is None

    with ThreadPoolExecutor(6) as pool:
        skipped = list(pool.map(fire, range(6)))
    assert (len(acted), skipped.count(False)) == (1, 1)
    with database.transaction() as tx:
        assert len(job_store.runs(tx, "essai")) == 1


def test_while_it_runs_nobody_else_starts_it(database: Database) -> None:
    started, released = Event(), Event()

    def slow(parts: Parts) -> str:
        started.set()
        assert released.wait(30)
        return "fini"

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(jobs.run, parts_at(database), job(slow))
        assert started.wait(30)
        assert jobs.run(parts_at(database, NOW + timedelta(minutes=59)), job(slow)) is None
        released.set()
        assert future.result() is not None


VICTIM = """
import sys
from datetime import datetime, timedelta
from dcops.jobs import table as jobs
from dcops.config import Settings
from dcops.db import Database
from dcops.wiring import Parts
from inventory.clock import FixedClock

def hang(parts):
    print("claimed", flush=True)
    sys.stdin.read()

parts = Parts(Settings(), Database(sys.argv[1]), FixedClock(datetime.fromisoformat(sys.argv[2])), {})
jobs.run(parts, jobs.Job("essai", "Essai", "*/5 * * * *", hang, timedelta(hours=1)))
"""


def test_a_killed_instance_blocks_the_job_only_until_its_claim_expires(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, url, NOW.isoformat()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "claimed\n"
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    before, after = NOW + timedelta(minutes=59), NOW + timedelta(hours=1)
    assert jobs.run(parts_at(database, before), job(lambda parts: "repris")) is None
    assert jobs.run(parts_at(database, after), job(lambda parts: "repris")) is not None
    with database.transaction() as tx:
        last, lost = job_store.runs(tx, "essai")
    assert (last.outcome, last.message) == ("ok", "repris")
    assert lost.outcome == "failed"
    assert "interrompue" in lost.message


def test_who_lost_its_claim_does_not_free_that_of_another(database: Database) -> None:
    hour = timedelta(hours=1)
    slow = job_claims.claim(database, "essai", "lent", NOW, hour, lambda last: True)
    assert slow is not None
    assert job_claims.claim(database, "essai", "vif", NOW + hour, hour, lambda last: True) is not None
    with database.transaction() as tx:
        job_claims.finish(tx, slow, "lent", "ok", "", NOW + hour)
    with database.transaction() as tx:
        state = job_store.state(tx, "essai")
    assert state is not None
    assert (state.claimed_by, state.last_success_at) == ("vif", None)


@pytest.mark.parametrize(
    ("cron", "at", "expected"),
    [
        ("*/5 * * * *", "2024-06-15T10:00:00+00:00", "2024-06-15T10:05:00+00:00"),
        ("30 5 * * *", "2024-06-15T10:00:00+00:00", "2024-06-16T03:30:00+00:00"),
        ("0 8 * * 0", "2024-06-15T10:00:00+00:00", "2024-06-16T06:00:00+00:00"),
        ("0 8 * * 7", "2024-06-15T10:00:00+00:00", "2024-06-16T06:00:00+00:00"),
        ("0 8 * * 1-5", "2024-06-15T10:00:00+00:00", "2024-06-17T06:00:00+00:00"),
        ("0 8 * * mon", "2024-06-15T10:00:00+00:00", "2024-06-17T06:00:00+00:00"),
        ("0 8 * * 5-7", "2024-06-17T10:00:00+00:00", "2024-06-21T06:00:00+00:00"),
        ("0 8 * * */3", "2024-06-16T10:00:00+00:00", "2024-06-19T06:00:00+00:00"),
    ],
)
def test_cron_means_what_cron_means(cron: str, at: str, expected: str) -> None:
    found = Schedule(cron, PARIS, "jobs.essai").next_after(datetime.fromisoformat(at))
    assert found == datetime.fromisoformat(expected)


def test_off_and_impossible_days_are_never_due() -> None:
    for cron in ("off", "0 0 31 2 *"):
        schedule = Schedule(cron, PARIS, "jobs.essai")
        assert schedule.next_after(NOW) is None
        assert not schedule.due(NOW - timedelta(days=9999), NOW)


@pytest.mark.parametrize(
    "cron", ["", "* * * *", "61 * * * *", "0 8 * * 8", "0 8 * * lundi", "toutes les heures", "@daily"]
)
def test_a_bad_cron_is_refused_naming_the_setting(sqlite_database: Database, cron: str) -> None:
    with pytest.raises(Invalid, match=r"jobs\.roll-up"):
        jobs.schedules(parts_at(sqlite_database, jobs={"roll_up": cron}))


def test_an_unknown_job_is_refused(sqlite_database: Database) -> None:
    with pytest.raises(Invalid, match=r"jobs\.polling"):
        jobs.schedules(parts_at(sqlite_database, jobs={"polling": "off"}))
    with pytest.raises(NotFound, match="poll-meters"):
        jobs.run_job(parts_at(sqlite_database), "polling")


def test_a_run_that_did_not_start_is_late(sqlite_database: Database) -> None:
    poll = replace(jobs.JOBS["poll-meters"], run=lambda parts: "fait")
    assert jobs.run(parts_at(sqlite_database), poll) is not None

    def late(minutes: int, **settings: object) -> bool:
        found = jobs.overview(parts_at(sqlite_database, NOW + timedelta(minutes=minutes), **settings))
        return next(entry.late for entry in found if entry.name == "poll-meters")

    assert [late(1), late(6), late(8), late(60)] == [False, False, True, True]
    assert not late(60, jobs={"poll-meters": "off"})


def test_the_scheduled_round_asks_the_meters_in_force_now(database: Database) -> None:
    day = timedelta(days=1)
    with database.transaction() as tx:
        rack = add_rack(tx)
        add_meter(tx, "ends-later", rack, driver="simulated", address="asked?nothing", start=NOW - day, end=NOW + day)
        add_meter(tx, "ended", rack, driver="simulated", address="gone", start=NOW - 2 * day, end=NOW - day)
        add_meter(tx, "begins-later", rack, driver="simulated", address="to come", start=NOW + day)
    assert jobs.run_job(parts_at(database), "poll-meters") is not None
    with database.transaction() as tx:
        [run] = poll_store.poll_runs(tx)
    assert [failure.address for failure in run.failures] == ["asked"]


def test_list_and_run_from_the_command_line(parts: Parts) -> None:
    listed = CliRunner().invoke(cli, ["jobs", "list", "--json"], obj=parts)
    names = [entry["name"] for entry in json.loads(listed.stdout)]
    assert names == [
        "poll-meters",
        "roll-up",
        "synchronise",
        "reconcile",
        "alerts",
        "prune-polling",
        "archive-readings",
        "archives",
    ]
    done = CliRunner().invoke(cli, ["jobs", "run", "roll-up", "--json"], obj=parts)
    assert json.loads(done.stdout)["outcome"] == "ok"
    job_claims.claim(parts.database, "roll-up", "ailleurs", NOW, timedelta(hours=1), lambda last: True)
    taken = CliRunner().invoke(cli, ["jobs", "run", "roll-up"], obj=parts)
    assert isinstance(taken.exception, Conflict)
    assert "déjà en cours" in str(taken.exception)
    assert "si cette instance est morte, réessayer après le 15/06/2024 13:00" in str(taken.exception)


def test_the_scheduler_beats_catches_up_what_was_missed_and_stops(sqlite_database: Database) -> None:
    everything_else = {name: "off" for name in jobs.JOBS if name != "roll-up"}
    parts = Parts(Settings(jobs=everything_else), sqlite_database, SystemClock(), {})
    yesterday = parts.clock.now() - timedelta(days=1)
    hour = timedelta(hours=1)
    missed = job_claims.claim(sqlite_database, "roll-up", "hier", yesterday, hour, lambda last: True)
    assert missed is not None
    ran = Event()
    running = scheduler.start(parts)
    running.add_listener(lambda event: ran.set() if event.job_id == "roll-up" else None)
    assert {entry.id for entry in running.get_jobs()} == {"roll-up", HEARTBEAT}
    ran.wait(30)
    scheduler.stop(parts, running)
    with sqlite_database.transaction() as tx:
        last, lost = job_store.runs(tx, "roll-up")
        beat = job_store.state(tx, HEARTBEAT)
    assert (last.outcome, lost.outcome) == ("ok", "failed")
    assert beat is not None
    assert beat.last_success_at is None


def test_a_silent_scheduler_makes_the_instance_not_ready(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        job_claims.beat(tx, HEARTBEAT, NOW)

    def ready(seconds: int, jobs_run_here: bool = True) -> bool:
        found = checks(parts_at(sqlite_database, NOW + timedelta(seconds=seconds)), jobs_run_here)
        return all(check.ok for check in found)

    assert [ready(60), ready(181), ready(181, jobs_run_here=False)] == [True, False, True]


@pytest.mark.parametrize(
    ("settings", "cron", "following"),
    [
        ({}, "*/5 * * * *", "2024-06-15T10:05:00+00:00"),
        ({"metering": {"poll_interval_s": 40}}, "toutes les 40 s", "2024-06-15T10:00:40+00:00"),
        ({"metering": {"poll_interval_s": 900}}, "toutes les 900 s", "2024-06-15T10:15:00+00:00"),
        (
            {"metering": {"poll_interval_s": 40}, "jobs": {"poll-meters": "0 * * * *"}},
            "0 * * * *",
            "2024-06-15T11:00:00+00:00",
        ),
    ],
)
def test_meters_are_polled_at_their_interval(
    sqlite_database: Database, settings: dict[str, object], cron: str, following: str
) -> None:
    schedule = jobs.schedules(parts_at(sqlite_database, **settings))["poll-meters"]
    assert (schedule.cron, schedule.next_after(NOW)) == (cron, datetime.fromisoformat(following))
    assert not schedule.due(NOW, datetime.fromisoformat(following) - timedelta(seconds=1))
    assert schedule.due(NOW, datetime.fromisoformat(following))
