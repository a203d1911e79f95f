"""The simulated NetBox answers as the OpenAPI schema of NetBox says, and pages, filters and refuses as it does."""

from __future__ import annotations

import functools
import gzip
import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dcops.demo.netbox import NetboxServer, serving
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
from dcops.demo.real import netbox_world

WORLD = NetboxWorld(
    sites=(SimSite("Amiens", "amiens"), SimSite("same", "same")),
    rooms=(SimRoom("Salle 1", "salle-1", "amiens"), SimRoom("Salle 2", "salle-2", "same")),
    tenants=(SimTenant("Ville d'Abbeville", "abbeville"), SimTenant("ham", "ham")),
    racks=(SimRack("A01", "salle-1", tenant="abbeville"), SimRack("B01", "salle-2", u_height=24)),
    device_types=(SimDeviceType("R650", "r650"), SimDeviceType("PDU", "pdu", 0, "Raritan")),
    devices=(SimDevice("srv1", "A01", 10.5, "r650", tenant="ham"), SimDevice("pdu", "A01", None, "pdu", face=None)),
    reservations=(SimReservation("A01", (1, 2, 5), "abbeville", "Bon 12"), SimReservation("B01", (1,), None, "Libre")),
    clusters=(SimCluster("pve-1", "amiens"),),
    vms=(SimVm("nowhere", None, None, None, None, None), *(SimVm(f"vm{n}", "pve-1", "ham") for n in range(120))),
)
LISTS = (
    "/api/dcim/sites/",
    "/api/dcim/locations/",
    "/api/dcim/racks/",
    "/api/dcim/device-types/",
    "/api/dcim/devices/",
    "/api/dcim/rack-reservations/",
    "/api/tenancy/tenants/",
    "/api/virtualization/clusters/",
    "/api/virtualization/virtual-machines/",
    "/api/virtualization/virtual-disks/",
)
VMS = "/api/virtualization/virtual-machines/"


@pytest.fixture
def server() -> Iterator[NetboxServer]:
    with serving(WORLD) as running:
        yield running


def get(server: NetboxServer, path: str, authorization: str | None = f"Bearer {WORLD.token}") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", path, headers={"Authorization": authorization} if authorization else {})
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, body


