"""A run over real databases: what it opens, keeps, resolves and freezes, and what people decide."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dcops.contracts.source import ContractsSource
from dcops.db import Database
from inventory import store
from inventory.asking import gather, record
from inventory.clock import FixedClock
from inventory.compare import Resources
from inventory.decisions import acknowledge, ignore
from inventory.errors import Conflict, Invalid, NotFound
from inventory.evidence import document_of, fact_of
from inventory.facts import GIB, Guest, Mounting, RackUnit, Reservation, Scope, ScopeStatus, Snapshot, Tenant
from inventory.findings import State, last_seen
from inventory.imports import import_customers, import_machines, import_racks, import_shares
from inventory.links import Patience
from inventory.reconcile import Policy, reconcile
from inventory.report import Report
from inventory.sources.memory import MemorySource

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
LATER = NOW + timedelta(days=10)
COMPLETE, PARTIAL, FAILED = ScopeStatus
HASTY = Policy(Patience(runs=1, hours=0, percent=100), stale_after=timedelta(days=365))
"""Every absence is believed at once, and no silence is too long: what is told here is the rest."""


def flat(customer: str | None, resources: Resources, on: date) -> Decimal:
    """A made-up grid: 100 € per machine, 10 € per vCPU, GB of RAM and half unit, 1 € per GB of disk."""
    assert on == date(2024, 6, 15) or on == date(2024, 6, 25)
    tens = resources.vcpus + resources.ram_gb + resources.half_units
    return Decimal(100 * resources.guests + 10 * tens + resources.disk_gb)


def guest(vmid: int, vcpu: int = 2, ram: int = 4, disk: int = 50, customer: str | None = None) -> Guest:
    return Guest(
        f"vm-{vmid}", "pve-a", vmid, kind="qemu", status="running", vcpus=Decimal(vcpu), memory_bytes=ram * GIB,
        disk_bytes=disk * GIB, customer=customer, macs=(f"aa:{vmid}",), reference=f"qemu/{vmid}",
    )  # fmt: skip


def real(*guests: Guest, status: ScopeStatus = COMPLETE, at: datetime = NOW) -> Snapshot:
    return Snapshot("pve-a", "real", at, 0.1, (Scope("pve-a", status, guests),))


@pytest.fixture
def sold(database: Database) -> ContractsSource:
    """Three machines sold to abbeville, and half a rack."""
    with database.transaction() as tx:
        import_customers(tx, "c", "code,name,kind\nabbeville,Abbeville,commune\namiens,Amiens,commune\n")
        import_racks(tx, "r", "site,room,name,u_height\nAmiens,Salle 1,A01,42\n")
        import_shares(tx, "s", "rack,kind,position,customer,from\nA01,half,1,abbeville,2024-01-01\n")
        header = "name,customer,cluster,vmid,vcpu,ram_gb,disk_gb,from,to\n"
        rows = "".join(f"vm-{n},abbeville,pve-a,{n},2,4,50,2024-01-01,\n" for n in (101, 102, 103))
        import_machines(tx, "m", header + rows)
    return ContractsSource(database, FixedClock(NOW))


def run(database: Database, *snapshots: Snapshot, at: datetime = NOW) -> Report:
    with database.transaction() as tx:
        record(tx, snapshots)
        return reconcile(tx, snapshots, flat, at, HASTY)


def states(database: Database) -> dict[str, str]:
    with database.transaction() as tx:
        return {f"{f.rule} {f.thing}": f.state + (" frozen" if f.frozen else "") for f in store.findings(tx)}


WORLD = [guest(101), guest(102, vcpu=4), guest(901, customer="amiens")]  # 103 is not there


def test_a_run_values_what_it_finds_and_sorts_it_by_euros(database: Database, sold: ContractsSource) -> None:
    report = run(database, sold.facts(), real(*WORLD))
    assert (report.opened, report.kept, report.active) == (3, 0, 3)
    assert report.eur_per_year == Decimal("440.00")
    with database.transaction() as tx:
        found = store.findings(tx)
        assert [(f.rule, f.thing, f.field, f.eur_per_year) for f in found] == [
            ("vm.ghost", "vm:pve-a/103", "", Decimal("210.00")),
            ("vm.unbilled", "vm:pve-a/901", "", Decimal("210.00")),
            ("vm.oversized", "vm:pve-a/102", "vcpu", Decimal("20.00")),
        ]
        assert [f.customer.code for f in found if f.customer] == ["abbeville", "amiens", "abbeville"]
        assert found[0].sources == {"contracts": NOW.isoformat(), "pve-a": NOW.isoformat()}
        assert [(m.before, m.after) for m in store.finding(tx, found[0].id).moves] == [(None, "OPEN")]
        assert [f.thing for f in store.findings(tx, rule="vm.ghost")] == ["vm:pve-a/103"]
        assert [f.thing for f in store.findings(tx, customer="amiens")] == ["vm:pve-a/901"]
        assert store.findings(tx, state=State.IGNORED) == []
        assert store.findings_by_rule(tx, [State.OPEN]) == [
            ("vm.ghost", 1, Decimal("210.00")),
            ("vm.oversized", 1, Decimal("20.00")),
            ("vm.unbilled", 1, Decimal("210.00")),
        ]


def test_a_second_run_with_nothing_changed_opens_nothing(database: Database, sold: ContractsSource) -> None:
    run(database, sold.facts(), real(*WORLD))
    report = run(database, sold.facts(), real(*WORLD), at=LATER)
    assert (report.opened, report.reopened, report.kept, report.resolved, report.frozen) == (0, 0, 3, 0, 0)
    with database.transaction() as tx:
        for found in store.findings(tx):
            until = last_seen(State(found.state), found.frozen, found.last_seen, LATER)
            assert (found.first_seen, found.last_seen, until) == (NOW, NOW, LATER)
            assert len(store.finding(tx, found.id).moves) == 1


def test_what_was_corrected_is_resolved_and_comes_back_reopened(database: Database, sold: ContractsSource) -> None:
    run(database, sold.facts(), real(*WORLD))
    fixed = [guest(101), guest(102), guest(103)]
    assert run(database, sold.facts(), real(*fixed), at=LATER).resolved == 3
    assert set(states(database).values()) == {"AUTO_RESOLVED"}
    report = run(database, sold.facts(), real(*WORLD[:2], guest(103)), at=LATER)
    assert (report.opened, report.reopened, report.active) == (0, 1, 1)
    with database.transaction() as tx:
        (found,) = store.findings(tx, state=State.REOPENED)
        assert found.first_seen == LATER
        assert [m.after for m in store.finding(tx, found.id).moves] == ["OPEN", "AUTO_RESOLVED", "REOPENED"]


def test_two_runs_at_once_wait_for_each_other(database: Database, sold: ContractsSource) -> None:
    told = sold.facts()
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: run(database, told, real(*WORLD)), range(4)))
    assert sorted((report.opened, report.kept) for report in reports) == [(0, 3), (0, 3), (0, 3), (3, 0)]


def test_a_source_that_fails_freezes_and_never_resolves(database: Database, sold: ContractsSource) -> None:
    run(database, sold.facts(), real(*WORLD))
    for silent in (real(status=FAILED), real(status=PARTIAL)):
        report = run(database, sold.facts(), silent, at=LATER)
        assert (report.opened, report.resolved, report.frozen, report.active) == (0, 0, 3, 3)
        assert set(states(database).values()) == {"OPEN frozen"}
    assert run(database, sold.facts(), at=LATER).frozen == 3
    run(database, sold.facts(), real(*WORLD), at=LATER)
    assert set(states(database).values()) == {"OPEN"}


def test_a_cluster_suddenly_empty_is_doubted(database: Database, sold: ContractsSource) -> None:
    empty = real()
    assert run(database, sold.facts(), empty).opened == 3  # it never had anything: three ghosts
    run(database, sold.facts(), real(guest(101), guest(102), guest(103)))
    report = run(database, sold.facts(), empty, at=LATER)
    assert (report.opened, report.reopened, report.resolved) == (0, 0, 0)
    assert [source["status"] for source in report.sources] == ["complete", "partial"]
    assert "réponse vide" in report.human()


def test_names_longer_than_their_columns_stop_no_run(database: Database, sold: ContractsSource) -> None:
    guests = [replace(guest(n), name="é" * 300 + str(n), cluster="c" * 100, vmid=None) for n in (1, 2)]
    assert run(database, sold.facts(), real(*guests)).opened == 2 + 3
    assert run(database, sold.facts(), real(*guests), at=LATER).kept == 2 + 3
    with database.transaction() as tx, pytest.raises(Invalid, match="100 caractères"):
        acknowledge(tx, store.findings(tx)[0].id, "p" * 101, "oui", NOW)


@pytest.mark.parametrize("silence", [FAILED, PARTIAL])
def test_a_silent_documentation_takes_back_nothing_of_what_it_said(
    database: Database, sold: ContractsSource, silence: ScopeStatus
) -> None:
    guests = (guest(102), replace(guest(901, customer="abbeville"), status="running"))
    netbox = Snapshot("netbox", "documented", NOW, 0.1, (Scope("virtual-machines", COMPLETE, guests),))
    quiet = replace(netbox, scopes=(Scope("virtual-machines", silence, faults=("en panne",)),))
    run(database, sold.facts(), netbox, real(*WORLD))
    with database.transaction() as tx:
        for found in store.findings(tx):
            ignore(tx, found.id, "paul", "connu", NOW)
    before = told(database)
    report = run(database, sold.facts(), quiet, real(*WORLD), at=LATER)
    assert (report.opened, report.reopened, report.resolved) == (0, 0, 0)
    assert told(database) == before
    grown = [*WORLD[:2], guest(901, ram=64, customer="amiens")]
    run(database, sold.facts(), quiet, real(*grown), at=LATER)
    assert states(database)["vm.unbilled vm:pve-a/901"] == "REOPENED"
    assert told(database)["vm.unbilled vm:pve-a/901"][0] == "abbeville"


def told(database: Database) -> dict[str, tuple[object, ...]]:
    with database.transaction() as tx:
        return {
            f"{f.rule} {f.thing}": (f.customer and f.customer.code, f.eur_per_year, f.documented)
            for f in store.findings(tx)
        }


def test_an_ignored_finding_stays_ignored_until_its_values_change(database: Database, sold: ContractsSource) -> None:
    run(database, sold.facts(), real(*WORLD))
    with database.transaction() as tx:
        (found,) = store.findings(tx, rule="vm.unbilled")
        ignore(tx, found.id, "paul", "banc d'essai", NOW)
    run(database, sold.facts(), real(*WORLD), at=LATER)
    assert states(database)["vm.unbilled vm:pve-a/901"] == "IGNORED"
    moved = replace(WORLD[2], node="pve2", status="running")
    run(database, sold.facts(), real(*WORLD[:2], moved), at=LATER)
    assert states(database)["vm.unbilled vm:pve-a/901"] == "IGNORED"
    run(database, sold.facts(), real(*WORLD[:2], guest(901, ram=64, customer="amiens")), at=LATER)
    assert states(database)["vm.unbilled vm:pve-a/901"] == "REOPENED"


def test_an_ignored_finding_comes_back_on_its_day(database: Database, sold: ContractsSource) -> None:
    run(database, sold.facts(), real(*WORLD))
    with database.transaction() as tx:
        (found,) = store.findings(tx, rule="vm.unbilled")
        with pytest.raises(Invalid, match="est passée"):
            ignore(tx, found.id, "paul", "essai", NOW, date(2024, 6, 15))
        ignore(tx, found.id, "paul", "essai", NOW, date(2024, 6, 25))
    run(database, sold.facts(), real(*WORLD))
    assert states(database)["vm.unbilled vm:pve-a/901"] == "IGNORED"
    run(database, sold.facts(), real(*WORLD), at=LATER)
    assert states(database)["vm.unbilled vm:pve-a/901"] == "REOPENED"


def test_people_decide_with_a_reason_and_their_name_is_kept(database: Database, sold: ContractsSource) -> None:
    run(database, sold.facts(), real(*WORLD))
    with database.transaction() as tx:
        (found,) = store.findings(tx, rule="vm.ghost")
        with pytest.raises(Invalid, match="se motive"):
            acknowledge(tx, found.id, "paul", "  ", NOW)
        acknowledge(tx, found.id, "paul", "ticket 12", LATER)
    with database.transaction() as tx:
        moves = store.finding(tx, found.id).moves
        assert [(m.after, m.who, m.why) for m in moves[1:]] == [("ACKNOWLEDGED", "paul", "ticket 12")]
        with pytest.raises(Conflict, match="pris en compte ne peut pas devenir pris en compte"):
            acknowledge(tx, found.id, "paul", "encore", LATER)
        with pytest.raises(NotFound):
            acknowledge(tx, 10**6, "paul", "rien", LATER)


def test_a_run_reads_dates_as_they_are_in_paris(database: Database, sold: ContractsSource) -> None:
    with database.transaction() as tx:
        header = "name,customer,cluster,vmid,vcpu,ram_gb,disk_gb,from,to\n"
        import_machines(tx, "m", header + "vm-201,amiens,pve-a,201,2,4,50,2024-06-15,\n")
    world = [guest(n) for n in (101, 102, 103, 201)]
    assert run(database, sold.facts(), real(*world), at=datetime(2024, 6, 14, 22, 30, tzinfo=UTC)).opened == 0


@dataclass(frozen=True)
class Broken:
    """A source that breaks its promise not to raise."""

    name: str = "pve-b"
    kind: str = "real"

    def facts(self) -> Snapshot:
        raise RuntimeError("secret-token")


def test_a_source_that_raises_is_a_failed_scope_that_says_no_secret(sold: ContractsSource) -> None:
    found = gather([Broken(), sold, MemorySource("pve-a", real(*WORLD))], FixedClock(NOW))
    assert [snapshot.source for snapshot in found] == ["pve-b", "contracts", "pve-a"]
    assert [snapshot.status for snapshot in found] == [FAILED, COMPLETE, COMPLETE]
    assert found[0].scopes[0].faults == ("la source pve-b a échoué : RuntimeError.",)
    assert gather([]) == []


def test_contracts_tell_machines_and_shares_and_fail_without_a_database(sold: ContractsSource) -> None:
    facts = sold.facts().scopes[0].facts
    assert [type(fact) for fact in facts] == [Guest, Guest, Guest, Reservation, RackUnit, Tenant, Tenant]
    assert facts[0] == Guest(
        "vm-101", "pve-a", 101, vcpus=Decimal(2), memory_bytes=4 * GIB, disk_bytes=50 * GIB, customer="abbeville",
        start=date(2024, 1, 1), reference=facts[0].reference,
    )  # fmt: skip
    assert facts[3] == Reservation(
        "A01", 0, 42, "abbeville", "half", start=date(2024, 1, 1), reference=facts[3].reference
    )
    assert facts[4] == RackUnit("A01", "Amiens", "Salle 1", 42, facts[4].reference)
    assert facts[5:] == (Tenant("abbeville", "Abbeville", "abbeville"), Tenant("amiens", "Amiens", "amiens"))
    lost = ContractsSource(Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), FixedClock(NOW)).facts()
    assert lost.status is FAILED
    assert "ne répond pas" in lost.scopes[0].faults[0]


def test_the_newest_answer_of_each_scope_is_read_back(database: Database, sold: ContractsSource) -> None:
    devices = (
        RackUnit("A01", "Amiens", "Salle 1", 42, "1"),
        Mounting("A01", "srv-2", 10, 4, "front", "amiens"),
        Mounting("A01", "srv-1", 0, 2, "front", "abbeville", "Serveur", "7"),
        Mounting("A02", "srv-3", 0, 2, None, None),
        Reservation("A01", 40, 44, "amiens", "Extension"),
    )
    netbox = Snapshot(
        "netbox", "documented", NOW, 0.2, (Scope("racks", COMPLETE, devices), Scope("virtual-machines", FAILED))
    )
    with database.transaction() as tx:
        record(tx, [real(*WORLD), netbox])
        record(tx, [real(guest(101), at=LATER)])
        record(tx, [replace(netbox, scopes=(Scope("racks", FAILED, faults=("éteint",)),))])
    with database.transaction() as tx:
        latest = store.latest_snapshots(tx)
        assert [(s.source, s.scope, s.status, s.object_count) for s in latest] == [
            ("netbox", "racks", "failed", 0),
            ("netbox", "virtual-machines", "failed", 0),
            ("pve-a", "pve-a", "complete", 1),
        ]
        assert [fact_of(document) for document in latest[2].facts] == [guest(101)]
        # A NetBox that is down hides nothing of what it last documented.
        assert store.devices_of_rack(tx, "A01") == [devices[2], devices[1]]
        assert store.reservations_of_rack(tx, "A01") == [devices[4]]
        assert store.guests(tx) == [guest(101)]


def test_the_same_answer_again_prolongs_its_row(database: Database) -> None:
    def told(*guests: Guest, at: datetime) -> list[tuple[int, datetime | None, datetime]]:
        with database.transaction() as tx:
            record(tx, [real(*guests, at=at)])
        with database.transaction() as tx:
            return [(row.id, row.since, row.taken_at) for row in store.latest_snapshots(tx)]

    assert told(*WORLD, at=NOW) == [(1, None, NOW)]
    assert told(*WORLD, at=LATER) == [(1, NOW, LATER)]
    assert told(*WORLD[:1], at=LATER) == [(2, None, LATER)]
    assert told(*WORLD, at=LATER) == [(3, None, LATER)]


@pytest.mark.parametrize(
    "fact",
    [
        replace(WORLD[0], problems=("disque passthrough",), start=date(2024, 1, 1), end=date(2025, 1, 1)),
        Guest(None, None, None),
        RackUnit("A01", None, None, 42),
        Mounting("A01", "srv", 0, 1, None, None),
        Reservation("A01", 0, 2, None, "", date(2024, 1, 1)),
    ],
)
def test_a_fact_survives_its_document(fact: Guest | RackUnit | Mounting | Reservation) -> None:
    assert fact_of(document_of(fact)) == fact


def test_a_customer_that_changes_its_name_changes_titles_and_opens_nothing(
    database: Database, sold: ContractsSource
) -> None:
    kept = Reservation("A01", 38, 46, "amiens", "Extension")
    rack = RackUnit("A01", None, None, 42)
    device = Mounting("A01", "srv-1", 0, 4, "front", "abbeville", customer="abbeville")
    netbox = Snapshot("netbox", "documented", NOW, 0.1, (Scope("racks", COMPLETE, (rack, kept, device)),))
    told = [sold.facts(), netbox, real(guest(101), guest(102), guest(103))]
    run(database, *told)
    with database.transaction() as tx:
        (finding,) = store.findings(tx)
        assert finding.title == "Baie A01 U1-U21 vendu à Abbeville est réservé à Amiens (U20-U23)"
        assert (finding.sold["customer"], finding.documented["customer"]) == ("abbeville", "amiens")
        store.customer(tx, "amiens").name = "Le Grand Amiens"
    report = run(database, *told, at=LATER)
    assert (report.opened, report.kept, report.reopened, report.resolved) == (0, 1, 0, 0)
    with database.transaction() as tx:
        assert store.findings(tx)[0].title.endswith("est réservé au Grand Amiens (U20-U23)")
