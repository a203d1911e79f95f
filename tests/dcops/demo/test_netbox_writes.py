"""The simulated NetBox is written to, and refuses, as the recorded one does; what it keeps is as its schema says."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcops.demo.netbox import NetboxServer
from inventory.sources.netbox_requests import MachineSaid, Place, Request, new_machine, new_rack, new_tenant
from tests.dcops.demo.test_netbox import _faults, _openapi
from tests.inventory.sources.test_netbox_writer import MACHINE
from tests.inventory.sources.writing_netbox import READER, TOKEN, netbox

MACHINES, RACKS, TENANTS = "/api/virtualization/virtual-machines/", "/api/dcim/racks/", "/api/tenancy/tenants/"
DISKS = "/api/virtualization/virtual-disks/"
CREATIONS = [
    new_tenant("peronne", "Péronne"),
    new_rack("A03", 47, Place(site=1, location=1), "abbeville"),
    *new_machine(MACHINE, Place(cluster=1), 1000),
    *new_machine(MachineSaid("bare", disk_bytes=2**33), Place(cluster=2), 1024),
]


@pytest.fixture
def server() -> Iterator[NetboxServer]:
    with netbox() as (running, _):
        yield running


def ask(server: NetboxServer, method: str, path: str, body: Any = None, token: str = TOKEN, **headers: str) -> Any:
    """(status, body, headers) of an answer; a body that is bytes is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, content, {"Authorization": f"Bearer {token}", **headers})
    response = connection.getresponse()
    answered = json.loads(response.read())
    connection.close()
    return response.status, answered, response.headers


REFUSALS = {
    "error-403-readonly-token": ("POST", RACKS, {"name": "x", "site": 1}),
    "error-400-vm-missing-fields": ("POST", MACHINES, {"memory": 1000}),
    "error-400-vm-no-placement": ("POST", MACHINES, {"name": "lonely"}),
    "error-400-vm-bad-values": (
        "POST",
        MACHINES,
        {"name": "x", "cluster": 99999, "status": "bogus", "memory": -1, "custom_fields": {"nope": 1}},
    ),
    "error-400-bulk-second-bad": (
        "POST",
        MACHINES,
        [{"name": "ok-one", "cluster": 1}, {"name": "bad", "cluster": 99999}],
    ),
    "error-400-duplicate-name": ("POST", MACHINES, {"name": "WEB1", "cluster": 1, "tenant": 1}),
    "error-400-disk-mismatch": ("PATCH", f"{MACHINES}1/", {"disk": 1}),
    "error-400-invalid-json": ("POST", RACKS, b"{bad"),
    "error-404-object": ("GET", f"{RACKS}999999/", None),
    "error-405": ("POST", "/api/status/", {}),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_refuses_word_for_word_as_the_recorded_one(recordings: Path, server: NetboxServer, name: str) -> None:
    token = READER if name == "error-403-readonly-token" else TOKEN
    status, body, _ = ask(server, *REFUSALS[name], token=token)
    assert status == int(name.split("-")[1])
    assert body == json.loads((recordings / f"netbox/{name}.json").read_text())
    assert all(len(rows) == 2 for path, rows in server.rows.lists.items() if path in (MACHINES, RACKS, TENANTS))


def test_a_stale_version_is_412_and_tells_the_one_there_is(server: NetboxServer) -> None:
    _, _, headers = ask(server, "GET", f"{MACHINES}1/")
    first = headers["ETag"]
    status, _, headers = ask(server, "PATCH", f"{MACHINES}1/", {"vcpus": 2.0}, **{"If-Match": first})
    assert (status, headers["ETag"] != first) == (200, True)
    status, body, again = ask(server, "PATCH", f"{MACHINES}1/", {"vcpus": 3.0}, **{"If-Match": first})
    assert (status, body, again["ETag"]) == (412, {"detail": "Precondition failed."}, headers["ETag"])
    assert ask(server, "GET", f"{MACHINES}1/")[1]["vcpus"] == 2.0


def test_a_patch_with_nothing_new_still_changes_the_version(server: NetboxServer) -> None:
    _, before, _ = ask(server, "GET", f"{MACHINES}1/")
    _, after, _ = ask(server, "PATCH", f"{MACHINES}1/", {"vcpus": before["vcpus"]})
    assert after["last_updated"] > before["last_updated"]


def test_tags_are_added_or_replaced_and_custom_fields_merged(server: NetboxServer) -> None:
    path = f"{MACHINES}1/"
    ask(server, "PATCH", path, {"tags": [{"slug": "critique"}]})
    _, row, _ = ask(server, "PATCH", path, {"add_tags": [{"slug": "supervision"}], "custom_fields": {"vmid": 7}})
    assert ([tag["name"] for tag in row["tags"]], row["custom_fields"]) == (["critique", "supervision"], {"vmid": 7})
    _, row, _ = ask(server, "PATCH", path, {"tags": [{"slug": "supervision"}], "bogus": 1})
    assert [tag["name"] for tag in row["tags"]] == ["supervision"]


def test_the_disk_of_a_machine_follows_its_virtual_disks(server: NetboxServer) -> None:
    ask(server, "POST", DISKS, {"virtual_machine": 2, "name": "scsi0", "size": 1000})
    _, disk, _ = ask(server, "POST", DISKS, {"virtual_machine": {"name": "web2"}, "name": "scsi1", "size": 500})
    assert ask(server, "GET", f"{MACHINES}2/")[1]["disk"] == 1500
    ask(server, "PATCH", f"{DISKS}{disk['id']}/", {"size": 700})
    machine = ask(server, "GET", f"{MACHINES}2/")[1]
    assert (machine["disk"], machine["virtual_disk_count"], machine["last_updated"]) == (
        1700,
        2,
        "2024-01-01T00:00:00.000000Z",
    )


def test_a_rack_is_never_lower_than_what_stands_in_it(server: NetboxServer) -> None:
    status, body, _ = ask(server, "PATCH", f"{RACKS}1/", {"u_height": 39})
    assert (status, body) == (
        400,
        {"u_height": ["Rack must be at least 40.0U tall to house currently installed devices."]},
    )
    assert ask(server, "PATCH", f"{RACKS}1/", {"u_height": 40})[0] == 200


def test_what_belongs_to_a_site_or_a_tenant_is_counted_again(server: NetboxServer) -> None:
    ask(server, "PATCH", f"{RACKS}2/", {"tenant": None})
    ask(server, "POST", MACHINES, {"name": "new", "cluster": 2, "tenant": {"slug": "ham"}})
    ham = ask(server, "GET", f"{TENANTS}2/")[1]
    assert (ham["rack_count"], ham["virtualmachine_count"]) == (0, 1)


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        (TENANTS, {"name": "x", "slug": "ham"}, "Constraint “tenancy_tenant_unique_slug” is violated."),
        (TENANTS, {"name": "Ham", "slug": "x"}, "Constraint “tenancy_tenant_unique_name” is violated."),
        (RACKS, {"name": "A01", "site": 1, "location": 1}, "Rack with this Location and Name already exists."),
        (
            DISKS,
            {"name": "scsi0", "virtual_machine": 1, "size": 1},
            "Virtual disk with this Virtual machine and Name already exists.",
        ),
    ],
)
def test_what_is_there_once_only_as_a_real_4_6_8_was_seen_to_say(
    server: NetboxServer, path: str, body: dict[str, Any], why: str
) -> None:
    assert ask(server, "POST", path, body)[:2] == (400, {"__all__": [why]})


