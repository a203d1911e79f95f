"""NetBox's rows read as facts: half units, megabytes, runs of units."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.facts import GIB
from inventory.mapping import CONVENTION
from inventory.sources.netbox_rows import RackScale, guest, mounting, reservations, runs

RACK = {"id": 7, "name": "A01"}
DEVICE = {"id": 3, "name": "srv1", "rack": RACK, "position": 10.0, "device_type": {"id": 1}, "face": {"value": "front"}}
VM = {"id": 5, "name": "vm1", "memory": 4000, "disk": 20000, "vcpus": 1.5, "status": {"value": "active"}}


def _mounting(scale: RackScale, height: float, **changes: Any) -> tuple[int, int] | None:
    found = mounting(DEVICE | changes, CONVENTION, {1: height}, {7: scale})
    return (found[0].first_half_unit, found[0].half_units) if found else None


@pytest.mark.parametrize(
    ("scale", "position", "height", "space"),
    [
        (RackScale(42), 1.0, 1.0, (0, 2)),
        (RackScale(42), 10.0, 2.0, (18, 4)),
        (RackScale(42), 10.5, 0.5, (19, 1)),
        (RackScale(42, first=101), 101.0, 1.0, (0, 2)),
        (RackScale(42, top_down=True), 1.0, 1.0, (82, 2)),
        (RackScale(42, top_down=True), 1.0, 2.0, (80, 4)),
        (RackScale(42, top_down=True), 42.0, 1.0, (0, 2)),
        (RackScale(42), 1.0, 0.0, None),
        (RackScale(42), None, 1.0, None),
    ],
)
def test_where_a_device_is(scale: RackScale, position: float, height: float, space: tuple[int, int] | None) -> None:
    assert _mounting(scale, height, position=position) == space


def test_a_device_names_its_rack_face_tenant_and_role() -> None:
    row = DEVICE | {"tenant": {"slug": "abbeville"}, "role": {"name": "Serveur"}}
    (found,) = mounting(row, CONVENTION, {1: 1.0}, {7: RackScale(42)})
    assert (found.rack, found.name, found.face, found.tenant) == ("A01", "srv1", "front", "abbeville")
    assert (found.role, found.reference) == ("Serveur", "3")


def test_a_nameless_device_is_called_by_its_model() -> None:
    row = DEVICE | {"name": None, "device_type": {"id": 1, "model": "R650"}}
    assert mounting(row, CONVENTION, {1: 1.0}, {7: RackScale(42)})[0].name == "R650"


@pytest.mark.parametrize(
    ("heights", "scales", "reason"),
    [({}, {7: RackScale(42)}, "hauteur"), ({1: 1.0}, {}, "baie"), ({1: 0.3}, {7: RackScale(42)}, "impossible")],
)
def test_a_device_that_cannot_be_placed_is_refused(
    heights: dict[int, float], scales: dict[int, RackScale], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        mounting(DEVICE, CONVENTION, heights, scales)


def test_a_reservation_is_one_fact_per_run_of_units() -> None:
    row = {"id": 9, "rack": RACK, "units": [20, 21, 25], "tenant": {"slug": "abbeville"}, "description": "Bon 12"}
    found = reservations(row, CONVENTION, {7: RackScale(42)})
    assert [(fact.first_half_unit, fact.end_half_unit) for fact in found] == [(38, 42), (48, 50)]
    assert {(fact.customer, fact.label, fact.reference) for fact in found} == {("abbeville", "Bon 12", "9")}
    upside_down = reservations(row, CONVENTION, {7: RackScale(42, top_down=True)})
    assert [(fact.first_half_unit, fact.end_half_unit) for fact in upside_down] == [(42, 46), (34, 36)]


def test_a_stale_reservation_holds_nothing() -> None:
    assert (
        reservations(
            {"id": 9, "rack": RACK, "units": [20], "status": {"value": "stale"}}, CONVENTION, {7: RackScale(42)}
        )
        == []
    )


@given(st.sets(st.integers(1, 60)))
def test_runs_lose_and_invent_no_unit_and_never_touch(units: set[int]) -> None:
    found = runs(list(units))
    assert [unit for run in found for unit in run] == sorted(units)
    assert all(run == list(range(run[0], run[-1] + 1)) for run in found)
    assert all(before[-1] + 1 < after[0] for before, after in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("megabyte", "megabytes", "gib"), [(1000, 4000, 4), (1024, 4096, 4), (1000, 500, Decimal("0.5"))]
)
def test_a_gigabyte_typed_by_people_is_a_gibibyte(megabyte: int, megabytes: int, gib: Decimal) -> None:
    read = guest(VM | {"memory": megabytes, "disk": None}, CONVENTION, megabyte)
    assert (read.memory_bytes, read.disk_bytes) == (gib * GIB, None)


def test_processors_are_exact() -> None:
    assert guest(VM, CONVENTION, 1000).vcpus == Decimal("1.5")
    assert guest(VM | {"vcpus": None}, CONVENTION, 1000).vcpus is None


@pytest.mark.parametrize(
    ("custom", "serial", "vmid"),
    [
        ({"vmid": 102}, "VM000003", 102),
        ({"vmid": "102"}, "", 102),
        ({"vmid": None}, "204", 204),
        ({}, "VM000003", None),
        (None, None, None),
        ({"vmid": 0}, "204", 0),
    ],
)
def test_the_vmid_is_the_custom_field_or_a_serial_of_digits(custom: Any, serial: str | None, vmid: int | None) -> None:
    assert guest(VM | {"custom_fields": custom, "serial": serial}, CONVENTION, 1000).vmid == vmid


@pytest.mark.parametrize(("said", "read"), [("active", "running"), ("offline", "stopped"), ("planned", "planned")])
def test_status(said: str, read: str) -> None:
    assert guest(VM | {"status": {"value": said}}, CONVENTION, 1000).status == read


def test_names_of_what_it_belongs_to() -> None:
    row = VM | {"cluster": {"name": "pve-1"}, "tenant": {"slug": "abbeville"}, "custom_fields": {"kind": "lxc"}}
    read = guest(row, CONVENTION, 1000)
    assert (read.cluster, read.customer, read.kind, read.reference) == ("pve-1", "abbeville", "lxc", "5")
