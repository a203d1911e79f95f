"""Guests that are written oddly, clusters that are slow or hang in part: what is told of them, and how soon."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

from dcops.demo.proxmox import serving
from dcops.demo.proxmox_world import SimGuest
from dcops.demo.serving import Answer, Question
from dcops.demo.tls import Certificate
from inventory.facts import GIB, MIB, Scope, ScopeStatus
from inventory.mapping import NAME, POOL, TAG, CustomerRule, CustomerRules
from tests.inventory.sources.asking_proxmox import API, WORLD, guests, resources, scope_of, source, table
from tests.inventory.sources.recorded import data, replies


def test_nodes_that_hang_are_found_out_together(certificate: Certificate) -> None:
    """Twelve nodes that never answer, and one that does: each is asked once, or once more where two threads cross."""
    over, asked = Event(), []

    def silent(question: Question) -> Answer:
        asked.append(question)
        over.wait(10)
        return Answer(200, {"data": {}})

    rows = [{"type": "qemu", "vmid": 100 + n, "node": f"n{n // 20}", "status": "running"} for n in range(260)]
    configs: dict[str, Any] = {f"{row['node']}/qemu/{row['vmid']}": silent for row in rows[:240]}
    configs |= {f"n12/qemu/{row['vmid']}": data({"cores": 2}) for row in rows[240:]}
    with replies(table(data(rows), [f"n{n}" for n in range(13)], configs), certificate) as server:
        snapshot = source(server.port, certificate, timeout_s=1).facts()
        over.set()
    assert snapshot.status is ScopeStatus.PARTIAL
    assert len(snapshot.scopes[0].faults) == 12
    read = [guest.node for guest in guests(snapshot.scopes[0]).values() if guest.vcpus]
    assert read == ["n12"] * 20
    assert 12 <= len(asked) < 24


def test_what_is_not_read_in_time_is_unknown_and_said(certificate: Certificate) -> None:
    with serving(WORLD, certificate) as server:
        scope = scope_of(server, certificate, limit_s=0)
    assert (scope.status, len(scope.facts)) == (ScopeStatus.PARTIAL, 40)
    assert {resources(guest) for guest in guests(scope).values()} == {(None, None, None)}
    assert len(scope.faults) == 1
    assert "faute de temps" in scope.faults[0]
    assert "reconcile.source_timeout_s" in scope.faults[0]


@pytest.mark.parametrize("memory", [2048, "2048", "current=2048"])
@pytest.mark.parametrize("vmid", [100, "100"])
def test_memory_and_vmid_however_they_are_written(certificate: Certificate, memory: object, vmid: object) -> None:
    row = {"type": "qemu", "vmid": vmid, "node": "n1", "maxmem": 1}
    answers = table(data([row]), ["n1"], {"n1/qemu/100": data({"cores": 1, "memory": memory})})
    with replies(answers, certificate) as server:
        (guest,) = guests(scope_of(server, certificate)).values()
    assert (guest.vmid, guest.memory_bytes) == (100, 2048 * MIB)


def test_a_machine_has_no_more_processors_than_its_node(certificate: Certificate) -> None:
    rows = [{"type": kind, "vmid": 100 + n, "node": "n1"} for n, kind in enumerate(("qemu", "qemu", "qemu", "lxc"))]
    configs = ({"sockets": 2, "cores": 8}, {"sockets": 2, "cores": 8, "vcpus": 3}, {"cores": 4}, {"memory": 512})
    told = {f"n1/{row['type']}/{row['vmid']}": data(config) for row, config in zip(rows, configs, strict=True)}
    answers = table(data(rows), [], told)
    nodes = [{"type": "node", "node": "n1", "status": "online", "maxcpu": 12}]
    answers[f"{API}cluster/resources?type=node"] = data(nodes)
    with replies(answers, certificate) as server:
        scope = scope_of(server, certificate)
    assert [guest.vcpus for guest in guests(scope).values()] == [12, 3, 4, 12]


def test_a_container_whose_configuration_holds_a_list_of_pairs(certificate: Certificate) -> None:
    config = {
        "cores": 2,
        "memory": 1024,
        "lxc": [["lxc.apparmor.profile", "unconfined"]],
        "rootfs": "ceph:vm-1,size=8G",
    }
    row = {"type": "lxc", "vmid": 100, "node": "n1", "name": "n" * 64, "status": "running"}
    with replies(table(data([row]), ["n1"], {"n1/lxc/100": data(config)}), certificate) as server:
        scope = scope_of(server, certificate)
    (guest,) = guests(scope).values()
    assert scope.status is ScopeStatus.COMPLETE
    assert (guest.name, resources(guest)) == ("n" * 64, (Decimal(2), 1024 * MIB, 8 * GIB))


def test_a_passthrough_disk_is_not_counted_and_said(certificate: Certificate) -> None:
    config = {"cores": 1, "scsi0": "ceph:vm-100-disk-0,size=20G", "scsi1": "/dev/disk/by-id/ata-X,size=2000G"}
    row = {"type": "qemu", "vmid": 100, "node": "n1", "maxdisk": 20 * GIB}
    with replies(table(data([row]), ["n1"], {"n1/qemu/100": data(config)}), certificate) as server:
        scope = scope_of(server, certificate)
    (guest,) = guests(scope).values()
    assert scope.status is ScopeStatus.COMPLETE
    assert (guest.disk_bytes, guest.disks) == (20 * GIB, (("scsi0", 20 * GIB),))
    assert "passthrough" in guest.problems[0]


def test_whose_a_guest_is_with_its_words_as_they_are_written(certificate: Certificate) -> None:
    rules = CustomerRules(
        (CustomerRule(TAG, "c-([a-z]+)"), CustomerRule(NAME, "([a-z]+)-web"), CustomerRule(POOL, "(.+)"))
    )
    guest = SimGuest(100, "roye-web", "n1", pool="Production", tags=("prod", "C-Albert"))
    others = (replace(guest, vmid=101, tags=("prod",)), replace(guest, vmid=102, name="x", tags=(), pool="Albert"))
    template = replace(guest, vmid=103, template=True)
    world = replace(WORLD, guests=(guest, *others, replace(guest, vmid=104, name="y", tags=(), pool=None), template))
    with serving(world, certificate) as server:
        scope = scope_of(server, certificate, rules=rules)
    read = list(guests(scope).values())
    assert [one.customer for one in read] == ["albert", "roye", "albert", "albert", None]
    assert (read[0].pool, read[0].tags, read[2].pool) == ("Production", ("prod", "C-Albert"), "Albert")
    assert [one.vmid for one in read if one.template] == [103]


def test_a_refused_token_is_asked_about_once(certificate: Certificate) -> None:
    """Proxmox waits three seconds before it refuses: that is one wait, not one per guest."""
    asked: list[str] = []

    def refuse(question: Question) -> Answer:
        asked.append(question.path)
        return Answer(401, reason="Authentication failed!")

    with replies({f"{API}cluster/resources": refuse}, certificate) as server:
        scope = scope_of(server, certificate)
    assert scope.status is ScopeStatus.FAILED
    assert len(asked) == 1


def moving(certificate: Certificate, after: list[dict[str, Any]], *, again: Answer) -> Scope:
    """A guest of n1 that was on its way when its configuration was asked for; ``after``: the list from then on."""
    lists = [[{"type": "qemu", "vmid": 100, "node": "n1"}, {"type": "qemu", "vmid": 101, "node": "n1"}], after]
    gone = Answer(500, {"data": None}, "Configuration file 'nodes/n1/qemu-server/100.conf' does not exist")
    configs = {"n1/qemu/100": gone, "n1/qemu/101": data({"cores": 2}), "n2/qemu/100": again}
    answers = table(data([]), ["n1", "n2"], configs)
    answers[f"{API}cluster/resources?type=vm"] = lambda _: data(lists.pop(0))
    with replies(answers, certificate) as server:
        return scope_of(server, certificate)


STAYED = {"type": "qemu", "vmid": 101, "node": "n1"}


def test_a_machine_that_moves_while_it_is_read_is_found_again(certificate: Certificate) -> None:
    there = {"type": "qemu", "vmid": 100, "node": "n2"}
    scope = moving(certificate, [there, STAYED], again=data({"cores": 4}))
    assert (scope.status, scope.faults) == (ScopeStatus.COMPLETE, ())
    assert [(guest.vmid, guest.node, guest.vcpus) for guest in guests(scope).values()] == [
        (100, "n2", 4),
        (101, "n1", 2),
    ]


def test_a_machine_deleted_while_it_is_read_is_there_no_more(certificate: Certificate) -> None:
    scope = moving(certificate, [STAYED], again=data({}))
    assert (scope.status, list(guests(scope))) == (ScopeStatus.COMPLETE, ["qemu/101"])


def test_a_machine_that_is_listed_and_has_no_configuration_is_unknown(certificate: Certificate) -> None:
    scope = moving(certificate, [{"type": "qemu", "vmid": 100, "node": "n1"}, STAYED], again=data({}))
    assert scope.status is ScopeStatus.PARTIAL
    assert "configuration non lue de qemu/100" in scope.faults[0]
    assert "does not exist" in scope.faults[0]
    assert resources(guests(scope)["qemu/100"]) == (None, None, None)
