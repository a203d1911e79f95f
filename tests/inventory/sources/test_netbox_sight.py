"""A token that does not see everything: NetBox leaves rows out without a word, and nothing is taken for absent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dcops.demo.netbox import answer, serving
from dcops.demo.netbox_rows import Rows
from dcops.demo.serving import Answer, Question, in_thread
from dcops.demo.serving import Server as HttpServer
from inventory.facts import ScopeStatus
from tests.inventory.sources.asking_netbox import SMALL, VMS, ask, both, counting

RACKS, DEVICES, SITES, TENANTS = "/api/dcim/racks/", "/api/dcim/devices/", "/api/dcim/sites/", "/api/tenancy/tenants/"
FORBIDDEN = Answer(403, {"detail": "You do not have permission to perform this action."})
ORPHAN = replace(SMALL, vms=(*SMALL.vms, replace(SMALL.vms[0], name="nowhere", cluster=None, tenant=None)))


@pytest.mark.parametrize(
    ("path", "name", "scope"),
    [(RACKS, "dcim/racks", 0), (DEVICES, "dcim/devices", 0), (VMS, "virtualization/virtual-machines", 1)],
)
def test_a_token_that_does_not_see_an_object_makes_its_scope_partial(path: str, name: str, scope: int) -> None:
    with serving(replace(SMALL, hidden=frozenset({(path, 1)}))) as server:
        scopes = both(ask(server.url))
    assert scopes[scope].status is ScopeStatus.PARTIAL
    assert scopes[1 - scope].status is ScopeStatus.COMPLETE
    assert any(f"{name} : le jeton ne voit que" in fault and "« view »" in fault for fault in scopes[scope].faults)


def test_the_sentence_counts_what_is_seen_and_what_there_is() -> None:
    with serving(replace(SMALL, hidden=frozenset({(VMS, 1), (VMS, 3)}))) as server:
        _, machines = both(ask(server.url))
    assert [fault.split(" ; ")[0] for fault in machines.faults] == [
        f"virtualization/virtual-machines : le jeton ne voit que 1 des 3 objets que NetBox compte par {owner}"
        for owner in ("site", "tenant")
    ]


def test_what_is_hidden_with_its_site_is_counted_by_its_tenant() -> None:
    hidden = frozenset({(SITES, 1), *((VMS, number) for number in (1, 2, 3))})
    with serving(replace(SMALL, hidden=hidden)) as server:
        _, machines = both(ask(server.url))
    assert (machines.status, machines.facts) == (ScopeStatus.PARTIAL, ())
    assert "0 des 3 objets que NetBox compte par tenant" in machines.faults[0]


def test_a_filter_hides_nothing() -> None:
    for world in (SMALL, ORPHAN):
        with serving(world) as server:
            snapshot = ask(server.url, filters={"site": "abbeville-dc"})
        assert snapshot.status is ScopeStatus.COMPLETE


def test_a_filter_does_not_hide_that_the_token_is_blind() -> None:
    with serving(replace(SMALL, hidden=frozenset({(RACKS, 1)}))) as server:
        racks, _ = both(ask(server.url, filters={"site": "abbeville-dc"}))
    assert racks.status is ScopeStatus.PARTIAL


def test_a_machine_of_no_site_and_no_tenant_is_seen_all_the_same() -> None:
    with serving(ORPHAN) as server:
        _, machines = both(ask(server.url))
    assert (machines.status, len(machines.facts)) == (ScopeStatus.COMPLETE, 4)


@pytest.mark.parametrize("path", [SITES, TENANTS])
def test_without_the_right_to_the_counts_nothing_says_that_all_is_seen(path: str) -> None:
    def respond(question: Question) -> Answer:
        return FORBIDDEN if question.path == path else answer(rows, question)

    server = HttpServer("127.0.0.1", 0, None, respond)
    rows = Rows(SMALL, server.url)
    with in_thread(server):
        scopes = both(ask(server.url))
    for scope in scopes:
        assert (scope.status, bool(scope.facts), len(scope.faults)) == (ScopeStatus.PARTIAL, True, 1)
        assert scope.faults[0].startswith(f"rien ne dit que le jeton voit tout : {path[5:-1]} : NetBox")


@pytest.mark.parametrize("column", ["site_id__n", "tenant_id__n"])
def test_what_the_token_sees_is_not_taken_for_all_when_it_is_not_counted(column: str) -> None:
    def respond(question: Question) -> Answer:
        return Answer(500, {"error": "x"}) if column in question.query else answer(rows, question)

    server = HttpServer("127.0.0.1", 0, None, respond)
    rows = Rows(SMALL, server.url)
    with in_thread(server):
        scopes = both(ask(server.url))
    for scope in scopes:
        assert (scope.status, bool(scope.facts)) == (ScopeStatus.PARTIAL, True)
        assert all(fault.startswith("rien ne dit que le jeton voit tout") for fault in scope.faults)


def test_a_scope_that_failed_asks_nothing_more() -> None:
    with counting(replace(SMALL, failing=((VMS, 0),))) as (server, asked):
        _, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.FAILED
    assert [question.path for question in asked].count(VMS) == 1
