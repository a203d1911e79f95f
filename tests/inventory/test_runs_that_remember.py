"""Runs over real databases: a quiet one writes nothing, what is withheld waits, what moved keeps its history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, text

from dcops.contracts.source import ContractsSource
from dcops.db import Database
from inventory import store
from inventory.asking import record
from inventory.clock import FixedClock
from inventory.compare import Resources
from inventory.decisions import acknowledge, move
from inventory.errors import Conflict, Invalid, NotFound
from inventory.evidence_store import guest_link
from inventory.facts import GIB, GUESTS, Guest, Scope, ScopeStatus, Snapshot
from inventory.findings import State, last_seen
from inventory.imports import import_customers, import_machines
from inventory.links import Patience
from inventory.reconcile import Policy, reconcile
from inventory.removals import approve
from inventory.report import Report
from inventory.reuse import choose, settle_reuse

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
DAY = timedelta(days=1)
HASTY = Policy(Patience(runs=1, hours=0, percent=10), stale_after=timedelta(days=3))
TABLES = "findings", "finding_moves", "guest_links", "source_snapshots", "reconciliations", "machines"


def flat(customer: str | None, resources: Resources, on: date) -> Decimal:
    return Decimal(100 * resources.guests + 10 * resources.vcpus)


def vm(vmid: int, print_: int | None = None, **changed: Any) -> Guest:
    mark = print_ or vmid
    guest = Guest(
        f"vm-{mark}", "pve-a", vmid, kind="qemu", node="n1", status="running", vcpus=Decimal(2), memory_bytes=4 * GIB,
        disk_bytes=50 * GIB, uuid=f"uuid-{mark}", macs=(f"AA:{mark}",), reference=f"qemu/{vmid}",
    )  # fmt: skip
    return replace(guest, **changed)


@pytest.fixture
def sold(database: Database) -> ContractsSource:
    """Twenty machines sold to abbeville, 101 to 120."""
    with database.transaction() as tx:
        import_customers(tx, "c", "code,name,kind\nabbeville,Abbeville,commune\namiens,Amiens,commune\n")
        header = "name,customer,cluster,vmid,vcpu,ram_gb,disk_gb,from,to\n"
        rows = "".join(f"vm-{n},abbeville,pve-a,{n},2,4,50,2024-01-01,\n" for n in range(101, 121))
        import_machines(tx, "m", header + rows)
    return ContractsSource(database, FixedClock(NOW))


Run = Callable[..., Report]


@pytest.fixture
def run(database: Database, sold: ContractsSource) -> Run:
    """A run of the contracts and of one cluster, ``days`` after the beginning."""

    def once(
        guests: list[Guest], days: int = 0, status: ScopeStatus = ScopeStatus.COMPLETE, policy: Policy = HASTY
    ) -> Report:
        at = NOW + days * DAY
        scope = Scope("pve-a", status, tuple(guests), () if guests else ("en panne",), GUESTS)
        snapshots = [replace(sold.facts(), taken_at=at), Snapshot("pve-a", "real", at, 0.1, (scope,))]
        with database.transaction() as tx:
            record(tx, snapshots)
            return reconcile(tx, snapshots, flat, at, policy)

    return once


ALL = [vm(n) for n in range(101, 121)]


def rows(database: Database) -> dict[str, list[Any]]:
    """Every row that a run may write, but for the instants that say that a source was asked and a run was made."""
    when = {"taken_at", "since", "duration_s", "last_at"}
    with database.transaction() as tx:
        return {
            table: sorted(
                str([value for name, value in row._mapping.items() if name not in when])
                for row in tx.execute(text(f"SELECT * FROM {table}"))
            )
            for table in TABLES
        }


def test_a_second_run_with_nothing_changed_writes_no_row(database: Database, run: Run) -> None:
    guests = [*ALL[:-1], vm(901), vm(101, vcpus=Decimal(4))][1:]
    run(guests)
    before = rows(database)
    written: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(" ")[0] in ("INSERT", "DELETE") or statement.startswith(
            ("UPDATE findings", "UPDATE guest_links")
        ):
            written.append(statement)

    report = run(guests, days=1)
    assert (report.opened, report.kept, report.resolved) == (0, 3, 0)
    assert rows(database) == before
    assert [one for one in written if "WHERE 0 = 1" not in one and "WHERE false" not in one] == []
    with database.transaction() as tx:
        last = store.last_run(tx)
        assert last is not None
        assert (last.at, last.last_at) == (NOW, NOW + DAY)
        found = store.findings(tx)[0]
        assert last_seen(State(found.state), found.frozen, found.last_seen, last.last_at) == NOW + DAY


def test_what_leaves_or_freezes_was_last_seen_by_the_run_before(database: Database, run: Run) -> None:
    run([*ALL, vm(901)])
    run([*ALL, vm(901)], days=1)
    run([], days=2, status=ScopeStatus.FAILED)
    with database.transaction() as tx:
        (found,) = store.findings(tx, rule="vm.unbilled")
        assert (found.frozen, found.last_seen) == (True, NOW + DAY)
    run([*ALL, vm(901, status="stopped")], days=3)
    with database.transaction() as tx:
        (found,) = store.findings(tx, rule="vm.unbilled")
        assert (found.state, found.last_seen) == ("AUTO_RESOLVED", NOW + DAY)


def test_each_run_that_changes_something_is_kept_for_the_trend(database: Database, run: Run) -> None:
    run(ALL)
    run(ALL, days=1)
    run([*ALL, vm(901)], days=2)
    run(ALL, days=3, policy=replace(HASTY, patience=Patience(1, 0, 100)))
    with database.transaction() as tx:
        told = tx.execute(text("SELECT opened, resolved, active, eur_per_year FROM reconciliations ORDER BY id")).all()
        assert [tuple(row) for row in told] == [(0, 0, 0, 0), (1, 0, 1, 12000), (0, 1, 0, 0)]


def test_removals_beyond_the_ceiling_wait_for_a_person(database: Database, run: Run) -> None:
    run(ALL)
    report = run(ALL[3:], days=1)
    assert (report.opened, report.withheld) == (0, {"pve-a": 3})
    assert "3 disparitions retenues" in report.human()
    assert "dcops findings approve pve-a" in report.human()
    with database.transaction() as tx:
        with pytest.raises(NotFound, match="rien n'y manque"):
            approve(tx, "pve-b", "marie")
        with pytest.raises(Invalid, match="auteur"):
            approve(tx, "pve-a", " ")
        assert sorted(link.vmid for link in approve(tx, "pve-a", "marie")) == [101, 102, 103]
    report = run(ALL[3:], days=2)
    assert (report.opened, report.withheld) == (3, {})
    with database.transaction() as tx:
        assert [finding.rule for finding in store.findings(tx)] == ["vm.ghost"] * 3
        link = guest_link(tx, "pve-a", 101)
        assert link is not None
        assert (link.gone, link.approved_by) == (True, "marie")
    assert run(ALL, days=3).resolved == 3


def test_a_finding_follows_its_machine_to_another_place(database: Database, run: Run) -> None:
    run([*ALL[1:], vm(101, vcpus=Decimal(4))])
    with database.transaction() as tx:
        (found,) = store.findings(tx)
        acknowledge(tx, found.id, "marie", "à facturer", NOW)
        id = found.id
    report = run([*ALL[1:], vm(301, print_=101, vcpus=Decimal(4))], days=1)
    assert (report.opened, report.resolved, report.moved) == (0, 0, 1)
    with database.transaction() as tx:
        (found,) = store.findings(tx)
        assert (found.id, found.thing, found.state) == (id, "vm:pve-a/301", "ACKNOWLEDGED")
        assert guest_link(tx, "pve-a", 101) is None


def test_decisions_follow_machines_that_change_places_whatever_was_told_there(database: Database, run: Run) -> None:
    large = {"vcpus": Decimal(4)}
    run(ALL)
    run([vm(101, **large), vm(102, **large), *ALL[2:], vm(301), vm(302)], days=1)
    with database.transaction() as tx:
        ids = {row.title.split()[0]: row.id for row in store.findings(tx)}
        for row in store.findings(tx):
            acknowledge(tx, row.id, "marie", row.title, NOW + DAY)
    run([vm(101, **large), vm(102, **large), *ALL[2:], vm(302)], days=2)
    run([vm(102, 101, **large), vm(101, 102, **large), *ALL[2:], vm(301, 302)], days=3)
    with database.transaction() as tx:
        told = {row.thing: (row.id, row.state) for row in store.findings(tx)}
    assert told == {
        "vm:pve-a/102": (ids["vm-101"], "ACKNOWLEDGED"),
        "vm:pve-a/101": (ids["vm-102"], "ACKNOWLEDGED"),
        f"vm:pve-a/301#{ids['vm-301']}": (ids["vm-301"], "AUTO_RESOLVED"),
        "vm:pve-a/301": (ids["vm-302"], "ACKNOWLEDGED"),
    }


def test_a_known_machine_at_a_place_that_was_another_s_follows_once_a_person_said_so(
    database: Database, run: Run
) -> None:
    large = {"vcpus": Decimal(4)}
    run([*ALL[:2], vm(103, **large), *ALL[3:]])
    taken = [vm(102, print_=103, **large), vm(103, print_=104), *ALL[4:], ALL[0]]  # 102 is gone, 103 and 104 moved
    run(taken, days=1)
    with database.transaction() as tx:
        ids = {row.thing: row.id for row in store.findings(tx, rule="vm.reused-id")}
        settle_reuse(tx, ids["vm:pve-a/102"], False, "marie", "restaurée là", NOW)
    run(taken, days=2)
    with database.transaction() as tx:
        with pytest.raises(Conflict, match="n'est plus là"):  # 103 left its place
            settle_reuse(tx, ids["vm:pve-a/103"], False, "marie", "restaurée là", NOW)
        told = {f"{row.rule} {row.thing}" for row in store.findings(tx) if row.state == "OPEN"}
    assert told == {"vm.oversized vm:pve-a/102", "vm.ghost vm:pve-a/vm-102"}


@pytest.mark.parametrize("same", [True, False])
def test_a_person_says_whose_place_it_is(database: Database, run: Run, same: bool) -> None:
    run(ALL)
    intruder = vm(101, print_=999)
    run([*ALL[1:], intruder], days=1)
    with database.transaction() as tx:
        (found,) = store.findings(tx)
        assert (found.rule, found.eur_per_year) == ("vm.reused-id", Decimal("120.00"))
        with pytest.raises(Invalid, match="se motive"):
            settle_reuse(tx, found.id, same, "marie", "  ", NOW)
        settle_reuse(tx, found.id, same, "marie", "réinstallée", NOW)
    run([*ALL[1:], intruder], days=2)
    with database.transaction() as tx:
        told = {f"{row.rule} {row.thing}": row.state for row in store.findings(tx)}
    settled = {"vm.reused-id vm:pve-a/101": "AUTO_RESOLVED"}
    fresh = {"vm.unbilled vm:pve-a/101": "OPEN", "vm.ghost vm:pve-a/vm-101": "OPEN"}
    assert told == (settled if same else settled | fresh)


@pytest.mark.parametrize(("there", "after"), [(True, "FAILED"), (False, "VERIFIED")])
def test_an_answer_older_than_a_correction_says_nothing_of_it(
    database: Database, run: Run, there: bool, after: str
) -> None:
    run([*ALL, vm(901)])
    with database.transaction() as tx:
        (found,) = store.findings(tx)
        move(found, State.PLANNED, "marie", "plan", NOW)
        move(found, State.APPLIED, "marie", "fait pendant que les sources répondaient", NOW + DAY + timedelta(hours=1))
    states = []
    for days in (1, 2):
        run([*ALL, vm(901)] if there else ALL, days=days)
        with database.transaction() as tx:
            (found,) = store.findings(tx)
            states.append((found.state, found.frozen))
    assert states == [("APPLIED", False), (after, False)]


def test_a_decision_is_for_its_own_rule(database: Database, run: Run) -> None:
    run([*ALL, vm(901)])
    with database.transaction() as tx:
        (found,) = store.findings(tx)
        with pytest.raises(Conflict, match="pas pour lui"):
            settle_reuse(tx, found.id, True, "marie", "oui", NOW)
        with pytest.raises(Conflict, match="pas pour lui"):
            choose(tx, found.id, ("pve-a", 901), "marie", "oui", NOW)


def test_a_person_chooses_among_homonyms(database: Database, run: Run) -> None:
    with database.transaction() as tx:
        header = "name,customer,cluster,vmid,vcpu,ram_gb,disk_gb,from,to\n"
        import_machines(tx, "m", f"{header}ged,amiens,,,2,4,50,2024-01-01,\n")
    twins = [vm(401, name="ged"), vm(402, name="ged")]
    run([*ALL, *twins])
    with database.transaction() as tx:
        (found,) = store.findings(tx, rule="vm.ambiguous")
        with pytest.raises(Invalid, match="n'est pas l'une"):
            choose(tx, found.id, ("pve-a", 101), "marie", "vu au DC", NOW)
        for vmid in (401, 402):  # she changed her mind
            choose(tx, found.id, ("pve-a", vmid), "marie", "vu au DC", NOW)
    run([*ALL, *twins], days=1)
    with database.transaction() as tx:
        told = {f"{row.rule} {row.thing}": row.state for row in store.findings(tx)}
    assert told["vm.unbilled vm:pve-a/401"] == "OPEN"
    assert "vm.unbilled vm:pve-a/402" not in told
    assert [state for name, state in told.items() if "ambiguous" in name] == ["AUTO_RESOLVED"]


def test_a_source_silent_for_too_long_is_a_finding_of_its_own(database: Database, run: Run) -> None:
    run(ALL)
    assert run([], days=2, status=ScopeStatus.FAILED).opened == 0
    assert run([], days=4, status=ScopeStatus.FAILED).opened == 1
    with database.transaction() as tx:
        (found,) = store.findings(tx, rule="source.stale")
        assert (found.thing, found.eur_per_year) == ("source:pve-a", Decimal("0.00"))
        assert "15/06/2024" in found.title
    assert run(ALL, days=5).resolved == 1


def test_a_source_told_everything_when_the_last_of_its_scopes_did(database: Database) -> None:
    def netbox(days: int, **statuses: ScopeStatus) -> Snapshot:
        scopes = tuple(
            Scope(name, status, faults=() if status is ScopeStatus.COMPLETE else ("en panne",))
            for name, status in statuses.items()
        )
        return Snapshot("netbox", "documented", NOW + days * DAY, 0.1, scopes)

    whole, failed = ScopeStatus.COMPLETE, ScopeStatus.FAILED
    told = []
    for snapshot in (
        netbox(0, netbox=failed),
        netbox(1, racks=whole, vms=failed),
        netbox(2, racks=whole, vms=whole),
        netbox(3, racks=whole, vms=failed),
    ):
        with database.transaction() as tx:
            record(tx, [snapshot])
            told.append(dict(store.last_complete(tx)).get("netbox"))
    assert told == [None, None, NOW + 2 * DAY, NOW + 2 * DAY]
