"""``dcops sync``, ``reconcile`` and ``findings`` against a real simulated cluster over HTTPS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.config import Settings
from dcops.demo.proxmox import ProxmoxServer, serving
from dcops.demo.proxmox_world import ProxmoxWorld, SimGuest, SimNode
from dcops.demo.tls import make_certificate
from dcops.jobs.work import compare
from dcops.sections import Netbox, Proxmox, Reconcile
from dcops.wiring import Parts
from inventory import evidence_store
from inventory.clock import FixedClock
from inventory.errors import Conflict, Invalid, NotFound, Unavailable
from inventory.imports import import_customers, import_machines

FINDING = {
    "id", "rule", "thing", "customer", "sold", "documented", "real", "eur_per_year", "eur_since_seen", "state",
    "first_seen", "last_seen", "sources",
}  # fmt: skip


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[ProxmoxServer, Path]]:
    certificate = make_certificate(tmp_path / "tls", datetime.now(UTC))
    guests = (
        SimGuest(101, "web", "pve1", vcpus=2, memory_mib=4096, disks_gib=(50,)),
        SimGuest(901, "essai", "pve1", vcpus=4, memory_mib=8192, disks_gib=(100,)),
    )
    with serving(ProxmoxWorld("pve-a", (SimNode("pve1"),), guests), certificate) as server:
        yield server, certificate.authority


@pytest.fixture
def installed(parts: Parts, cluster: tuple[ProxmoxServer, Path]) -> Parts:
    """One cluster, and two machines sold: one that runs, one that does not exist."""
    server, authority = cluster
    user, name = server.world.user, server.world.token_name
    section = Proxmox(
        name="pve-a",
        host="127.0.0.1",
        port=server.port,
        user=user,
        token_name=name,
        token_env="T",
        verify_tls=authority,
    )
    with parts.database.transaction() as tx:
        import_customers(tx, "c", "code,name,kind,member_from\nabbeville,Abbeville,commune,2015-01-01\n")
        header = "name,customer,cluster,vmid,vcpu,ram_gb,disk_gb,from\n"
        rows = "web,abbeville,pve-a,101,2,4,50,2024-01-01\nparti,abbeville,pve-a,102,2,4,50,2024-01-01\n"
        import_machines(tx, "m", header + rows)
    return replace(parts, settings=Settings(proxmox=[section]), environ={"T": server.world.token})


def run(parts: Parts, *args: object) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args], obj=parts)


def document(parts: Parts, *args: object) -> Any:
    result = run(parts, *args, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def test_a_reconciliation_gives_findings_in_euros(installed: Parts) -> None:
    report = document(installed, "reconcile")
    assert (report["opened"], report["active"]) == (2, 2)
    assert [(s["source"], s["status"], s["objects"]) for s in report["sources"]] == [
        ("pve-a", "complete", 2),
        ("meters", "complete", 0),
        ("contracts", "complete", 3),
    ]
    found = document(installed, "findings", "list")
    assert [(f["rule"], f["thing"], f["customer"]) for f in found] == [
        ("vm.unbilled", "vm:pve-a/901", None),
        ("vm.ghost", "vm:pve-a/102", "abbeville"),
    ]
    assert all(set(f) >= FINDING and float(f["eur_per_year"]) > 0 for f in found)
    assert all((f["state"], f["eur_since_seen"]) == ("OPEN", "0.00") for f in found)
    assert (found[0]["sold"], found[0]["real"]["ram_gb"], found[1]["sold"]["vcpu"]) == (None, 8, 2)
    assert set(found[0]["sources"]) == {"pve-a", "contracts"}
    assert found == sorted(found, key=lambda f: -float(f["eur_per_year"]))
    again = document(installed, "reconcile")
    assert (again["opened"], again["kept"], again["eur_per_year"]) == (0, 2, report["eur_per_year"])


def test_findings_are_filtered(installed: Parts) -> None:
    run(installed, "reconcile")
    assert [f["rule"] for f in document(installed, "findings", "list", "--rule", "vm.ghost")] == ["vm.ghost"]
    assert [f["rule"] for f in document(installed, "findings", "list", "--customer", "abbeville")] == ["vm.ghost"]
    assert document(installed, "findings", "list", "--state", "ignored") == []
    assert isinstance(run(installed, "findings", "list", "--state", "lost").exception, Invalid)
    assert isinstance(run(installed, "findings", "list", "--customer", "nobody").exception, NotFound)
    assert "€/an  vm.ghost" in run(installed, "findings", "list").stdout


def test_people_decide_and_what_is_ignored_leaves_the_list(installed: Parts) -> None:
    run(installed, "reconcile")
    unbilled, ghost = (f["id"] for f in document(installed, "findings", "list"))
    acked = document(installed, "findings", "ack", ghost, "--why", "ticket 12", "--author", "alex")
    assert (acked["state"], acked["moves"][-1]["who"]) == ("ACKNOWLEDGED", "alex")
    ignored = document(installed, "findings", "ignore", unbilled, "--reason", "essai", "--until", "2024-12-31")
    assert (ignored["state"], ignored["ignored_until"]) == ("IGNORED", "2024-12-31")
    assert [f["id"] for f in document(installed, "findings", "list")] == [ghost]
    assert [f["id"] for f in document(installed, "findings", "list", "--state", "all")] == [unbilled, ghost]
    assert document(installed, "findings", "show", unbilled)["moves"][-1]["why"] == "essai"
    assert isinstance(run(installed, "findings", "ignore", unbilled, "--reason", "encore").exception, Conflict)
    assert "ticket 12" in run(installed, "findings", "show", ghost).stdout


def test_a_cluster_that_is_down_makes_no_ghost_and_is_said_so(installed: Parts) -> None:
    down = replace(installed, environ={"T": "00000000-dead-beef-0000-000000000000"})
    asked = run(down, "sync", "--json")
    assert {s["source"]: s["status"] for s in json.loads(asked.stdout)["sources"]} == {
        "pve-a": "failed",
        "meters": "complete",
        "contracts": "complete",
    }
    assert isinstance(asked.exception, Unavailable)
    assert "dead-beef" not in asked.output
    assert "(401 " in str(asked.exception)
    report = json.loads(run(down, "reconcile", "--json").stdout)
    assert (report["opened"], report["active"], report["eur_per_year"]) == (1, 1, "0.00")
    assert [f["rule"] for f in document(installed, "findings", "list")] == ["source.stale"]
    run(installed, "reconcile")
    frozen = json.loads(run(down, "reconcile", "--json").stdout)
    assert (frozen["resolved"], frozen["frozen"]) == (0, 2)


def test_absences_and_silences_are_believed_as_the_settings_say(
    installed: Parts, cluster: tuple[ProxmoxServer, Path]
) -> None:
    server, _ = cluster
    told = Reconcile(missing_runs=2, missing_hours=5, ceiling_percent=100, stale_hours=1)
    settings = installed.settings.model_copy(update={"reconcile": told})
    web, trial = server.world.guests
    others = tuple(replace(trial, vmid=vmid, name=f"essai-{vmid}") for vmid in (901, 902, 903))

    def gone_after(hours: int, *guests: SimGuest, secret: str = server.world.token) -> list[bool]:
        server.world = replace(server.world, guests=guests)
        then = FixedClock(installed.clock.now() + timedelta(hours=hours))
        compare(replace(installed, settings=settings, clock=then, environ={"T": secret}))
        with installed.database.transaction() as tx:
            return [bool((link := evidence_store.guest_link(tx, "pve-a", one.vmid)) and link.gone) for one in others]

    seen = [gone_after(0, web, *others), gone_after(1, web), gone_after(4, web), gone_after(6, web)]
    assert seen == [[False] * 3, [False] * 3, [False] * 3, [True] * 3]
    gone_after(8, web, secret="another")
    assert "source.stale" in [f["rule"] for f in document(installed, "findings", "list")]


def test_one_source_can_be_asked_alone(installed: Parts) -> None:
    assert [s["source"] for s in document(installed, "sync", "contracts")["sources"]] == ["contracts"]
    refusal = run(installed, "sync", "nowhere").exception
    assert isinstance(refusal, NotFound)
    assert "pve-a, meters, contracts" in str(refusal)


def test_a_source_without_its_secret_is_heard_as_silence(installed: Parts) -> None:
    (section,) = installed.settings.proxmox
    other = section.model_copy(update={"name": "pve-b", "token_env": "NOWHERE"})
    document(installed, "reconcile")
    both = replace(installed, settings=Settings(proxmox=[section, other]))
    result = run(both, "reconcile")
    assert result.exit_code == 0
    assert "pve-b / pve-b : en échec" in result.stdout
    assert "la variable d'environnement NOWHERE n'est pas définie" in result.stdout
    assert "pve-a / pve-a : complète, 2 objets" in result.stdout
    assert result.stderr.startswith("Attention : Proxmox « pve-b » : secret absent")
    assert result.stderr.endswith("Écarts de pve-b laissés en l'état.\n")


def test_no_source_at_all_is_told_as_a_failure_and_changes_nothing(installed: Parts) -> None:
    document(installed, "reconcile")
    before = document(installed, "findings", "list")
    result = run(replace(installed, environ={}), "reconcile")
    assert isinstance(result.exception, Unavailable)
    assert "Écarts de pve-a laissés en l'état." in str(result.exception)
    after = document(installed, "findings", "list")
    assert [(row["id"], row["state"], row["sold"]) for row in after] == [
        (row["id"], row["state"], row["sold"]) for row in before
    ]


def test_netbox_without_its_secret_leaves_both_its_scopes_silent(installed: Parts) -> None:
    settings = Settings(netbox=Netbox(url="http://127.0.0.1:1", token_env="NOWHERE"))
    result = run(replace(installed, settings=settings), "sync")
    assert isinstance(result.exception, Unavailable)
    assert "netbox / racks : en échec" in result.stdout
    assert "netbox / virtual-machines : en échec" in result.stdout
