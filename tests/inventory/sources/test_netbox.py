"""NetBox's recorded answers and a simulated NetBox, over real HTTP, through the real client."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dcops.demo.netbox import serving
from dcops.demo.netbox_rows import Rows
from dcops.demo.netbox_world import SimDevice, SimRack
from dcops.demo.serving import Answer, Question
from inventory.facts import GIB, Guest, Mounting, RackUnit, Reservation, Scope, ScopeStatus, Snapshot
from inventory.sources.memory import MemorySource
from tests.conftest import NOW
from tests.inventory.sources.asking_netbox import SMALL, VMS, WORLD, ask, both, counting, of, recordings_of
from tests.inventory.sources.recorded import replies


def test_netbox_4_6_as_recorded(recordings: Path) -> None:
    with replies(recordings_of(recordings / "netbox")) as server:
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
    replied = recordings_of(recordings / "netbox")
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
    with counting(WORLD) as (server, asked):
        _, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.COMPLETE
    assert [guest.vmid for guest in of(machines, Guest)] == [100 + n for n in range(2500)]
    # status, four lists of the racks, three pages of machines; sites, tenants, and what the token sees of theirs
    assert len(asked) == 1 + 4 + 3 + 2 + 5
    assert all("fields" in question.query or question.query["limit"] == "1" for question in asked[1:])


@pytest.mark.parametrize("largest", [1000, 300])
def test_a_machine_deleted_and_one_added_between_two_pages_hide_no_other(
    monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    """``largest``: the MAX_PAGE_SIZE of the server, which may be smaller than the page asked for."""
    monkeypatch.setattr("dcops.demo.netbox.LARGEST_PAGE", largest)

    def edit(rows: Rows, question: Question) -> None:
        machines = rows.lists[VMS]
        if question.path == VMS and "fields" in question.query and machines[4]["name"] == "vm0004":
            machines.append({**machines.pop(4), "id": 9999, "name": "new"})

    with counting(WORLD, edit) as (server, _):
        _, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.COMPLETE
    assert {guest.name for guest in of(machines, Guest)} == {vm.name for vm in WORLD.vms} | {"new"}


def test_a_netbox_that_does_not_know_how_to_page_by_number_is_partial(recordings: Path) -> None:
    replied = recordings_of(recordings / "netbox")
    rows = [{"id": number, "name": f"vm{number}"} for number in range(1, 1001)]
    replied[VMS] = Answer(200, {"count": 1500, "next": None, "results": rows})
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert (machines.status, len(machines.facts)) == (ScopeStatus.PARTIAL, 1000)
    assert "1000 objets reçus sur 1500 annoncés" in machines.faults[0]


def test_racks_of_one_name_are_told_apart_by_nobody() -> None:
    """NetBox wants a name unique in its room; here a rack's name is the rack."""
    devices = (*SMALL.devices, SimDevice("srv3", "C01", 5.0, "r650"))
    racks = (SimRack("A01", "salle-1"), SimRack("A01", "salle-2"), SimRack("C01", "salle-2"))
    world = replace(SMALL, racks=racks, devices=tuple(device for device in devices if device.rack != "B01"))
    with serving(world) as server:
        found, _ = both(ask(server.url))
    assert found.status is ScopeStatus.PARTIAL
    assert [rack.name for rack in of(found, RackUnit)] == ["C01"]
    assert [device.name for device in of(found, Mounting)] == ["srv3"]
    assert of(found, Reservation) == []
    assert "« A01 » (n° 1), « A01 » (n° 2) : ligne ignorée, plusieurs baies portent ce nom" in found.faults[0]


def test_filters_reach_the_lists() -> None:
    with serving(SMALL) as server:
        racks, machines = both(ask(server.url, filters={"site": "abbeville-dc"}))
    assert [rack.name for rack in of(racks, RackUnit)] == ["B01"]
    assert [device.name for device in of(racks, Mounting)] == ["srv2"]
    assert machines.facts == ()


def test_a_memory_source_answers_what_it_was_given() -> None:
    snapshot = Snapshot("demo", "real", NOW, 0.0, (Scope("demo", ScopeStatus.COMPLETE),))
    assert MemorySource("demo", snapshot).facts() is snapshot


def test_an_address_copied_with_its_api_is_understood() -> None:
    with serving(SMALL) as server:
        for url in (f"{server.url}/", f"{server.url}/api", f"{server.url}/api/"):
            assert [scope.status for scope in ask(url).scopes] == [ScopeStatus.COMPLETE, ScopeStatus.COMPLETE]
