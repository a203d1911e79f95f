"""NetBox's recorded answers and a simulated NetBox, over real HTTP, through the real client."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dcops.demo.netbox import answer, serving
from dcops.demo.netbox_rows import Rows
from dcops.demo.netbox_world import (
    NetboxWorld,
    SimCluster,
    SimDevice,
    SimDeviceType,
    SimRack,
    SimReservation,
    SimRoom,
    SimSite,
    SimTenant,
    SimVm,
)
from dcops.demo.serving import Answer, Question, in_thread
from dcops.demo.serving import Server as HttpServer
from inventory.clock import FixedClock
from inventory.facts import GIB, Guest, Mounting, RackUnit, Reservation, Scope, ScopeStatus, Snapshot
from inventory.sources.memory import MemorySource
from inventory.sources.netbox import NetboxSource
from tests.conftest import NOW
from tests.inventory.sources.recorded import Reply, recorded, replies

TOKEN = "nbt_key.0123456789secret"
VMS = "/api/virtualization/virtual-machines/"
LISTS = {
    "/api/dcim/racks/": "racks",
    "/api/dcim/device-types/": "device-types",
    "/api/dcim/devices/": "devices",
    "/api/dcim/rack-reservations/": "rack-reservations",
    VMS: "virtual-machines",
}
WORLD = NetboxWorld(
    sites=(SimSite("Amiens", "amiens"), SimSite("Abbeville", "abbeville-dc")),
    rooms=(SimRoom("Salle 1", "salle-1", "amiens"), SimRoom("Salle 2", "salle-2", "abbeville-dc")),
    tenants=(SimTenant("Ville d'Abbeville", "abbeville"),),
    racks=(SimRack("A01", "salle-1"), SimRack("B01", "salle-2", u_height=24)),
    device_types=(SimDeviceType("R650", "r650"), SimDeviceType("Demi", "demi", 0.5), SimDeviceType("PDU", "pdu", 0)),
    devices=(
        SimDevice("srv1", "A01", 10.0, "r650", tenant="abbeville"),
        SimDevice("half", "A01", 12.5, "demi"),
        SimDevice("pdu", "A01", None, "pdu", face=None),
        SimDevice("srv2", "B01", 24.0, "r650", face="rear"),
    ),
    reservations=(SimReservation("A01", (1, 2, 5), "abbeville", "Bon 12"),),
    clusters=(SimCluster("pve-1", "amiens"),),
    vms=tuple(SimVm(f"vm{n:04}", "pve-1", "abbeville", vmid=100 + n) for n in range(2500)),
    token=TOKEN,
)
SMALL = replace(WORLD, vms=WORLD.vms[:3])


def ask(url: str, **changes: Any) -> Snapshot:
    asked: dict[str, Any] = {
        "url": url,
        "token": TOKEN,
        "verify_tls": True,
        "timeout_s": 10,
        "filters": {},
        "megabyte": 1000,
        "clock": FixedClock(NOW),
    }
    snapshot = NetboxSource(**(asked | changes)).facts()
    assert (snapshot.source, snapshot.kind, snapshot.taken_at) == ("netbox", "documented", NOW)
    assert [scope.name for scope in snapshot.scopes] == ["racks", "virtual-machines"]
    assert changes.get("token", TOKEN) not in repr(snapshot)
    return snapshot


def both(snapshot: Snapshot) -> tuple[Scope, Scope]:
    racks, machines = snapshot.scopes
    return racks, machines


def of(scope: Scope, kind: type) -> list[Any]:
    return [fact for fact in scope.facts if isinstance(fact, kind)]


def _recordings(folder: Path) -> dict[str, Reply]:
    """The recorded first pages as if they were whole lists."""
    replied: dict[str, Reply] = {"/api/status/": recorded(folder / "status.json")}
    for path, name in LISTS.items():
        page = json.loads((folder / f"{name}.json").read_text())
        replied[path] = Answer(200, page | {"next": None, "count": len(page["results"])})
    return replied


def test_netbox_4_6_as_recorded(recordings: Path) -> None:
    with replies(_recordings(recordings / "netbox")) as server:
        racks, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.COMPLETE
    first, _, third = of(machines, Guest)
    assert (first.name, first.cluster, first.vmid) == ("vm00001.cust001.example", "pve-par1-a", 100)
    assert (first.status, first.customer) == ("stopped", "customer-001")
    assert (first.vcpus, first.memory_bytes, first.disk_bytes) == (1, 32 * GIB, 20 * GIB)
    assert (third.vmid, third.status, third.disk_bytes) == (102, "running", 100 * GIB)
    assert of(racks, RackUnit)[0] == RackUnit("FRA1-A01", "FRA1", "Room A", 42, "21")
    assert of(racks, Mounting)[0] == Mounting(
        "FRA1-A01", "fra1-a01-u01", 0, 2, "front", "customer-022", "Colocated server", "201"
    )
    # Three rows of each list were recorded: one device's type and the reservations' rack are not among them.
    assert racks.status is ScopeStatus.PARTIAL
    assert ["hauteur" in racks.faults[0], "sa baie" in racks.faults[1]] == [True, True]


def test_recorded_reservations(recordings: Path) -> None:
    replied = _recordings(recordings / "netbox")
    rack = {"id": 1, "name": "PAR1-A01", "u_height": 42, "site": None, "location": None}
    replied["/api/dcim/racks/"] = Answer(200, {"count": 1, "next": None, "results": [rack]})
    with replies(replied) as server:
        racks, _ = both(ask(server.url))
    found = of(racks, Reservation)[0]
    assert found == Reservation("PAR1-A01", 38, 42, "customer-001", "Order 5000", reference="1")


def test_racks_devices_and_reservations() -> None:
    with serving(SMALL) as server:
        racks, _ = both(ask(server.url))
    assert (racks.status, racks.faults) == (ScopeStatus.COMPLETE, ())
    assert [(rack.name, rack.site, rack.room, rack.u_height) for rack in of(racks, RackUnit)] == [
        ("A01", "Amiens", "Salle 1", 42),
        ("B01", "Abbeville", "Salle 2", 24),
    ]
    assert [(m.name, m.first_half_unit, m.half_units, m.face) for m in of(racks, Mounting)] == [
        ("srv1", 18, 2, "front"),
        ("half", 23, 1, "front"),
        ("srv2", 46, 2, "rear"),
    ]
    assert [(r.first_half_unit, r.end_half_unit) for r in of(racks, Reservation)] == [(0, 4), (8, 10)]


def test_every_page_is_read_in_few_requests() -> None:
    with _counting(WORLD) as (server, asked):
        _, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.COMPLETE
    assert [guest.vmid for guest in of(machines, Guest)] == [100 + n for n in range(2500)]
    assert len(asked) == 1 + 4 + 3  # status, four lists of the racks, three pages of machines
    assert all("fields" in question.query for question in asked[1:])


@contextmanager
def _counting(world: NetboxWorld) -> Iterator[tuple[HttpServer, list[Question]]]:
    """A simulated NetBox and the questions it was asked."""
    asked: list[Question] = []

    def respond(question: Question) -> Answer:
        asked.append(question)
        return answer(rows, question)

    server = HttpServer("127.0.0.1", 0, None, respond)
    rows = Rows(world, server.url)
    with in_thread(server):
        yield server, asked


def test_an_error_on_the_second_page_keeps_the_first_and_makes_the_scope_partial() -> None:
    with serving(replace(WORLD, failing=((VMS, 1000),))) as server:
        racks, machines = both(ask(server.url))
    assert racks.status is ScopeStatus.COMPLETE
    assert (machines.status, len(machines.facts)) == (ScopeStatus.PARTIAL, 1000)
    assert "erreur 500" in machines.faults[0]


def test_an_error_on_the_first_page_fails_that_scope_only() -> None:
    with serving(replace(SMALL, failing=((VMS, 0),))) as server:
        racks, machines = both(ask(server.url))
    assert (racks.status, machines.status) == (ScopeStatus.COMPLETE, ScopeStatus.FAILED)
    assert machines.facts == ()
    assert len(machines.faults) == 1


@pytest.mark.parametrize("path", ["racks", "device-types", "devices", "rack-reservations"])
def test_any_list_of_the_racks_that_fails_makes_the_racks_partial(path: str) -> None:
    with serving(replace(SMALL, failing=((f"/api/dcim/{path}/", 0),))) as server:
        racks, machines = both(ask(server.url))
    if path == "racks":  # nothing can be placed without them
        assert (racks.status, racks.facts) == (ScopeStatus.FAILED, ())
    else:
        assert racks.status is ScopeStatus.PARTIAL
        assert racks.facts
    assert machines.status is ScopeStatus.COMPLETE


def test_fewer_rows_than_announced_is_partial(recordings: Path) -> None:
    replied = _recordings(recordings / "netbox")
    page = json.loads((recordings / "netbox/virtual-machines.json").read_text())
    replied[VMS] = Answer(200, page | {"next": None, "count": 4})
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert (machines.status, len(machines.facts)) == (ScopeStatus.PARTIAL, 3)
    assert "3 objets reçus sur 4" in machines.faults[0]


def test_one_unreadable_row_does_not_hide_the_others(recordings: Path) -> None:
    replied = _recordings(recordings / "netbox")
    rows = [{"id": 1, "name": "odd", "memory": "much"}, {"id": 2, "name": "fine", "memory": 1000}]
    replied[VMS] = Answer(200, {"count": 2, "next": None, "results": rows})
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert [fact.name for fact in of(machines, Guest)] == ["fine"]
    assert machines.status is ScopeStatus.PARTIAL
    assert "« odd »" in machines.faults[0]


@pytest.mark.parametrize("token", ["nbt_key.wrong", "0123456789abcdef0123456789abcdef01234567", "with\nline"])
def test_a_bad_token_fails_both_scopes_with_a_remedy(token: str) -> None:
    with _counting(SMALL) as (server, asked):
        racks, machines = both(ask(server.url, token=token))
    for scope in (racks, machines):
        assert (scope.status, scope.facts, len(scope.faults)) == (ScopeStatus.FAILED, (), 1)
        assert "vérifier le jeton" in scope.faults[0] or "corriger le secret" in scope.faults[0]
    assert len(asked) <= 1 or "\n" in token  # a refused token is not tried again list after list


@pytest.mark.parametrize("token", ["0123456789abcdef0123456789abcdef01234567", TOKEN])
def test_both_kinds_of_token_are_accepted(token: str) -> None:
    with serving(replace(SMALL, token=token)) as server:
        assert ask(server.url, token=token).status is ScopeStatus.COMPLETE


@pytest.mark.parametrize("name", ["error-403-bad-token", "error-403-bad-token-v2", "error-403-no-token"])
def test_recorded_refusals(recordings: Path, name: str) -> None:
    words = json.loads((recordings / f"netbox/{name}.json").read_text())
    with replies({"/api/status/": Answer(403, words)}) as server:
        snapshot = ask(server.url)
    assert snapshot.status is ScopeStatus.FAILED
    assert words["detail"] in snapshot.scopes[0].faults[0]


def test_a_list_that_the_token_may_not_read_fails_its_scope_only(recordings: Path) -> None:
    replied = _recordings(recordings / "netbox")
    replied["/api/dcim/racks/"] = Answer(403, {"detail": "You do not have permission to perform this action."})
    with replies(replied) as server:
        racks, machines = both(ask(server.url))
    assert racks.status is not ScopeStatus.COMPLETE
    assert machines.status is ScopeStatus.COMPLETE


@pytest.mark.parametrize("name", ["error-400-bad-filter-value", "error-400-bad-filter-slug", "error-404-object"])
def test_recorded_bad_requests_are_faults(recordings: Path, name: str) -> None:
    replied = _recordings(recordings / "netbox")
    status = int(name.split("-")[1])
    replied[VMS] = Answer(status, json.loads((recordings / f"netbox/{name}.json").read_text()))
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.FAILED
    assert f"erreur {status}" in machines.faults[0]


def test_unreachable() -> None:
    snapshot = ask("http://127.0.0.1:1")
    assert snapshot.status is ScopeStatus.FAILED
    assert "connexion impossible" in snapshot.scopes[0].faults[0]


def test_a_server_that_accepts_and_never_answers_costs_one_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        snapshot = ask(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)
    assert snapshot.status is ScopeStatus.FAILED
    assert "pas de réponse en 0.2 s" in snapshot.scopes[0].faults[0]
    assert 0.2 <= snapshot.duration_s < 0.8


def test_something_else_than_netbox_answers() -> None:
    for body in ("hello", ["x"], {"detail": "x"}, {"count": 1, "results": ["x"], "next": None}):
        with HttpServer("127.0.0.1", 0, None, lambda _, body=body: Answer(200, body)) as server, in_thread(server):
            snapshot = ask(server.url)
        assert snapshot.status is ScopeStatus.FAILED
        assert all(scope.faults for scope in snapshot.scopes)


def test_filters_reach_the_lists() -> None:
    with serving(SMALL) as server:
        racks, machines = both(ask(server.url, filters={"site": "abbeville-dc"}))
    assert [rack.name for rack in of(racks, RackUnit)] == ["B01"]
    assert [device.name for device in of(racks, Mounting)] == ["srv2"]
    assert machines.facts == ()


def test_a_memory_source_answers_what_it_was_given() -> None:
    snapshot = Snapshot("demo", "real", NOW, 0.0, (Scope("demo", ScopeStatus.COMPLETE),))
    assert MemorySource("demo", snapshot).facts() is snapshot
