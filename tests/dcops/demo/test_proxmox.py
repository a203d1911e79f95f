"""The simulated Proxmox says what the official schema of Proxmox says it says, and fails on the wire as it does."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dcops.demo.proxmox import ProxmoxServer, serving
from dcops.demo.proxmox_world import ProxmoxWorld, SimGuest, SimNode
from dcops.demo.tls import Certificate, make_certificate
from inventory.clock import SystemClock

WORLD = ProxmoxWorld(
    "pve",
    (SimNode("n1"), SimNode("n2", online=False)),
    (
        SimGuest(
            100, "web", "n1", vcpus=2, disks_gib=(32, 100), pool="abbeville", uuid="0" * 8, macs=("AA:BB:CC:00:00:01",)
        ),
        SimGuest(101, "ct", "n1", kind="lxc", status="stopped", disks_gib=(8, 4), tags=("client-abbeville", "web")),
        SimGuest(102, "model", "n1", template=True, status="stopped", extra=(("ide2", "none,media=cdrom"),)),
        SimGuest(103, "lost", "n2", pool="abbeville"),
    ),
)
AUTHORIZATION = {"Authorization": f"PVEAPIToken={WORLD.user}!{WORLD.token_name}={WORLD.token}"}
CALLS = {
    "/version": "/version",
    "/cluster/resources": "/cluster/resources",
    "/cluster/resources?type=vm": "/cluster/resources",
    "/cluster/resources?type=node": "/cluster/resources",
    "/cluster/status": "/cluster/status",
    "/nodes": "/nodes",
    "/nodes/n1/qemu": "/nodes/{node}/qemu",
    "/nodes/n1/lxc": "/nodes/{node}/lxc",
    "/nodes/n1/qemu/100/config": "/nodes/{node}/qemu/{vmid}/config",
    "/nodes/n1/qemu/102/config": "/nodes/{node}/qemu/{vmid}/config",
    "/nodes/n1/lxc/101/config": "/nodes/{node}/lxc/{vmid}/config",
    "/pools": "/pools",
    "/pools?poolid=abbeville": "/pools",
    "/access/permissions": "/access/permissions",
}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), SystemClock().now())


@pytest.fixture
def server(certificate: Certificate) -> Iterator[ProxmoxServer]:
    with serving(WORLD, certificate) as running:
        yield running


def get(
    port: int, certificate: Certificate, path: str, headers: dict[str, str] = AUTHORIZATION
) -> tuple[int, str, Any]:
    """(status, reason, body) as they came over the wire; body is None when there was none."""
    context = ssl.create_default_context(cafile=str(certificate.authority))
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    connection.request("GET", f"/api2/json{path}", headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.reason, json.loads(body) if body else None


@pytest.mark.parametrize("version", ["8.4.0", "9.1.3"])
@pytest.mark.parametrize("path", CALLS)
def test_answers_match_the_official_schema(
    recordings: Path, server: ProxmoxServer, certificate: Certificate, version: str, path: str
) -> None:
    schema = _returns(recordings / f"proxmox/official/pve-docs-{version}-apidata.json.gz", CALLS[path])
    status, _, body = get(server.port, certificate, path)
    assert status == 200
    faults = [
        f"{list(fault.path)}: {fault.message[:200]}" for fault in Draft202012Validator(schema).iter_errors(body["data"])
    ]
    assert faults == []
    assert body["data"]


def test_the_schema_check_can_fail(recordings: Path) -> None:
    schema = _returns(recordings / "proxmox/official/pve-docs-9.1.3-apidata.json.gz", "/cluster/resources")
    assert list(Draft202012Validator(schema).iter_errors([{"id": "qemu/100", "type": "vm"}]))
    assert list(Draft202012Validator(schema).iter_errors([{"type": "qemu"}]))


def _returns(path: Path, call: str) -> dict[str, Any]:
    tree = json.loads(gzip.decompress(path.read_bytes()))
    found = next(node for root in tree for node in _walk(root) if node["path"] == call)
    return _json_schema(found["info"]["GET"]["returns"])


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", []):
        yield from _walk(child)


def _json_schema(told: dict[str, Any]) -> dict[str, Any]:
    """Proxmox's dialect as JSON Schema: everything is required unless optional, and booleans travel as 0 and 1."""
    schema = {key: told[key] for key in ("type", "enum", "minimum", "maximum", "pattern", "maxLength") if key in told}
    if schema.get("type") == "boolean":
        schema = {"enum": [0, 1, True, False]}
    if "pattern" in schema:
        schema["pattern"] = f"^(?:{schema['pattern']})$"
    if "items" in told:
        schema["items"] = _json_schema(told["items"])
    if "properties" in told:
        schema["properties"] = {name: _json_schema(value) for name, value in told["properties"].items()}
        schema["required"] = [name for name, value in told["properties"].items() if not value.get("optional")]
    return schema


@pytest.mark.parametrize(
    ("path", "headers", "answer"),
    [
        ("/version", {}, (401, "No ticket", None)),
        ("/version", {"Authorization": "PVEAPIToken=dcops@pve!lecture=wrong"}, (401, "Authentication failed!", None)),
        ("/nodes/n2/qemu", AUTHORIZATION, (595, "No route to host", None)),
        ("/nodes/n2/qemu/103/config", AUTHORIZATION, (595, "No route to host", None)),
        (
            "/nodes/n1/lxc/101/config",
            AUTHORIZATION,
            (403, "Permission check failed (/vms/101, VM.Audit)", {"data": None}),
        ),
        ("/nothing", AUTHORIZATION, (501, "Method 'GET /nothing' not implemented", {"data": None})),
    ],
)
def test_refusals_are_those_of_the_real_one(
    server: ProxmoxServer, certificate: Certificate, path: str, headers: dict[str, str], answer: tuple[int, str, Any]
) -> None:
    server.world = replace(WORLD, forbidden=frozenset({101}))
    assert get(server.port, certificate, path, headers) == answer


def test_a_guest_of_an_offline_node_is_unknown_and_has_no_size(server: ProxmoxServer, certificate: Certificate) -> None:
    _, _, body = get(server.port, certificate, "/cluster/resources?type=vm")
    (lost,) = [row for row in body["data"] if row["vmid"] == 103]
    assert lost["status"] == "unknown"
    assert not {"name", "maxmem", "maxcpu", "maxdisk"} & set(lost)


def test_a_guest_that_moved_away_is_a_500(server: ProxmoxServer, certificate: Certificate) -> None:
    status, reason, _ = get(server.port, certificate, "/nodes/n1/qemu/103/config")
    assert (status, reason) == (500, "Configuration file 'nodes/n1/qemu-server/103.conf' does not exist")


def test_a_token_without_rights_gets_empty_lists(server: ProxmoxServer, certificate: Certificate) -> None:
    server.world = replace(WORLD, all_seeing=False)
    assert get(server.port, certificate, "/cluster/resources?type=vm")[2] == {"data": []}
    assert get(server.port, certificate, "/access/permissions")[2] == {"data": {}}
    assert get(server.port, certificate, "/nodes/n1/qemu/100/config")[0] == 403


def test_the_key_is_private_and_the_certificate_is_verified(certificate: Certificate, server: ProxmoxServer) -> None:
    assert certificate.key.stat().st_mode & 0o077 == 0
    strangers = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=5, context=ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError):
        strangers.request("GET", "/api2/json/version")


def test_a_client_that_never_shakes_hands_does_not_stop_the_others(
    server: ProxmoxServer, certificate: Certificate
) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        assert get(server.port, certificate, "/version")[0] == 200
