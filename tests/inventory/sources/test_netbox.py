"""NetBox's recorded answers and a simulated NetBox, over real HTTP, through the real client."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dcops.demo.netbox import serving
from dcops.demo.netbox_rows import Rows
from dcops.demo.netbox_world import SimDevice, SimRack, SimTenant
from dcops.demo.serving import Answer, Question
from inventory.facts import (
    GIB,
    Appliance,
    Guest,
    Mounting,
    RackUnit,
    Reservation,
    Scope,
    ScopeStatus,
    Snapshot,
    Tenant,
)
from inventory.mapping import NETBOX_TENANT, CustomerRule, CustomerRules
from inventory.sources.memory import MemorySource
from tests.conftest import NOW
from tests.inventory.sources.asking_netbox import DISKS, SMALL, VMS, WORLD, ask, both, counting, of, recordings_of
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
    assert (first.tenant, first.tags, first.disks) == ("customer-001", ("backup",), (("scsi0", 20 * GIB),))
    assert first.version is not None
    rack, device = of(racks, RackUnit)[0], of(racks, Mounting)[0]
    assert (rack.name, rack.site, rack.room, rack.u_height, rack.reference) == ("FRA1-A01", "FRA1", "Room A", 42, "21")
    assert (rack.tenant, rack.customer, rack.version) == ("customer-021", "customer-021", "2026-11-23T20:38:08.580189Z")
    assert device == Mounting(
        "FRA1-A01", "fra1-a01-u01", 0, 2, "front", "customer-022", "Colocated server", "201", "customer-022"
    )
    assert of(racks, Appliance)[0] == Appliance("SN000201", "fra1-a01-u01", "customer-022", reference="201")
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
    # status, four lists of the racks, three pages of machines, three of disks; sites, tenants, what is seen of theirs
    assert len(asked) == 1 + 4 + 3 + 3 + 2 + 5
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


IDS = range(1, 2501)


def _listed(ids: Iterable[int], knows_ids: bool, query: Mapping[str, str], count: int | None = None) -> Answer:
    """A page of a list as NetBox gives it; ``count`` is what it says instead of how many there are."""
    after, skipped = int(query.get("id__gt", 0)) if knows_ids else 0, int(query.get("offset", 0))
    left = [number for number in ids if number > after]
    page = [{"id": number, "name": f"vm{number}"} for number in left[skipped : skipped + 1000]]
    more = "https://netbox/next" if skipped + len(page) < len(left) else None
    return Answer(200, {"count": len(left) if count is None else count, "next": more, "results": page})


@pytest.mark.parametrize("knows_ids", [True, False])
@pytest.mark.parametrize("count", [None, 0, 500])
def test_a_list_is_read_to_its_end_whatever_it_counts_and_however_it_is_paged(
    recordings: Path, knows_ids: bool, count: int | None
) -> None:
    replied = recordings_of(recordings / "netbox")
    replied[VMS] = lambda question: _listed(IDS, knows_ids, question.query, count)
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert (machines.status, len(machines.facts)) == (ScopeStatus.COMPLETE, len(IDS))


def test_a_list_paged_by_count_that_changes_meanwhile_is_partial(recordings: Path) -> None:
    replied = recordings_of(recordings / "netbox")
    replied[VMS] = lambda question: _listed(IDS[5 * ("offset" in question.query) :], False, question.query)
    with replies(replied) as server:
        _, machines = both(ask(server.url))
    assert machines.status is ScopeStatus.PARTIAL
    assert "annoncés par NetBox" in machines.faults[0]


@pytest.mark.parametrize(("version", "disk"), [("4.0.11", 20), ("v3.7.8-Docker-2.8", 20), ("4.1.0", 20000)])
def test_disks_are_in_gb_before_netbox_4_1(recordings: Path, version: str, disk: int) -> None:
    rows = [{"id": 1, "name": "bare", "disk": disk, "memory": 4000}, {"id": 2, "name": "drives", "disk": disk}]
    replied = recordings_of(recordings / "netbox") | {"/api/status/": Answer(200, {"netbox-version": version})}
    drives = [{"id": 1, "name": "scsi0", "size": disk, "virtual_machine": {"id": 2}}]
    for path, told in ((VMS, rows), (DISKS, drives)):
        replied[path] = Answer(200, {"count": len(told), "next": None, "results": told})
    with replies(replied) as server:
        bare, split = of(both(ask(server.url))[1], Guest)
    assert (bare.memory_bytes, bare.disk_bytes) == (4 * GIB, 20 * GIB)
    assert (split.disk_bytes, split.disks) == (20 * GIB, (("scsi0", 20 * GIB),))


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


def test_a_device_with_a_serial_is_an_appliance_in_a_rack_or_not() -> None:
    devices = (
        replace(SMALL.devices[0], serial=" SN1 "),
        SimDevice("nas-abbeville", None, None, "r650", serial="NAS-7", tenant="abbeville", room="salle-2"),
        SimDevice("anonymous", None, None, "r650"),
    )
    with serving(replace(SMALL, devices=devices)) as server:
        racks, _ = both(ask(server.url))
    assert racks.status is ScopeStatus.COMPLETE
    assert [device.name for device in of(racks, Mounting)] == ["srv1"]
    assert of(racks, Appliance) == [
        Appliance("SN1", "srv1", "abbeville", reference="1"),
        Appliance("NAS-7", "nas-abbeville", "abbeville", reference="2"),
    ]


def test_tenants_are_read_with_the_customer_that_they_are() -> None:
    rules = CustomerRules((CustomerRule(NETBOX_TENANT, r"ville-d-(.+)"), CustomerRule(NETBOX_TENANT, "dsi", "amiens")))
    tenants = (SimTenant("Ville", "ville-d-abbeville"), SimTenant("Prêts", "prets"), SimTenant("DSI", "dsi"))
    racks = (replace(SMALL.racks[0], tenant="dsi"), SMALL.racks[1])
    vm = replace(SMALL.vms[0], tenant="ville-d-abbeville")
    device = replace(SMALL.devices[0], tenant="prets")
    reserved = replace(SMALL.reservations[0], tenant="dsi")
    world = replace(SMALL, tenants=tenants, racks=racks, vms=(vm,), devices=(device,), reservations=(reserved,))
    with serving(world) as server:
        snapshot = ask(server.url, rules=rules)
    assert snapshot.scopes[2] == Scope(
        "tenants",
        ScopeStatus.COMPLETE,
        (
            Tenant("ville-d-abbeville", "Ville", "abbeville", "1"),
            Tenant("prets", "Prêts", None, "2"),
            Tenant("dsi", "DSI", "amiens", "3"),
        ),
    )
    found, machines = both(snapshot)
    assert [(one.tenant, one.customer) for one in of(found, RackUnit)] == [("dsi", "amiens"), (None, None)]
    assert [(one.tenant, one.customer) for one in of(found, Mounting)] == [("prets", None)]
    assert {one.customer for one in of(found, Reservation)} == {"amiens"}
    assert [(one.tenant, one.customer) for one in of(machines, Guest)] == [("ville-d-abbeville", "abbeville")]


def test_the_disk_of_a_machine_is_the_sum_of_its_virtual_disks_when_it_has_some() -> None:
    def edit(rows: Rows, question: Question) -> None:
        disks = rows.lists[DISKS]
        if question.path == VMS and disks[0]["size"] == 20000:
            disks[0]["size"] = 12000
            disks.append(disks[0] | {"id": 9, "name": "scsi1", "size": 30000})
            del disks[1]

    with counting(SMALL, edit) as (server, asked):
        _, machines = both(ask(server.url, filters={"site": "amiens"}))
    assert machines.status is ScopeStatus.COMPLETE
    first, second, _ = of(machines, Guest)
    assert (first.disk_bytes, first.disks) == (42 * GIB, (("scsi0", 12 * GIB), ("scsi1", 30 * GIB)))
    assert (second.disk_bytes, second.disks) == (20 * GIB, ())
    assert all("site" not in question.query for question in asked if question.path == DISKS)


def test_every_field_that_is_asked_for_is_one_of_netbox(recordings: Path) -> None:
    """NetBox ignores a field it does not have: a typing slip would read as a value that is never told."""
    schemas = json.loads(gzip.decompress((recordings / "netbox/netbox-openapi.json.gz").read_bytes()))
    described = schemas["components"]["schemas"]
    with counting(SMALL) as (server, asked):
        ask(server.url)
    listed = {question.path: question.query["fields"].split(",") for question in asked if "fields" in question.query}
    assert len(listed) == 8
    for path, fields in listed.items():
        answered = schemas["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        item = described[answered.rsplit("/", 1)[1]]["properties"]["results"]["items"]["$ref"].rsplit("/", 1)[1]
        assert set(fields) <= set(described[item]["properties"]), path
        filters = {parameter["name"] for parameter in schemas["paths"][path]["get"]["parameters"]}
        assert {"fields", "limit", "offset", "ordering", "id__gt"} <= filters, path


def test_a_memory_source_answers_what_it_was_given() -> None:
    snapshot = Snapshot("demo", "real", NOW, 0.0, (Scope("demo", ScopeStatus.COMPLETE),))
    assert MemorySource("demo", snapshot).facts() is snapshot


def test_an_address_copied_with_its_api_is_understood() -> None:
    with serving(SMALL) as server:
        for url in (f"{server.url}/", f"{server.url}/api", f"{server.url}/api/"):
            assert [scope.status for scope in ask(url).scopes] == 3 * [ScopeStatus.COMPLETE]