def test_it_fails_at_the_write_that_it_was_told_to(server: NetboxServer) -> None:
    server.failing_writes = {2}
    statuses = [ask(server, "POST", TENANTS, {"name": str(n), "slug": str(n)})[0] for n in range(3)]
    assert statuses == [201, 500, 201]


def test_only_a_server_that_says_so_is_written_to(server: NetboxServer) -> None:
    server.methods = frozenset({"GET"})
    assert ask(server, "POST", TENANTS, {"name": "x", "slug": "x"})[0] == 501
    assert server.writes == []


def _referring(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """NetBox takes any attributes that tell an object from the others as a reference: its schema asks all of them."""
    return {**schema, "required": []} if name.startswith("Brief") and name.endswith("Request") else schema


def _body_faults(recordings: Path, request: Request) -> list[str]:
    """What is wrong with a body against NetBox's own schema of it."""
    from jsonschema import Draft202012Validator

    document = _openapi(recordings / "netbox/netbox-openapi.json.gz")
    path = f"/api/{request.listing}/" if request.method == "POST" else f"/api/{request.listing}/{{id}}/"
    operation = document["paths"][path][request.method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    schemas = {name: _referring(name, one) for name, one in document["components"]["schemas"].items()}
    validator = Draft202012Validator({**schema, "components": {"schemas": schemas}})
    return [f"{list(fault.path)}: {fault.message[:200]}" for fault in validator.iter_errors(request.body)]


@pytest.mark.parametrize("request_", CREATIONS)
def test_what_we_send_is_what_its_schema_wants(recordings: Path, request_: Request) -> None:
    assert _body_faults(recordings, request_) == []


def test_the_check_of_what_we_send_can_fail(recordings: Path) -> None:
    bodies = [{"name": "x" * 65}, {"name": "x", "status": "running"}, {"name": "x", "memory": 1.5}, {"cluster": 1}]
    assert all(_body_faults(recordings, Request("POST", "virtualization/virtual-machines", body)) for body in bodies)


def test_what_we_patch_is_what_its_schema_wants(recordings: Path) -> None:
    body = {"vcpus": 1.5, "memory": 4000, "status": "offline", "tenant": {"slug": "ham"}, "custom_fields": {"vmid": 3}}
    assert _body_faults(recordings, Request("PATCH", "virtualization/virtual-machines/1", body)) == []
    assert _body_faults(recordings, Request("PATCH", "dcim/racks/1", {"u_height": 47, "tenant": None})) == []
    assert _body_faults(recordings, Request("PATCH", "virtualization/virtual-disks/1", {"size": 20000})) == []


@pytest.mark.parametrize("path", [TENANTS, RACKS, MACHINES, DISKS, "/api/extras/tags/", "/api/extras/custom-fields/"])
def test_what_it_keeps_of_our_writes_is_as_its_schema_says(recordings: Path, path: str) -> None:
    with netbox() as (server, writes):
        assert all(writes.carry_out(request) for request in CREATIONS)
        status, body, _ = ask(server, "GET", path)
    assert status == 200
    assert body["results"]
    assert _faults(recordings, path, body) == []
