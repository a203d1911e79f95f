"""The demo world whole: loaded by production code, compared and polled over real sockets."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dcops import wiring
from dcops.auth.users import authenticate
from dcops.config import load
from dcops.db import Database
from dcops.demo import launch, simulators, store
from dcops.demo.fill import LOGINS
from dcops.demo.folder import Folder, Ports, preferred_ports
from dcops.demo.load import register_wh
from dcops.demo.real import differences, running
from dcops.demo.world import pdus, rows
from dcops.jobs.table import run_job
from dcops.support import hours
from inventory import store as inventory_store
from inventory.clock import FixedClock, civil_date
from inventory.errors import Conflict
from metering import poll
from metering import store as metering_store

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=2)
ANY_PORTS = Ports({"amiens-a": 0, "amiens-b": 0}, 0, [0] * len(pdus()))
CLOCK = FixedClock(NOW + timedelta(minutes=25))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def demo(folder: Folder) -> Iterator[wiring.Parts]:
    """The parts of a demo with two days of readings, its simulators running."""
    with simulators.running(folder, ANY_PORTS, CLOCK) as ports:
        folder.write_settings(ports, "127.0.0.1:8000")
        parts = wiring.build(load(folder.settings, {}), {}, CLOCK)
        launch.fill_database(parts.database, folder, ports, NOW, SINCE)
        yield parts
        parts.database.dispose()


@pytest.fixture(scope="module")
def findings(demo: wiring.Parts) -> list[tuple[str, str, str]]:
    """(rule, thing, field) after one reconciliation."""
    run = run_job(demo, "reconcile")
    assert run is not None
    assert (run.outcome, "en échec" in run.message) == ("ok", False)
    assert re.search(
        r"\d+ écarts à traiter, [\d\xa0]+,\d\d\xa0€ par an\. .*NetBox : complète, contrats : complète", run.message
    )
    with demo.database.transaction() as tx:
        return [(finding.rule, finding.thing, finding.field) for finding in inventory_store.findings(tx)]


def test_the_simulated_sources_hold_sixty_machines_on_two_clusters() -> None:
    assert len(running()) >= 60
    assert {vm.cluster for vm in running()} == {"amiens-a", "amiens-b"}


def test_every_rule_has_something_to_find(findings: list[tuple[str, str, str]]) -> None:
    found = Counter(rule for rule, _, _ in findings)
    expected = {
        "vm.unbilled": len(differences()["unbilled"]) + len(differences()["ended"]),
        "vm.ghost": len(differences()["ghost"]),
        "rack.oversold": len(differences()["reservation"]) + len(differences()["height"]),
        "vm.tenant-differs": len(differences()["tenant"]),
    }
    assert {rule: found[rule] for rule in expected} == expected
    assert {field for rule, _, field in findings if rule == "vm.oversized"} == {"vcpu", "ram", "disk"}
    assert found["vm.undersized"] >= 1
    assert found["vm.undocumented"] >= len(differences()["undocumented"])


def test_nothing_is_found_but_what_was_meant(findings: list[tuple[str, str, str]]) -> None:
    vmids = {row["name"]: f"vm:{row['cluster']}/{row['vmid']}" for row in rows("machines.csv")}
    meant = {f"vm:{row['cluster']}/{row['vmid']}" for row in differences()["unbilled"]}
    meant |= {f"rack:{row['rack']}" for kind in ("reservation", "height") for row in differences()[kind]}
    for kind in ("ghost", "ended", "resized", "undocumented", "tenant"):
        meant |= {vmids[row["name"]] for row in differences()[kind]}
    assert {thing for _, thing, _ in findings} == meant


def test_findings_call_customers_as_people_do(demo: wiring.Parts, findings: list[tuple[str, str, str]]) -> None:
    with demo.database.transaction() as tx:
        found = inventory_store.findings(tx)
        titles = {row.title for row in found if row.rule in ("rack.oversold", "vm.tenant-differs")}
        codes = [row.code for row in inventory_store.customers(tx) if row.code != row.name]
    assert "Baie A05 U11½-U21 vendu à Péronne est réservé à Montdidier (U14-U18)" in titles
    assert not [title for title in titles for code in codes if re.search(rf"(à|pour) {code}\b", title)]


def test_polling_reads_every_pdu_and_continues_its_history(demo: wiring.Parts) -> None:
    with demo.database.transaction() as tx:
        targets = poll.targets(tx, NOW)
    answers = asyncio.run(poll.collect(targets, demo.drivers(), 16, 2, CLOCK))
    with demo.database.transaction() as tx:
        run = poll.record(tx, answers, CLOCK.now(), CLOCK.now())
        assert (run.devices_ok, run.devices_failed, run.readings) == (32, 0, 32)
        last = {found.meter: found.reading for found in metering_store.last_readings(tx)}
    now = CLOCK.now()
    assert {name: (reading.at, reading.wh) for name, reading in last.items()} == {
        pdu.name: (now, register_wh(pdu, now)) for pdu in pdus()
    }


def test_readings_are_rolled_up_to_the_last_hour(demo: wiring.Parts) -> None:
    with demo.database.transaction() as tx:
        for pdu in pdus():
            meter = metering_store.meter(tx, pdu.name)
            told = metering_store.readings_between(tx, meter.id, SINCE, NOW)
            end = metering_store.last_interval_end(tx, meter.id)
            assert (len(told), end) == (49, NOW)


def test_the_demo_accounts_log_in(demo: wiring.Parts) -> None:
    with demo.database.transaction() as tx:
        actors = [authenticate(tx, person.login, person.password) for person in LOGINS]
    assert [actor and (actor.role, actor.customer) for actor in actors] == [
        ("technician", None),
        ("accountant", None),
        ("commune", "abbeville"),
    ]


def test_abbeville_has_minutes_left(demo: wiring.Parts) -> None:
    with demo.database.transaction() as tx:
        balance = hours.balance(tx, "abbeville", civil_date(NOW))
    assert 0 < balance.remaining_minutes < balance.bought_minutes


def test_secrets_are_kept_from_others(folder: Folder, demo: wiring.Parts) -> None:
    assert folder.api_token.read_text(encoding="utf-8").startswith("dcops_")
    secrets = [folder.api_token, folder.secret_file("proxmox"), folder.secret_file("netbox")]
    assert {oct(path.stat().st_mode & 0o777) for path in secrets} == {"0o600"}


def test_meters_follow_their_simulators_to_other_ports(demo: wiring.Parts, folder: Folder) -> None:
    ports = Ports({}, 1, [20000 + index for index in range(len(pdus()))])
    with demo.database.transaction() as tx:
        before = [metering_store.meter(tx, pdu.name).address for pdu in pdus()]
    launch.move_meters(demo.database, ports)
    with demo.database.transaction() as tx:
        meters = [metering_store.meter(tx, pdu.name) for pdu in pdus()]
        assert [meter.address for meter in meters] == [f"127.0.0.1:{port}" for port in ports.snmp]
        for meter, address in zip(meters, before, strict=True):
            meter.address = address


def test_a_database_that_holds_something_else_is_left_alone(sqlite_database: Database) -> None:
    from inventory.models import Customer

    with sqlite_database.transaction() as tx:
        tx.add(Customer(code="real", name="Une vraie collectivité", kind="commune"))
    for act in (launch.ready, launch.wipe):
        with pytest.raises(Conflict, match="autre chose que la démonstration"):
            act(sqlite_database)


def test_a_reset_wipes_what_the_demo_made_on_both_databases(database: Database, tmp_path: Path) -> None:
    launch.wipe(database)  # nothing of the demo there: nothing to do
    launch.fill_database(database, Folder(tmp_path), preferred_ports(), NOW, NOW)
    assert launch.ready(database)
    launch.wipe(database)
    assert database.revision() is None
    launch.fill_database(database, Folder(tmp_path), preferred_ports(), NOW, NOW)
    with database.transaction() as tx:
        assert store.is_demo(tx)
