"""What Prometheus, load balancers and the doctor see."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import CliRunner
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from dcops.cli import cli
from dcops.config import Settings
from dcops.db import Database
from dcops.jobs import claims as job_claims
from dcops.monitoring import health
from dcops.monitoring.metrics import exposition
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.clock import FixedClock
from inventory.findings import State
from inventory.models import Rack, Room, Site, SourceSnapshot
from inventory.orm import Transaction
from metering.models import MeterReading
from tests.dcops.api.conftest import NOW, Api, build  # noqa: F401
from tests.metering.world import add_meter

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
ODD = 'A"0\\2\né'


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def meter(
    tx: Transaction, rack: Rack, name: str, feed: str, readings: list[tuple[int, int, int]], scope: str = "rack"
) -> None:
    kept = add_meter(tx, name, rack, feed, driver="snmp", scope=scope, max_w=5000, start=NOW)
    for minutes, wh, watts in readings:
        at = NOW + timedelta(minutes=minutes)
        tx.add(MeterReading(meter_id=kept.id, at=at, wh=wh, power_w=watts, source="poll", received_at=at))


def test_every_published_metric_with_its_value(build: Callable[[Database], Api], database: Database) -> None:  # noqa: F811
    world = build(database)
    with database.transaction() as tx:
        rack = Rack(name=ODD, room=Room(name="Salle 2", site=Site(name="Albert")), u_height=20, feeds="A,B")
        tx.add(rack)
        meter(tx, rack, "m-a", "A", [(-10, 1000, 400), (-5, 1050, 600)])
        meter(tx, rack, "m-b", "B", [(-5, 70, 30)])
        meter(tx, rack, "m-silent", "C", [(-180, 10, 500)])
        for minutes, status in ((-60, "complete"), (-5, "failed")):
            tx.add(
                SourceSnapshot(
                    source="netbox", kind="documented", scope="netbox", status=status, object_count=0,
                    taken_at=NOW + timedelta(minutes=minutes), duration_s=1.0, facts=[], faults=[],
                )
            )  # fmt: skip
    run = job_claims.claim(database, "roll-up", "moi", NOW, timedelta(hours=1), lambda last: True)
    assert run is not None
    with database.transaction() as tx:
        job_claims.finish(tx, run, "moi", "ok", "", NOW + timedelta(seconds=7))
    found = samples(exposition(world.parts).decode())

    def value(name: str, **labels: str) -> float:
        return found[(name, tuple(sorted(labels.items())))]

    assert value("dcops_rack_power_watts", rack=ODD, feed="A") == 600
    assert value("dcops_rack_power_watts", rack=ODD, feed="B") == 30
    assert value("dcops_meter_energy_wh_total", meter="m-a") == 1050
    assert ("dcops_rack_power_watts", (("feed", "C"), ("rack", ODD))) not in found
    assert value("dcops_meter_energy_wh_total", meter="m-silent") == 10
    last = (NOW - timedelta(minutes=5)).timestamp()
    assert value("dcops_meter_last_reading_timestamp_seconds", meter="m-a") == last
    assert (value("dcops_rack_units", state="sold"), value("dcops_rack_units", state="free")) == (21, 41)
    assert value("dcops_findings_open", rule="vm.unbilled") == 5
    assert value("dcops_findings_eur_per_year", rule="vm.unbilled") == 1460
    assert value("dcops_billing_unbilled_eur") == 1460
    hour_ago = (NOW - timedelta(hours=1)).timestamp()
    assert value("dcops_source_last_success_timestamp_seconds", source="netbox") == hour_ago
    assert value("dcops_job_last_success_timestamp_seconds", job="roll-up") == NOW.timestamp() + 7
    assert value("dcops_job_duration_seconds", job="roll-up") == 7
    assert value("dcops_hours_remaining_minutes", customer="abbeville") == 255
    assert not any(secret in str(found) for secret in world.secrets.values())


def test_no_finding_is_counted_that_is_settled_or_ignored(
    build: Callable[[Database], Api],  # noqa: F811
    database: Database,
) -> None:
    world = build(database)
    with database.transaction() as tx:
        rows = inventory_store.findings(tx)
        rows[0].state, rows[1].state, rows[2].state = State.AUTO_RESOLVED, State.VERIFIED, State.IGNORED
        left = rows[3:]
        euros = float(sum(row.eur_per_year for row in left))
    found = samples(exposition(world.parts).decode())
    assert found[("dcops_findings_open", (("rule", "vm.unbilled"),))] == len(left) == 2
    assert found[("dcops_findings_eur_per_year", (("rule", "vm.unbilled"),))] == euros
    with database.transaction() as tx:
        for row in inventory_store.findings(tx):
            row.state = State.AUTO_RESOLVED
    assert not [name for name, _ in samples(exposition(world.parts).decode()) if name.startswith("dcops_findings")]


def test_an_empty_installation_has_metrics_too(parts: Parts) -> None:
    found = samples(exposition(parts).decode())
    assert found[("dcops_rack_units", (("state", "free"),))] == 0


def client(parts: Parts) -> FlaskClient:
    app = APIFlask("dcops", spec_path=None, docs_path=None, json_errors=False)
    health.register(app, parts)
    return app.test_client()


def test_metrics_can_ask_for_a_token(sqlite_database: Database) -> None:
    settings = Settings.model_validate({"web": {"metrics_token_env": "SCRAPE"}})
    opened = client(Parts(settings, sqlite_database, FixedClock(NOW), {"SCRAPE": "abc"}))
    assert opened.get("/metrics").status_code == 401
    assert opened.get("/metrics", headers={"Authorization": "Bearer abd"}).status_code == 401
    assert opened.get("/metrics", headers={"Authorization": "Bearer é"}).status_code == 401
    answer = opened.get("/metrics", headers={"Authorization": "Bearer abc"})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")


def test_a_metrics_token_that_is_not_set_lets_nobody_in(sqlite_database: Database) -> None:
    settings = Settings.model_validate({"web": {"metrics_token_env": "SCRAPE"}})
    opened = client(Parts(settings, sqlite_database, FixedClock(NOW), {}))
    assert opened.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_ready_says_what_it_looked_at(parts: Parts) -> None:
    answer = client(parts).get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["database"]) == (200, "à jour")


@pytest.mark.parametrize("url", ["sqlite:///{folder}", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"])
def test_without_database_alive_but_not_ready(url: str, tmp_path: Path) -> None:
    opened = client(Parts(Settings(), Database(url.format(folder=tmp_path)), FixedClock(NOW), {}))
    assert opened.get("/healthz").get_json() == {"status": "ok"}
    answer = opened.get("/readyz")
    assert answer.status_code == 503
    assert "secret" not in answer.get_data(as_text=True)
    assert opened.get("/metrics").status_code == 503


def test_an_unmigrated_database_is_not_ready_and_says_the_remedy(tmp_path: Path) -> None:
    opened = client(Parts(Settings(), Database(f"sqlite:///{tmp_path}/empty.db"), FixedClock(NOW), {}))
    answer = opened.get("/readyz")
    assert answer.status_code == 503
    assert "dcops db upgrade" in answer.get_json()["checks"]["database"]


def test_the_doctor_finds_what_is_missing_and_shows_no_secret(sqlite_database: Database) -> None:
    cluster = {"name": "a", "host": "h", "user": "u", "token_name": "t"}
    settings = Settings.model_validate(
        {
            "proxmox": [{**cluster, "token_env": "PVE_A"}, {**cluster, "name": "b", "token_env": "PVE_B"}],
            "web": {"metrics_token_env": "METRICS"},
        }
    )
    parts = Parts(settings, sqlite_database, FixedClock(datetime(2024, 6, 15, tzinfo=UTC)), {"PVE_A": "tres-secret"})
    done = CliRunner().invoke(cli, ["doctor", "--json"], obj=parts)
    verdicts = {entry["check"]: entry["ok"] for entry in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert (verdicts["secret proxmox a"], verdicts["secret proxmox b"]) == (True, False)
    assert verdicts["secret metrics"] is False
    assert (verdicts["database"], verdicts["tariffs"], verdicts["users"]) == (True, True, False)
    assert "tres-secret" not in done.output
