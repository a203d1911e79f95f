"""The demo world whole: loaded by production code, compared and polled over real sockets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from dcops import wiring
from dcops.auth.users import authenticate
from dcops.config import load
from dcops.db import Database
from dcops.demo import launch, past, simulators, site, store
from dcops.demo.backups import SERVER
from dcops.demo.fill import LOGINS
from dcops.demo.folder import Folder, Ports, free_ports, preferred_ports
from dcops.demo.load import register_wh
from dcops.demo.real import NODES, differences, running
from dcops.demo.world import UNMETERED, pdus, rows
from dcops.jobs import polling
from dcops.jobs.table import run_job
from dcops.support import hours
from dcops.web.truths import FIELDS, HIDDEN
from inventory import store as inventory_store
from inventory.clock import FixedClock, civil_date
from inventory.errors import Conflict
from inventory.findings import ACTIVE, SETTLED, State
from inventory.french import euros
from inventory.models import Finding
from inventory.rules import RULES
from metering import store as metering_store
from metering.collection import watch_store
from metering.intervals import interval_store

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=2)
CLOCK = FixedClock(NOW + timedelta(minutes=25))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def demo(folder: Folder) -> Iterator[wiring.Parts]:
    """The parts of a demo with two days of readings, its simulators running."""
    with simulators.running(folder, free_ports(), CLOCK) as ports:
        folder.write_settings(ports, "127.0.0.1:8000")
        parts = wiring.build(load(folder.settings, {}), {}, CLOCK)
        launch.fill_database(parts.database, folder, ports, NOW, SINCE)
        yield parts
        parts.database.dispose()


@pytest.fixture(scope="module")
def reconciled(demo: wiring.Parts) -> str:
    """The runs of the past, then the one of today; what it says."""
    past.earlier_runs(demo.database, NOW)
    run = run_job(demo, "reconcile")
    assert run is not None
    assert run.outcome == "ok"
    return run.message


@pytest.fixture(scope="module")
def findings(demo: wiring.Parts, reconciled: str) -> list[Finding]:
    """What is found and is not over."""
    with demo.database.transaction() as tx:
        return [finding for finding in inventory_store.findings(tx) if finding.state not in SETTLED]


def test_a_run_says_what_is_left_and_how_each_source_answered(findings: list[Finding], reconciled: str) -> None:
    active = [finding.eur_per_year for finding in findings if finding.state in ACTIVE]
    assert f"{len(active)} écarts à traiter, {euros(sum(active, Decimal(0)))} par an." in reconciled
    told = "secours : en échec, pbs-amiens : complète, NetBox : complète, antivirus : complète"
    assert f"{told}, compteurs : complète, contrats : complète" in reconciled


def test_the_simulated_sources_hold_sixty_machines_on_three_clusters() -> None:
    assert len(running()) >= 60
    assert {vm.cluster for vm in running()} == NODES.keys()


def meant() -> set[tuple[str, str]]:
    """(rule, thing) of what the differences of the demo are to be found as."""
    told = differences()
    ordered = {row["name"]: row for row in rows("machines.csv")}
    place = {name: f"vm:{row['cluster']}/{row['vmid']}" for name, row in ordered.items()}
    unbilled = [row for row in told["unbilled"] if row.get("until", 0) <= past.DAYS_AGO[-1]]  # or gone for good
    place |= {row["name"]: f"vm:{row['cluster']}/{row['vmid']}" for row in unbilled}
    by_name = {
        "ended": "vm.after-end", "ghost": "vm.ghost", "undocumented": "vm.undocumented",
        "misdocumented": "vm.misdocumented", "tenant": "vm.tenant-differs", "remade": "vm.reused-id",
    }  # fmt: skip
    by_rack = {
        "reservation": "rack.overlap", "height": "rack.oversold", "squatter": "rack.squatter",
        "misplaced": "rack.position-differs", "empty": "rack.sold-empty", "unknown_rack": "rack.undocumented",
        "overload": "power.over-capacity",
    }  # fmt: skip
    found = {(rule, place[row["name"]]) for kind, rule in by_name.items() for row in told[kind]}
    found |= {(rule, f"rack:{row['rack']}") for kind, rule in by_rack.items() for row in told[kind]}
    found |= {("rack.misdocumented", f"rack:{row['rack']}") for row in told["height"]}
    found |= {("vm.unbilled", place[row["name"]]) for row in unbilled}
    found |= {("vm.undocumented", place[row["name"]]) for row in unbilled if not row["documented"]}
    found |= {("vm.ambiguous", f"vm:{row['cluster']}/{row['name']}") for row in told["twin"]}
    found |= {("source.stale", f"source:{row['cluster']}") for row in told["locked"]}
    found |= {("tenant.undocumented", f"tenant:{row['customer']}") for row in told["tenantless"]}
    found |= {("nas.undocumented", f"nas:{row['serial']}") for row in told["unknown_box"]}
    found |= {("backup.over-plan", f"nas:{row['serial']}") for row in told["datastore"] if row["over_plan"]}
    found |= {("backup.unbilled", f"backup:{SERVER}/{row['name']}") for row in told["unbilled_datastore"]}
    found |= {("backup.missing", place[row["name"]]) for row in told["not_backed_up"]}
    found |= {("av.over-seats", f"av-group:{row['group']}") for row in told["protected_group"]}
    seats = {(row["customer"], row["kind"]): int(row["quantity"]) for row in rows("antivirus.csv")}
    for row in told["protected"]:
        over = row["quantity"] > seats.get((row["customer"], row["kind"]), 0)
        found.add(("av.over-seats" if over else "av.unused-seats", f"av:{row['customer']}"))
    for row in told["resized"]:
        more = {value > int(ordered[row["name"]][size]) for size, value in row.items() if size != "name"}
        found |= {("vm.oversized" if larger else "vm.undersized", place[row["name"]]) for larger in more}
    return found | {("power.unmetered-share", f"rack:{UNMETERED.split('-')[1].upper()}")}


def test_every_rule_has_something_to_find_and_nothing_else_is_found(findings: list[Finding]) -> None:
    assert {(finding.rule, finding.thing) for finding in findings} == meant()
    assert {finding.rule for finding in findings} == RULES.keys()


def test_what_people_decided_before_today_is_kept(demo: wiring.Parts, findings: list[Finding]) -> None:
    ids = {(finding.rule, finding.thing): finding.id for finding in findings}
    for row in differences()["decision"]:
        with demo.database.transaction() as tx:
            first, decision = inventory_store.finding(tx, ids[row["rule"], row["thing"]]).moves
        assert (first.why, decision.why) == ("premier constat", row["why"])
        assert decision.at == NOW - timedelta(days=row["days"])


def test_what_appeared_lately_was_first_seen_by_the_next_run(findings: list[Finding]) -> None:
    runs = [*(NOW - timedelta(days=ago) for ago in past.DAYS_AGO), CLOCK.now()]
    first_seen = {finding.thing: finding.first_seen for finding in findings if finding.rule == "vm.unbilled"}
    for row in differences()["unbilled"]:
        began = NOW - timedelta(days=row.get("days", 365))
        if (thing := f"vm:{row['cluster']}/{row['vmid']}") in first_seen:
            assert first_seen[thing] == next(at for at in runs if at > began), row["name"]


def test_what_is_gone_is_resolved_once_two_runs_missed_it(demo: wiring.Parts, findings: list[Finding]) -> None:
    gone = {row["name"]: row["vmid"] for row in differences()["unbilled"] if "until" in row}
    with demo.database.transaction() as tx:
        rows = inventory_store.findings(tx, rule="vm.unbilled")
    found = {row.thing: (row.state, row.frozen) for row in rows}
    assert found[f"vm:amiens-b/{gone['roye-essai-ged']}"] == (State.AUTO_RESOLVED, False)
    assert found[f"vm:amiens-b/{gone['albert-reprise-donnees']}"] == (State.OPEN, True)


def test_a_cluster_that_refuses_the_token_loses_no_machine(findings: list[Finding]) -> None:
    assert [finding.thing for finding in findings if finding.scope == "secours"] == ["source:secours"]


def test_a_second_run_changes_nothing(demo: wiring.Parts, findings: list[Finding]) -> None:
    def told() -> list[tuple[str, str, str, Decimal, datetime, int]]:
        with demo.database.transaction() as tx:
            return [
                (row.rule, row.thing, row.state, row.eur_per_year, row.first_seen, len(row.moves))
                for row in inventory_store.findings(tx)
            ]

    before = told()
    run = run_job(demo, "reconcile")
    assert run is not None
    assert "0 écart nouveau, 0 résolu, 2 en attente" in run.message  # what the clock does not yet let be believed
    assert told() == before


def test_each_resource_is_found_larger_than_sold(findings: list[Finding]) -> None:
    assert {finding.field for finding in findings if finding.rule == "vm.oversized"} == {"vcpu", "ram", "disk"}


def test_space_is_worth_what_the_grid_says(findings: list[Finding]) -> None:
    """600 € a U and 3,000 € a quarter of a rack in a year, members and others alike: the grid of 2024."""
    worth: dict[str, Decimal] = defaultdict(Decimal)
    for finding in findings:
        if finding.rule.startswith(("rack.", "power.")):
            worth[finding.rule] += finding.eur_per_year
    assert dict(worth) == {
        "rack.overlap": 5 * 600 + 2 * 600,
        "rack.oversold": 2 * 600,
        "rack.squatter": 2 * 600 + 600,
        "rack.position-differs": 2 * 600,
        "rack.sold-empty": 3000,
        "rack.undocumented": 0,
        "rack.misdocumented": 0,
        "power.unmetered-share": 0,
        "power.over-capacity": 0,
    }


def test_findings_call_customers_as_people_do(demo: wiring.Parts, findings: list[Finding]) -> None:
    titles = {finding.title for finding in findings}
    with demo.database.transaction() as tx:
        codes = [row.code for row in inventory_store.customers(tx) if row.code != row.name]
    assert "Baie A05 U11½-U21 vendu à Péronne est réservé à Montdidier (U14-U18)" in titles
    assert not [title for title in titles for code in codes if re.search(rf"(à|pour) {code}\b", title)]


def test_whatever_a_truth_says_has_a_name_on_the_page(findings: list[Finding]) -> None:
    said: set[str] = set()
    for finding in findings:
        for told in (finding.sold, finding.documented, finding.real):
            said.update(
                key for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict) for key in one
            )
    assert said - FIELDS.keys() - HIDDEN == set()


def test_polling_reads_every_meter_and_continues_its_history(demo: wiring.Parts) -> None:
    run = polling.poll(demo)
    assert (run.devices_ok, run.devices_failed, run.readings) == (len(pdus()) + 1, 0, len(pdus()) + 1)
    with demo.database.transaction() as tx:
        last = {found.meter: found.reading for found in watch_store.last_readings(tx)}
    now = CLOCK.now()
    told = {pdu.name: register_wh(pdu, now) for pdu in pdus()} | {site.NAME: site.register_wh(now)}
    assert {name: (reading.at, reading.wh) for name, reading in last.items()} == {
        name: (now, wh) for name, wh in told.items()
    }


def test_readings_are_rolled_up_to_the_last_hour(demo: wiring.Parts) -> None:
    with demo.database.transaction() as tx:
        for pdu in pdus():
            meter = metering_store.meter(tx, pdu.name)
            told = metering_store.readings_between(tx, meter.id, SINCE, NOW)
            end = interval_store.last_interval_end(tx, meter.id)
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
    ports = Ports({}, 1, [20000 + index for index in range(len(pdus()))], modbus=30000)
    names = [*(pdu.name for pdu in pdus()), site.NAME]
    with demo.database.transaction() as tx:
        before = [metering_store.meter(tx, name).address for name in names]
    launch.move_meters(demo.database, ports)
    with demo.database.transaction() as tx:
        meters = [metering_store.meter(tx, name) for name in names]
        assert [meter.address for meter in meters] == [f"127.0.0.1:{port}" for port in [*ports.snmp, ports.modbus]]
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
