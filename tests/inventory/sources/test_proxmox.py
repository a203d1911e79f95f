"""Proxmox's recorded answers and errors, over real HTTPS, through the real client."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dcops.demo.serving import Answer
from dcops.demo.tls import Certificate
from inventory.facts import GIB, MIB, ScopeStatus
from inventory.sources.proxmox_server import sees_everything
from tests.inventory.sources.asking_proxmox import (
    API,
    guests,
    resources,
    scope_of,
    table,
)
from tests.inventory.sources.recorded import data, recorded, replies


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
    "401-no-ticket": (ScopeStatus.PARTIAL, "jeton refusé (401 No ticket)"),
    "401-token": (ScopeStatus.PARTIAL, "jeton refusé (401 Authentication failed!)"),
    "403-permission": (ScopeStatus.PARTIAL, "accès interdit (403 Permission check failed (/, Sys.Audit))"),
    "595-no-route": (ScopeStatus.PARTIAL, "le nœud ne répond pas (595 No route to host)"),
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


@pytest.mark.parametrize(
    ("permissions", "all_seen"),
    [
        ({"/": {"VM.Audit": 1}}, True),
        ({"/vms": {"VM.Audit": 1}}, True),
        ({"/": {"VM.Audit": 0}}, False),
        ({"/": {"Sys.Audit": 1}}, False),
        ({"/": 1}, False),
        ({}, False),
        (None, False),
        ({"/": "all"}, False),
        ({"/": {"VM.Audit": 1}, "/vms": {"VM.Console": 1}}, False),
        ({"/vms": {"VM.Audit": 1}, "/vms/150": {"VM.Console": 1}}, False),
        ({"/vms": {"VM.Audit": 1}, "/vms/150": {"VM.Audit": 0}, "/storage/x": {"Datastore.Audit": 1}}, True),
    ],
)
def test_what_a_token_may_see(permissions: Any, all_seen: bool) -> None:
    assert sees_everything(permissions, "/vms", "VM.Audit") is all_seen


@pytest.mark.parametrize("tags", ["web;client-amiens", "web, client-amiens", "web client-amiens"])
def test_tags_are_read_as_every_version_separates_them(certificate: Certificate, tags: str) -> None:
    row = {"type": "qemu", "vmid": 100, "node": "n1"}
    answers = table(data([row]), ["n1"], {"n1/qemu/100": data({"cores": 1, "tags": tags})})
    with replies(answers, certificate) as server:
        (guest,) = guests(scope_of(server, certificate)).values()
    assert guest.customer == "amiens"


def test_a_refused_list_of_nodes_hides_no_machine(recordings: Path, certificate: Certificate) -> None:
    answers = table(data([{"type": "qemu", "vmid": 100, "node": "n1"}]), [], {"n1/qemu/100": data({"cores": 2})})
    answers[f"{API}cluster/resources?type=node"] = _error(recordings, "403-permission")
    with replies(answers, certificate) as server:
        scope = scope_of(server, certificate)
    assert (scope.status, scope.faults) == (ScopeStatus.COMPLETE, ())
    assert resources(guests(scope)["qemu/100"]) == (Decimal(2), 512 * MIB, 0)
