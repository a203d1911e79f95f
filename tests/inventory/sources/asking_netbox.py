"""Asks a served NetBox through the real source, and reads what it told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from dcops.demo.netbox import answer
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
from inventory.facts import Scope, Snapshot
from inventory.sources.netbox import NetboxSource
from tests.conftest import NOW
from tests.inventory.sources.recorded import Reply, recorded

TOKEN = "nbt_key.0123456789secret"
VMS = "/api/virtualization/virtual-machines/"
DISKS = "/api/virtualization/virtual-disks/"
LISTS = {
    "/api/dcim/racks/": "racks",
    "/api/dcim/device-types/": "device-types",
    "/api/dcim/devices/": "devices",
    "/api/dcim/rack-reservations/": "rack-reservations",
    VMS: "virtual-machines",
    DISKS: "virtual-disks",
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
    assert [scope.name for scope in snapshot.scopes] == ["racks", "virtual-machines", "tenants"]
    assert changes.get("token", TOKEN) not in repr(snapshot)
    return snapshot


def both(snapshot: Snapshot) -> tuple[Scope, Scope]:
    """The scopes of the racks and of the machines."""
    racks, machines, _ = snapshot.scopes
    return racks, machines


def of(scope: Scope, kind: type) -> list[Any]:
    return [fact for fact in scope.facts if isinstance(fact, kind)]


def recordings_of(folder: Path) -> dict[str, Reply]:
    """The recorded first pages as if they were whole lists."""
    replied: dict[str, Reply] = {"/api/status/": recorded(folder / "status.json")}
    for path, name in LISTS.items():
        page = json.loads((folder / f"{name}.json").read_text())
        replied[path] = Answer(200, page | {"next": None, "count": len(page["results"])})
    for path in ("/api/dcim/sites/", "/api/tenancy/tenants/"):  # theirs count what was not recorded
        replied[path] = Answer(200, {"count": 0, "next": None, "results": []})
    return replied


@contextmanager
def counting(
    world: NetboxWorld, between: Callable[[Rows, Question], None] | None = None
) -> Iterator[tuple[HttpServer, list[Question]]]:
    """A simulated NetBox and the questions it was asked; ``between`` edits its lists after each answer."""
    asked: list[Question] = []

    def respond(question: Question) -> Answer:
        asked.append(question)
        answered = answer(rows, question)
        if between is not None:
            between(rows, question)
        return answered

    server = HttpServer("127.0.0.1", 0, None, respond)
    rows = Rows(world, server.url)
    with in_thread(server):
        yield server, asked
