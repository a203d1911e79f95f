"""Proxmox's real and recorded answers, over real HTTPS, through the real client."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from dcops.demo.proxmox import serving
from dcops.demo.proxmox_world import ProxmoxWorld, SimGuest, SimNode
from dcops.demo.serving import Answer, Question, Server
from dcops.demo.tls import Certificate
from inventory.clock import FixedClock
from inventory.facts import GIB, MIB, Guest, Scope, ScopeStatus
from inventory.sources.proxmox import ProxmoxSource, customer_hint, sees_everything
from tests.conftest import NOW
from tests.inventory.sources.recorded import Reply, data, recorded, replies

SECRET = "5d1f0c3e-secret"
API = "/api2/json/"
SEES_ALL = data({"/": {"VM.Audit": 1}})
WORLD = ProxmoxWorld(
    "pve",
    (SimNode("n1"), SimNode("n2"), SimNode("n3"), SimNode("n4")),
    tuple(SimGuest(100 + i, f"vm{i}", f"n{i % 4 + 1}", kind="lxc" if i % 5 == 0 else "qemu") for i in range(40)),
    token=SECRET,
)


def source(port: int, certificate: Certificate, **changes: Any) -> ProxmoxSource:
    asked: dict[str, Any] = {
        "name": "pve",
        "host": "127.0.0.1",
        "port": port,
        "user": WORLD.user,
        "token_name": WORLD.token_name,
        "token": SECRET,
        "verify_tls": certificate.authority,
        "timeout_s": 5,
        "clock": FixedClock(NOW),
    }
    return ProxmoxSource(**(asked | changes))


def scope_of(server: Server, certificate: Certificate, **changes: Any) -> Scope:
    snapshot = source(**{"port": server.port, "certificate": certificate, **changes}).facts()
    (scope,) = snapshot.scopes
    assert (snapshot.source, snapshot.kind, snapshot.taken_at, scope.name) == ("pve", "real", NOW, "pve")
    assert SECRET not in repr(snapshot)
    return scope


def table(
    vms: Reply, nodes: list[str], configs: Mapping[str, Reply], permissions: Reply = SEES_ALL
) -> dict[str, Reply]:
    rows = [{"type": "node", "id": f"node/{node}", "node": node, "status": "online"} for node in nodes]
    return {
        f"{API}cluster/resources?type=vm": vms,
        f"{API}cluster/resources?type=node": data(rows),
        f"{API}access/permissions": permissions,
        **{f"{API}nodes/{guest}/config": config for guest, config in configs.items()},
    }


def guests(scope: Scope) -> dict[str | None, Guest]:
    return {fact.reference: fact for fact in scope.facts if isinstance(fact, Guest)}


def resources(guest: Guest) -> tuple[Decimal | None, int | None, int | None]:
    return guest.vcpus, guest.memory_bytes, guest.disk_bytes


def test_proxmox_6_2_as_recorded(recordings: Path, certificate: Certificate) -> None:
    folder = recordings / "proxmox/community.proxmox/pve6.2"
    names = ("lxc/100", "qemu/101", "qemu/102", "qemu/103", "qemu/9001")
    configs = {
        f"testnode/{name}": recorded(folder / f"GET-nodes-testnode-{name.replace('/', '-')}-config.json")
        for name in names
    }
    answers = table(recorded(folder / "GET-cluster-resources--type=vm.json"), ["testnode"], configs)
    with replies(answers, certificate) as server:
        scope = scope_of(server, certificate)
    assert (scope.status, scope.faults) == (ScopeStatus.COMPLETE, ())
    found = guests(scope)
    assert {name: resources(found[name]) for name in names} == {
        "lxc/100": (Decimal(1), 1000 * MIB, 4 * GIB),
        "qemu/101": (Decimal(1), 1000 * MIB, 8 * GIB),
        "qemu/102": (Decimal(6), 10240 * MIB, 100 * GIB),
        "qemu/103": (Decimal(4), 8192 * MIB, 50 * GIB),
        "qemu/9001": (None, None, None),
    }
    assert [name for name in names if found[name].template] == ["qemu/9001"]
    windows = found["qemu/102"]
    assert (windows.vmid, windows.name, windows.node, windows.cluster) == (102, "test-qemu-windows", "testnode", "pve")
    assert (windows.uuid, windows.macs) == ("127301fc-0122-48d5-8fc5-c04fa78d8146", ("FF:FF:FF:FF:FF:FF",))


@pytest.mark.parametrize(
    ("version", "guest", "expected", "macs"),
    [
        ("pve7x", "lxc/101", (2, 4096, 30), ("5D:CF:BD:B2:C5:39",)),
        ("pve8x", "lxc/101", (1, 1024, 8), ("BC:24:11:2E:C5:7E",)),
        ("pve8x", "qemu/100", (2, 2048, 32), ("BC:24:11:2E:C5:4A",)),
    ],
)
def test_proxmox_7_and_8_as_recorded(
    recordings: Path,
    certificate: Certificate,
    version: str,
    guest: str,
    expected: tuple[int, int, int],
    macs: tuple[str, ...],
) -> None:
    config = recordings / f"proxmox/go-proxmox/{version}/GET-nodes-node1-{guest.replace('/', '-')}-config.json"
    kind, vmid = guest.split("/")
    row = {"type": kind, "vmid": vmid, "node": "node1", "status": "running"}
    with replies(table(data([row]), ["node1"], {f"node1/{guest}": recorded(config)}), certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.COMPLETE
    vcpus, memory_mib, disk_gib = expected
    found = guests(scope)[guest]
    assert resources(found) == (Decimal(vcpus), memory_mib * MIB, disk_gib * GIB)
    assert (found.macs, found.vmid, found.problems) == (macs, int(vmid), ())


def test_nodes_and_storages_among_the_rows_are_not_guests(recordings: Path, certificate: Certificate) -> None:
    everything = recorded(recordings / "proxmox/go-proxmox/pve7x/GET-cluster-resources.2.json")
    with replies({f"{API}cluster/resources": everything}, certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.PARTIAL  # no configuration could be read: 501
    assert sorted(guests(scope)) == ["qemu/100", "qemu/101", "qemu/102", "qemu/200"]
    assert [name for name, guest in guests(scope).items() if guest.template] == ["qemu/101"]
    assert {resources(guest) for guest in guests(scope).values()} == {(None, None, None)}
    assert len(scope.faults) == 1
    assert "qemu/100" in scope.faults[0]
    assert "501" in scope.faults[0]


ERRORS = {
    "400-param": (ScopeStatus.PARTIAL, "erreur 400"),
    "401-no-ticket": (ScopeStatus.PARTIAL, "jeton refusé (No ticket)"),
    "401-token": (ScopeStatus.PARTIAL, "jeton refusé (Authentication failed!)"),
    "403-permission": (ScopeStatus.PARTIAL, "accès interdit (Permission check failed (/, Sys.Audit))"),
    "595-no-route": (ScopeStatus.PARTIAL, "nœud n1 : "),
    "595-refused": (ScopeStatus.PARTIAL, "Connection refused"),
    "596-broken-pipe": (ScopeStatus.PARTIAL, "Broken pipe"),
}


def test_every_recorded_error_is_tried(recordings: Path) -> None:
    assert {path.stem for path in (recordings / "proxmox/errors").glob("[0-9]*.json")} == set(ERRORS)


@pytest.mark.parametrize("name", ERRORS)
def test_a_refused_list_fails_the_scope(recordings: Path, certificate: Certificate, name: str) -> None:
    with replies({f"{API}cluster/resources": _error(recordings, name)}, certificate) as server:
        scope = scope_of(server, certificate)
    assert (scope.status, scope.facts, len(scope.faults)) == (ScopeStatus.FAILED, (), 1)
    assert f"127.0.0.1:{server.port}" in scope.faults[0]
    assert " ; " in scope.faults[0]


@pytest.mark.parametrize("name", ERRORS)
def test_a_refused_configuration_leaves_that_guest_unknown(
    recordings: Path, certificate: Certificate, name: str
) -> None:
    status, words = ERRORS[name]
    rows = [{"type": "qemu", "vmid": vmid, "node": node} for vmid, node in ((100, "n1"), (101, "n2"))]
    configs = {"n1/qemu/100": _error(recordings, name), "n2/qemu/101": data({"cores": 2, "memory": "4096"})}
    with replies(table(data(rows), ["n1", "n2"], configs), certificate) as server:
        scope = scope_of(server, certificate)
    found = guests(scope)
    assert scope.status is status
    assert len(scope.faults) == 1
    assert words in scope.faults[0]
    assert resources(found["qemu/100"]) == (None, None, None)
    assert found["qemu/100"].problems
    assert resources(found["qemu/101"]) == (Decimal(2), 4096 * MIB, 0)
    assert not found["qemu/101"].problems


def _error(recordings: Path, name: str) -> Answer:
    return recorded(recordings / f"proxmox/errors/{name}.json")


def test_the_recorded_offline_node_makes_the_scope_partial(recordings: Path, certificate: Certificate) -> None:
    nodes = recorded(recordings / "proxmox/errors/GET-cluster-resources--offline-node.json")
    row = {"type": "qemu", "id": "qemu/100", "vmid": 100, "node": "elitedesk", "status": "unknown"}
    answers = {f"{API}cluster/resources?type=vm": data([row]), f"{API}cluster/resources?type=node": nodes}
    with replies(answers, certificate) as server:
        scope = scope_of(server, certificate)
    (guest,) = guests(scope).values()
    assert scope.status is ScopeStatus.PARTIAL
    assert "nœud elitedesk hors ligne" in scope.faults[0]
    assert (guest.name, guest.status, resources(guest)) == (None, "unknown", (None, None, None))


def test_a_whole_cluster(certificate: Certificate) -> None:
    with serving(WORLD, certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.COMPLETE
    assert {guest.reference for guest in guests(scope).values()} == {guest.id for guest in WORLD.guests}
    assert {resources(guest) for guest in guests(scope).values()} == {(Decimal(1), 2048 * MIB, 20 * GIB)}


def test_half_of_the_nodes_offline(certificate: Certificate) -> None:
    down = ("n2", "n4")
    world = replace(WORLD, nodes=tuple(replace(node, online=node.name not in down) for node in WORLD.nodes))
    with serving(world, certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert len(scope.faults) == 2
    assert all(any(node in fault for fault in scope.faults) for node in down)
    assert len(scope.facts) == 40
    for guest in guests(scope).values():
        assert (guest.memory_bytes is None) == (guest.node in down)
        assert (guest.status == "unknown") == (guest.node in down)


def test_a_node_lost_between_the_list_and_the_configurations(certificate: Certificate) -> None:
    rows = [{"type": "qemu", "vmid": 100 + n, "node": "n1", "status": "running"} for n in range(200)]
    asked = []

    def broken(question: Question) -> Answer:
        asked.append(question.path)
        return Answer(596, reason="Broken pipe")

    configs = {f"n1/qemu/{row['vmid']}": broken for row in rows}
    with replies(table(data(rows), ["n1"], configs), certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert len(scope.facts) == 200
    assert len(scope.faults) == 1
    assert "nœud n1" in scope.faults[0]
    assert len(asked) < 50  # a dead node is not asked 200 times


def test_a_forbidden_configuration(certificate: Certificate) -> None:
    with serving(replace(WORLD, forbidden=frozenset({101, 102})), certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert len(scope.faults) == 1
    assert "qemu/101, qemu/102" in scope.faults[0]
    unknown = [guest.vmid for guest in guests(scope).values() if guest.memory_bytes is None]
    assert unknown == [101, 102]


def test_an_empty_list_for_a_token_without_rights_is_not_an_empty_cluster(certificate: Certificate) -> None:
    with serving(replace(WORLD, all_seeing=False), certificate) as server:
        scope = scope_of(server, certificate)
    assert (scope.status, scope.facts) == (ScopeStatus.PARTIAL, ())
    assert "liste vide : vérifier les droits du jeton" in scope.faults[0]


def test_an_empty_cluster_that_the_token_may_see_is_complete(certificate: Certificate) -> None:
    with serving(replace(WORLD, guests=()), certificate) as server:
        assert scope_of(server, certificate).status is ScopeStatus.COMPLETE


def test_an_empty_list_without_an_answer_about_rights_is_partial(certificate: Certificate) -> None:
    with replies({f"{API}cluster/resources": data([])}, certificate) as server:
        assert scope_of(server, certificate).status is ScopeStatus.PARTIAL


def test_a_token_that_sees_one_pool_only_is_partial(certificate: Certificate) -> None:
    row = {"type": "qemu", "vmid": 100, "node": "n1"}
    rights = data({"/pool/abbeville": {"VM.Audit": 1}, "/vms/100": {"VM.Audit": 1}})
    answers = table(data([row]), ["n1"], {"n1/qemu/100": data({"cores": 1})}, rights)
    with replies(answers, certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert "PVEAuditor" in scope.faults[0]


def test_a_row_that_names_no_machine_is_reported_and_the_others_are_kept(certificate: Certificate) -> None:
    rows = [{"type": "qemu", "node": "n1"}, {"type": "qemu", "vmid": "100", "node": "n1"}]
    answers = table(data(rows), ["n1"], {"n1/qemu/100": data({"cores": 1})})
    with replies(answers, certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.PARTIAL
    assert len(scope.facts) == 1
    assert "1 machine(s)" in scope.faults[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "another"}, "jeton refusé"),
        ({"token": "two\nlines"}, "jeton mal formé"),
        ({"verify_tls": True}, "certificat TLS refusé"),
        ({"verify_tls": Path("/absent/authority.pem")}, "certificat d'autorité illisible"),
        ({"port": 1}, "connexion impossible"),
    ],
)
def test_what_keeps_us_out_fails_the_scope(certificate: Certificate, changes: dict[str, Any], words: str) -> None:
    with serving(WORLD, certificate) as server:
        scope = scope_of(server, certificate, **changes)
    assert (scope.status, scope.facts) == (ScopeStatus.FAILED, ())
    assert words in scope.faults[0]
    assert changes.get("token", SECRET) not in scope.faults[0]


def test_verification_can_be_given_up(certificate: Certificate) -> None:
    with serving(WORLD, certificate) as server:
        assert scope_of(server, certificate, verify_tls=False).status is ScopeStatus.COMPLETE


def test_something_else_than_proxmox_answers(certificate: Certificate) -> None:
    for body in ("hello", ["x"], {"detail": "not here"}, {"data": "x"}, {"data": [1, None]}):
        with replies({f"{API}cluster/resources": Answer(200, body)}, certificate) as server:
            scope = scope_of(server, certificate)
        assert scope.status is not ScopeStatus.COMPLETE
        assert not scope.facts
        assert scope.faults


def test_a_server_that_accepts_and_never_answers(certificate: Certificate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        snapshot = source(silent.getsockname()[1], certificate, timeout_s=0.2).facts()
    assert snapshot.status is ScopeStatus.FAILED
    assert "pas de réponse en 0.2 s" in snapshot.scopes[0].faults[0]
    assert 0.2 <= snapshot.duration_s < 3


def test_a_node_that_never_answers_costs_one_timeout_not_one_per_guest(certificate: Certificate) -> None:
    over = Event()

    def silent(question: Question) -> Answer:
        over.wait(10)
        return Answer(200, {"data": {}})

    rows = [{"type": "qemu", "vmid": 100 + n, "node": "n1", "status": "running"} for n in range(64)]
    answers = table(data(rows), ["n1"], {f"n1/qemu/{row['vmid']}": silent for row in rows})
    with replies(answers, certificate) as server:
        snapshot = source(server.port, certificate, timeout_s=0.5).facts()
        over.set()
    assert snapshot.status is ScopeStatus.PARTIAL
    assert len(snapshot.scopes[0].facts) == 64
    assert "nœud n1" in snapshot.scopes[0].faults[0]
    assert snapshot.duration_s < 2.5


@pytest.mark.parametrize(
    ("pool", "tags", "code"),
    [
        ("abbeville", [], "abbeville"),
        ("Client-Abbeville", ["client-amiens"], "abbeville"),
        (None, ["web", "Client-Amiens"], "amiens"),
        (None, ["web", "clientele"], None),
        (None, ["client-"], None),
        ("", [], None),
    ],
)
def test_whose_machine_it_is(pool: str | None, tags: list[str], code: str | None) -> None:
    assert customer_hint(pool, tags) == code


@pytest.mark.parametrize(
    ("permissions", "all_seen"),
    [
        ({"/": {"VM.Audit": 1}}, True),
        ({"/vms": {"VM.Audit": 1}}, True),
        ({"/": {"VM.Audit": 0}}, False),
        ({"/": {"Sys.Audit": 1}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_what_a_token_may_see(permissions: Any, all_seen: bool) -> None:
    assert sees_everything(permissions) is all_seen


@pytest.mark.parametrize("tags", ["web;client-amiens", "web, client-amiens", "web client-amiens"])
def test_tags_are_read_as_every_version_separates_them(certificate: Certificate, tags: str) -> None:
    row = {"type": "qemu", "vmid": 100, "node": "n1"}
    answers = table(data([row]), ["n1"], {"n1/qemu/100": data({"cores": 1, "tags": tags})})
    with replies(answers, certificate) as server:
        (guest,) = guests(scope_of(server, certificate)).values()
    assert guest.customer == "amiens"
