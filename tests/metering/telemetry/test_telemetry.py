"""Registers whose samples stay in a Prometheus-compatible database: the same energy, to the unit, as if imported."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dcops.config import Settings
from dcops.db import Database
from dcops.jobs.polling import poll
from dcops.wiring import Parts
from inventory.clock import FixedClock
from metering import store
from metering.energy.scopes import energy_of_meter
from metering.exceptions import exception_store
from metering.exceptions.decisions import Answer, decide_span
from metering.intervals import interval_store
from metering.intervals.roll_up import roll_up
from metering.meters.exchange import record_exchange
from metering.period import Period
from metering.readings import Reading
from metering.register import append_readings
from tests import tsdb_server
from tests.metering.world import add_meter, add_rack

METRIC = "pdu_energy_wh_total"
START = datetime(2024, 3, 30, 20, tzinfo=UTC)  # over the change to summer time
HOURS = 40
NOW = START + timedelta(hours=HOURS, minutes=23)
SERVERS = {"prometheus": tsdb_server.prometheus, "victoria-metrics": tsdb_server.victoria_metrics}
MODULUS = 2**53
Samples = list[tuple[float, float]]


def register(seed: int, first_wh: int, seconds: float = 300, jitter: float = 0) -> Samples:
    """Samples of a register that draws a changing power, in time order."""
    told, chance, wh = list[tuple[float, float]](), random.Random(seed), first_wh
    for number in range(int(HOURS * 3600 / seconds) + 4):
        at = START.timestamp() + number * seconds + round(chance.uniform(0, jitter), 3)
        told.append((at, float(wh % MODULUS)))
        wh += chance.randrange(30 if seconds < 60 else 60)
    return told


def reset(samples: Samples, index: int) -> Samples:
    return [*samples[:index], *((at, value - samples[index][1] + 25) for at, value in samples[index:])]


REGISTERS: dict[str, Samples] = {
    "steady": register(1, 1000),
    "jitter": register(2, 500_000, 300, 41.5),
    "reset": reset(register(3, 70_000, 300, 20), 100),
    "gap": [one for n, one in enumerate(register(4, 9000, 300, 9)) if not 90 <= n < 150],
    "gap and reset": [one for n, one in enumerate(reset(register(5, 80_000, 300, 9), 140)) if not 90 <= n < 150],
    "rollover": register(6, MODULUS - 3000),
    "trembling": [(at, value - (n % 7 == 0)) for n, (at, value) in enumerate(register(7, 4000, 300, 5))],
    "spike": [(at, value + (n == 120) * 9_000_000) for n, (at, value) in enumerate(register(8, 4000, 300, 5))],
    "dense": register(9, 100, 15, 0.9),
    "silent": register(10, 100, 300, 9)[:200],
}


def parts_on(database: Database, tmp_path: Path, now: datetime = NOW) -> Parts:
    settings = Settings.model_validate({"metering": {"spool_dir": str(tmp_path / "spool"), "timeout_s": 5}})
    return Parts(settings, database, FixedClock(now), {})


def declare(database: Database, url: str, start: datetime = START - timedelta(days=1)) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        for name in REGISTERS:
            where = f'{url}?energy={METRIC}{{pdu="{name}"}}'
            shared = {"start": start, "modulus_wh": MODULUS}
            add_meter(tx, name, rack, driver="prometheus", address=where, scope="check", **shared)
            add_meter(tx, f"{name} imported", rack, scope="check", **shared)


def imported(database: Database, now: datetime = NOW) -> None:
    """All the samples that a database holds, as readings of a file."""
    with database.transaction() as tx:
        for name, samples in REGISTERS.items():
            readings = [Reading(datetime.fromtimestamp(at, UTC), int(value)) for at, value in samples]
            append_readings(tx, store.meter(tx, f"{name} imported"), readings, now)
        roll_up(tx, now)


def told(database: Database, name: str) -> list[object]:
    """Intervals, exceptions and energy documents of a meter, without its name."""
    with database.transaction() as tx:
        meter = store.meter(tx, name)
        found: list[object] = [list(interval_store.intervals(tx, meter.id, Period(START - timedelta(days=1), NOW)))]
        found += [
            (fault.at, fault.kind, fault.wh, fault.message)
            for fault in exception_store.reading_faults(tx)
            if fault.meter_id == meter.id
        ]
        for first, last in ((0, HOURS), (3, 4), (2, 26), (7, 12)):
            period = Period(START + timedelta(hours=first), START + timedelta(hours=last))
            document = energy_of_meter(tx, name, period).document("hour")
            found.append({**document, "evidence": [one.rpartition("@")[2] for one in document["evidence"]]})
        return found


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[tsdb_server.Server]:
    starting: Callable[[str, tsdb_server.Told], AbstractContextManager[tsdb_server.Server]] = SERVERS[request.param]
    with starting(METRIC, dict(REGISTERS)) as running:
        yield running


def test_both_paths_give_the_same_energy_to_the_unit(
    server: tsdb_server.Server, database: Database, tmp_path: Path
) -> None:
    declare(database, server.url)
    imported(database)
    parts = parts_on(database, tmp_path)
    run = poll(parts)
    assert (run.devices_ok, run.devices_failed, [one.message for one in run.failures]) == (len(REGISTERS), 0, [])
    with database.transaction() as tx:
        roll_up(tx, NOW)
    for name in REGISTERS:
        assert told(database, name) == told(database, f"{name} imported"), name
    assert poll(parts, everybody=True).readings == 0
    with database.transaction() as tx:
        counts = {name: len(store.readings_between(tx, store.meter(tx, name).id, START)) for name in REGISTERS}
        assert roll_up(tx, NOW).intervals == 0
    assert counts["steady"] == HOURS + 1  # one at each hour, none between
    assert counts["dense"] <= 2 * HOURS + 2 < len(REGISTERS["dense"]) // 100
    assert sum(counts.values()) < sum(map(len, REGISTERS.values())) / 4


def test_what_people_tell_later_is_looked_up_in_the_raw_samples(
    server: tsdb_server.Server, sqlite_database: Database, tmp_path: Path
) -> None:
    declare(sqlite_database, server.url)
    imported(sqlite_database)
    poll(parts_on(sqlite_database, tmp_path))
    at = datetime.fromtimestamp(REGISTERS["reset"][100][0], UTC).replace(microsecond=0) - timedelta(seconds=100)
    later = NOW + timedelta(days=20)
    closing = int(REGISTERS["reset"][99][1]) + 10
    with sqlite_database.transaction() as tx:
        roll_up(tx, NOW)
        for name in ("reset", "reset imported"):
            told_of = {"closing_wh": closing, "opening_wh": 0, "author": "Ada", "reason": "remplacé", "now": later}
            record_exchange(tx, name, at, **told_of)
        span = START + timedelta(hours=5, minutes=17), START + timedelta(hours=6, minutes=41)
        for name in ("jitter", "jitter imported"):
            decide_span(tx, name, *span, Answer("edit", "Ada", "mesuré à la pince", 400), later)
        roll_up(tx, later)
    poll(parts_on(sqlite_database, tmp_path, later))
    with sqlite_database.transaction() as tx:
        roll_up(tx, later)
    for name in ("reset", "jitter"):
        assert told(sqlite_database, name) == told(sqlite_database, f"{name} imported"), name


def test_samples_that_come_late_give_new_versions(sqlite_database: Database, tmp_path: Path) -> None:
    early = {name: samples[:60] + samples[120:] for name, samples in REGISTERS.items()}
    with tsdb_server.victoria_metrics(METRIC, early) as running:
        declare(sqlite_database, running.url)
        parts = parts_on(sqlite_database, tmp_path)
        poll(parts)
        with sqlite_database.transaction() as tx:
            roll_up(tx, NOW)
        tsdb_server.tell_victoria_metrics(running.url, METRIC, {n: some[60:120] for n, some in REGISTERS.items()})
        assert poll(parts, everybody=True).readings > 0
    imported(sqlite_database)
    for name in ("steady", "jitter", "dense", "gap"):
        with sqlite_database.transaction() as tx:
            roll_up(tx, NOW)
        assert told(sqlite_database, name)[0] == told(sqlite_database, f"{name} imported")[0], name


def test_a_database_that_is_down_or_empty_is_told_and_concludes_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    declare(sqlite_database, "http://127.0.0.1:9")
    run = poll(parts_on(sqlite_database, tmp_path))
    assert (run.devices_ok, run.devices_failed, run.readings) == (0, len(REGISTERS), 0)
    assert all("http://127.0.0.1:9 ne répond pas" in one.message for one in run.failures)


def test_a_register_that_several_series_answer_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    with tsdb_server.victoria_metrics(METRIC, {"a": register(1, 1), "b": register(2, 5)}) as running:
        with sqlite_database.transaction() as tx:
            rack = add_rack(tx)
            address = f"{running.url}?energy={METRIC}"
            add_meter(tx, "both", rack, driver="prometheus", address=address, start=START)
            add_meter(tx, "none", rack, "B", driver="prometheus", address=f"{address}_x", start=START)
        run = poll(parts_on(sqlite_database, tmp_path))
    words = [one.message for one in run.failures]
    assert (run.readings, len(words)) == (0, 2)
    assert any("2 séries" in one for one in words)
    assert any("aucune mesure" in one for one in words)
