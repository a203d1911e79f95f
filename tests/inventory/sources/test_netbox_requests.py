"""Facts as exact requests to NetBox: what is said, in its units and words, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import Invalid
from inventory.facts import GIB, MIB
from inventory.mapping import CustomerRules
from inventory.sources.netbox_requests import (
    DISKS,
    MACHINES,
    MachineSaid,
    Place,
    Request,
    Row,
    address,
    difference,
    drive_requests,
    machine_fields,
    megabytes,
    new_machine,
    new_rack,
    new_tenant,
    patch,
    request_of,
    shown,
    tagged,
)
from inventory.sources.netbox_rows import guest

NESTED = {"id": 3, "name": "Ham", "slug": "ham"}
ROW = {
    "id": 7, "name": "web1", "status": {"value": "active", "label": "Active"}, "tenant": NESTED, "vcpus": 4.0,
    "memory": 4000, "cluster": {"id": 1, "name": "pve-1"}, "custom_fields": {"vmid": 101, "owner": "Léa"},
    "tags": [{"id": 1, "slug": "critique"}], "comments": "à garder",
}  # fmt: skip


@pytest.mark.parametrize(
    ("size", "megabyte", "expected"),
    [(4 * GIB, 1000, 4000), (4 * GIB, 1024, 4096), (12 * GIB, 1000, 12000), (512 * MIB, 1000, 500), (0, 1000, 0)],
)
def test_bytes_are_the_megabytes_of_the_server(size: int, megabyte: int, expected: int) -> None:
    assert megabytes(size, megabyte) == expected


@given(size=st.integers(0, 2**31 - 1), megabyte=st.sampled_from([1000, 1024]))
def test_what_the_reader_reads_is_written_back_as_it_was(size: int, megabyte: int) -> None:
    read = guest({"id": 1, "name": "x", "memory": size}, CustomerRules(), megabyte).memory_bytes
    assert read is not None
    assert megabytes(read, megabyte) == size


def test_a_machine_says_what_is_known_and_nothing_else() -> None:
    (request,) = new_machine(MachineSaid("web1"), Place(cluster=1), 1000)
    assert request == Request("POST", MACHINES, {"name": "web1", "cluster": 1})
    (request,) = new_machine(MachineSaid("web1", "unknown", disk_bytes=20 * GIB), Place(cluster=1), 1024)
    assert request.body == {"name": "web1", "cluster": 1, "disk": 20480}


def test_a_disk_names_its_machine_by_what_tells_it_from_the_others() -> None:
    said = MachineSaid("web1", "stopped", Decimal("0.5"), drives=(("rootfs", 8 * GIB),), tenant="ham")
    machine, disk = new_machine(said, Place(cluster=1), 1000)
    assert (machine.body["status"], machine.body["vcpus"]) == ("offline", 0.5)
    named = {"name": "web1", "cluster": 1, "tenant": {"slug": "ham"}}
    assert disk == Request("POST", DISKS, {"virtual_machine": named, "name": "rootfs", "size": 8000})


def test_a_rack_and_a_tenant() -> None:
    assert new_tenant("ham", "H" * 120).body == {"name": "H" * 100, "slug": "ham"}
    rack = new_rack("A01", 42, Place(site=1, location=2), None)
    assert rack.body == {"name": "A01", "site": 1, "location": 2, "u_height": 42}


@pytest.mark.parametrize(
    ("name", "why"),
    [(None, "attendre que son nœud réponde"), ("", "attendre que"), ("a" * 65, "raccourcir le nom dans Proxmox")],
)
def test_a_name_that_netbox_does_not_take(name: str | None, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        new_machine(MachineSaid(name), Place(cluster=1), 1000)


def test_a_name_of_64_characters_is_taken() -> None:
    assert machine_fields(MachineSaid("a" * 64), 1000) == {"name": "a" * 64}


@pytest.mark.parametrize(
    ("wanted", "differs"),
    [
        ({"name": "web1", "status": "active", "vcpus": 4, "memory": 4000, "cluster": 1}, []),
        ({"tenant": {"slug": "ham"}, "custom_fields": {"vmid": 101}, "add_tags": [{"slug": "critique"}]}, []),
        ({"status": "offline"}, ["status"]),
        ({"tenant": None}, ["tenant"]),
        ({"tenant": {"slug": "roye"}}, ["tenant"]),
        ({"cluster": 2}, ["cluster"]),
        ({"custom_fields": {"vmid": 102}}, ["custom_fields"]),
        ({"custom_fields": {"nothing": 1}}, ["custom_fields"]),
        ({"add_tags": [{"slug": "dcops"}]}, ["add_tags"]),
        ({"disk": 1}, ["disk"]),
    ],
)
def test_what_differs_of_what_netbox_reads_nested(wanted: dict[str, Any], differs: list[str]) -> None:
    assert list(difference(ROW, wanted)) == differs


def test_a_patch_is_of_a_version_and_says_only_what_differs() -> None:
    assert patch(MACHINES, ROW, {"vcpus": 4.0, "memory": 8000}, 'W/"1"') == [
        Request("PATCH", f"{MACHINES}/7", {"memory": 8000}, 'W/"1"')
    ]
    assert patch(MACHINES, ROW, {"vcpus": 4.0}, 'W/"1"') == []


def disks(*sizes: tuple[str, int]) -> list[Row]:
    return [{"id": id, "name": name, "size": size} for id, (name, size) in enumerate(sizes, 1)]


@pytest.mark.parametrize(
    ("there", "drives", "requests", "left"),
    [
        ([("scsi0", 20000)], [("scsi0", 20)], [], []),
        ([("scsi0", 20000)], [("scsi0", 32)], [("PATCH", f"{DISKS}/1", 32000)], []),
        ([("SCSI0", 20000)], [("scsi0", 20), ("scsi1", 5)], [("POST", DISKS, 5000)], []),
        ([("Système", 20000)], [("scsi0", 32)], [("PATCH", f"{DISKS}/1", 32000)], []),
        ([("Système", 20000), ("scsi1", 5000)], [("scsi0", 20), ("scsi1", 5)], [], []),
        ([("scsi0", 20000), ("scsi1", 5000)], [("scsi0", 20)], [], ["scsi1"]),
        ([("a", 1), ("b", 1)], [("c", 1)], [("POST", DISKS, 1000)], ["a", "b"]),
    ],
)
def test_drives_are_the_disks_of_their_name_then_the_only_one_left(
    there: list[tuple[str, int]], drives: list[tuple[str, int]], requests: list[tuple[str, str, int]], left: list[str]
) -> None:
    asked = [(name, size * GIB) for name, size in drives]
    made, too_many = drive_requests(7, disks(*there), asked, 1000)
    assert [(one.method, one.path, one.body["size"]) for one in made] == requests
    assert too_many == left


def test_a_drive_of_less_than_a_megabyte_is_there() -> None:
    (made,), _ = drive_requests(7, [], [("scsi0", 4096)], 1000)
    assert made.body == {"virtual_machine": 7, "name": "scsi0", "size": 1}


def test_a_request_survives_its_document_and_is_shown_whole() -> None:
    request = Request("PATCH", f"{MACHINES}/7", {"name": "é"}, 'W/"1"')
    assert request_of(request.document()) == request
    assert request_of(new_tenant("a", "b").document()) == new_tenant("a", "b")
    assert shown(request, "https://netbox.example.org/api/") == (
        "PATCH https://netbox.example.org/api/virtualization/virtual-machines/7/\n"
        "Authorization: ***\nAccept: application/json\nAccept-Encoding: identity\nContent-Type: application/json\n"
        'If-Match: W/"1"\n\n{\n  "name": "é"\n}'
    )
    assert "If-Match" not in shown(replace(request, etag="2024-01-01T00:00:00Z"), "http://n")  # before 4.6: no ETag
    assert address("http://n", "x") == address("http://n/", "x") == address("http://n/api", "x") == "http://n/api/x/"


def test_no_request_replaces_tags_or_names_what_people_write() -> None:
    said = MachineSaid("web1", "running", Decimal(2), GIB, 2 * GIB, (("scsi0", GIB), ("scsi1", GIB)), 101, "ham")
    requests = [new_tenant("a", "b"), new_rack("A", 42, Place(1, 1), "a"), *new_machine(said, Place(cluster=1), 1000)]
    bodies = [tagged(request, "dcops").body for request in requests]
    assert all({"tags", "comments", "description"}.isdisjoint(body) for body in bodies)
    assert all(request.method in ("POST", "PATCH") for request in requests)
