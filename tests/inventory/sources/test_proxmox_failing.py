"""Clusters that are whole, half dead, closed to the token, silent, or not Proxmox at all."""

from __future__ import annotations

import socket
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from dcops.demo.proxmox import serving
from dcops.demo.serving import Answer, Question
from dcops.demo.tls import Certificate
from inventory.facts import GIB, MIB, Guest, ScopeStatus
from tests.inventory.sources.asking_proxmox import (
    API,
    SECRET,
    WORLD,
    guests,
    resources,
    scope_of,
    source,
    table,
)
from tests.inventory.sources.recorded import data, replies


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
    assert "1 machine ignorée, sans vmid" in scope.faults[0]


@pytest.mark.parametrize(
    "odd", [{"name": ["x"]}, {"name": 12}, {"tags": ["web"]}, {"pool": {}}, {"maxcpu": "x"}, {"status": []}]
)
def test_one_odd_guest_never_hides_the_others(certificate: Certificate, odd: dict[str, Any]) -> None:
    rows = [{"type": "lxc", "vmid": 100, "node": "n1"} | odd, {"type": "qemu", "vmid": 101, "node": "n1"}]
    made_of = data({"cores": 1, "rootfs": "ceph:vm-100-disk-0,size=1G"})
    answers = table(data([*rows, {"type": ["qemu"]}]), ["n1"], {"n1/lxc/100": made_of, "n1/qemu/101": made_of})
    with replies(answers, certificate) as server:
        scope = scope_of(server, certificate)
    assert (scope.status, len(scope.facts)) == (ScopeStatus.COMPLETE, 2)
    told = [(fact.name, fact.status) for fact in scope.facts if isinstance(fact, Guest)]
    assert all(name in (None, "12") and status == "unknown" for name, status in told)
    assert len(told) == 2


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


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
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