@functools.cache
def _openapi(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return {"paths": document["paths"], "components": {"schemas": _nullable(document["components"]["schemas"])}}


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` as JSON Schema: the value, or null.

    A choice that is not set (face, airflow) is null in the real answers too, against NetBox's own schema.
    """
    if isinstance(schema, list):
        return [_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _nullable(value) for key, value in schema.items() if key not in ("nullable", "exclusiveMaximum")}
    unset_choice = set(schema.get("properties", ())) == {"value", "label"}
    return {"anyOf": [{"type": "null"}, plain]} if schema.get("nullable") is True or unset_choice else plain


def _faults(recordings: Path, path: str, body: Any) -> list[str]:
    document = _openapi(recordings / "netbox/netbox-openapi.json.gz")
    content = document["paths"][path]["get"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    return [f"{list(fault.path)}: {fault.message[:200]}" for fault in Draft202012Validator(schema).iter_errors(body)]


@pytest.mark.parametrize("path", LISTS)
def test_lists_match_the_openapi_schema(recordings: Path, server: NetboxServer, path: str) -> None:
    status, body = get(server, path)
    assert status == 200
    assert body["results"]
    assert _faults(recordings, path, body) == []


@pytest.mark.parametrize("path", LISTS)
def test_the_demo_itself_matches_the_openapi_schema(recordings: Path, path: str) -> None:
    demo = netbox_world(WORLD.token)
    with serving(demo) as running:
        status, body = get(running, f"{path}?limit=0")
    assert (status, body["next"]) == (200, None)
    assert body["count"] == len(body["results"]) > 0
    assert _faults(recordings, path, body) == []


def test_makers_and_roles_keep_their_own_ids(server: NetboxServer) -> None:
    types = get(server, "/api/dcim/device-types/")[1]["results"]
    assert {row["manufacturer"]["name"]: row["manufacturer"]["id"] for row in types} == {"Dell": 1, "Raritan": 2}


def test_the_schema_check_accepts_the_real_one_and_can_fail(recordings: Path, server: NetboxServer) -> None:
    for path in LISTS:
        recording = recordings / f"netbox/{path.split('/')[-2]}.json"
        if recording.exists():  # locations were not recorded
            assert _faults(recordings, path, json.loads(recording.read_text())) == []
    _, body = get(server, VMS)
    del body["results"][0]["name"]
    body["results"][1]["status"]["value"] = "running"
    assert len(_faults(recordings, VMS, body)) == 2


def test_rows_have_the_fields_of_the_real_ones_that_we_read(recordings: Path, server: NetboxServer) -> None:
    real = json.loads((recordings / "netbox/devices.json").read_text())["results"][0]
    simulated = get(server, "/api/dcim/devices/")[1]["results"][0]
    for name in ("rack", "device_type", "role", "tenant", "site", "location", "face"):
        assert set(simulated[name]) == set(real[name]), name


def test_pages_follow_each_other_to_the_end(server: NetboxServer) -> None:
    names, path = [], f"{VMS}?limit=50"
    while path:
        _, page = get(server, path)
        assert page["count"] == 121
        names += [row["name"] for row in page["results"]]
        path = (page["next"] or "").removeprefix(server.url)
    assert names == [vm.name for vm in WORLD.vms]


@pytest.mark.parametrize(("limit", "shown"), [("", 50), ("?limit=0", 121), ("?limit=5000", 121), ("?limit=7", 7)])
def test_page_sizes(server: NetboxServer, limit: str, shown: int) -> None:
    assert len(get(server, f"{VMS}{limit}")[1]["results"]) == shown


def test_no_page_is_larger_than_a_thousand() -> None:
    with serving(replace(WORLD, vms=tuple(SimVm(f"vm{n}", "pve-1", "ham") for n in range(1001)))) as server:
        _, page = get(server, f"{VMS}?limit=5000")
    assert len(page["results"]) == 1000
    assert "offset=1000" in page["next"]


def test_only_the_fields_asked_for(server: NetboxServer) -> None:
    _, page = get(server, f"{VMS}?fields=id,name,bogus")
    assert {tuple(row) for row in page["results"]} == {("id", "name")}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/api/dcim/racks/?site=same", ["B01"]),
        ("/api/dcim/racks/?tenant=abbeville", ["A01"]),
        ("/api/dcim/racks/?bogus=1", ["A01", "B01"]),
        ("/api/dcim/devices/?position__empty=false", ["srv1"]),
        ("/api/dcim/racks/?tenant_id__n=null", ["A01"]),
        (f"{VMS}?site_id__n=null&limit=1", ["vm0"]),
    ],
)
def test_filters_and_unknown_filters_ignored(server: NetboxServer, path: str, names: list[str]) -> None:
    assert [row["name"] for row in get(server, path)[1]["results"]] == names


def test_what_the_token_may_not_see_is_left_out_and_still_counted() -> None:
    hidden = frozenset({("/api/dcim/racks/", 1), (VMS, 2), (VMS, 3)})
    with serving(replace(WORLD, hidden=hidden)) as server:
        assert get(server, VMS)[1]["count"] == 119
        assert [row["name"] for row in get(server, "/api/dcim/racks/")[1]["results"]] == ["B01"]
        sites, tenants = (get(server, path)[1]["results"] for path in ("/api/dcim/sites/", "/api/tenancy/tenants/"))
    names = "rack_count", "device_count", "virtualmachine_count"
    assert [[row[name] for name in names] for row in sites] == [[1, 2, 120], [1, 0, 0]]
    assert [[row[name] for name in names] for row in tenants] == [[1, 0, 0], [0, 1, 120]]


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        (None, "Authentication credentials were not provided."),
        ("Bearer nbt_demo.wrong", "Invalid v2 token"),
        (f"Token {WORLD.token}", "Invalid v2 token"),
    ],
)
def test_a_bad_token_is_403(server: NetboxServer, authorization: str | None, detail: str) -> None:
    assert get(server, "/api/dcim/racks/", authorization) == (403, {"detail": detail})
    assert get(server, "/api/status/", authorization)[0] == 403


def test_told_to_fail_it_fails_from_that_page_on_and_only_there(server: NetboxServer) -> None:
    server.world = replace(WORLD, failing=((VMS, 50),))
    assert get(server, f"{VMS}?limit=50")[0] == 200
    assert get(server, f"{VMS}?limit=50&offset=50")[0] == 500
    assert get(server, "/api/dcim/racks/")[0] == 200


def test_the_world_can_change_while_it_runs(server: NetboxServer) -> None:
    server.world = replace(WORLD, vms=WORLD.vms[:3])
    assert get(server, VMS)[1]["count"] == 3


def test_an_unknown_path_is_404(server: NetboxServer) -> None:
    assert get(server, "/api/dcim/nothing/")[0] == 404
