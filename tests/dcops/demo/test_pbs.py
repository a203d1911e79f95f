"""The simulated backup server says what the official schema of Proxmox Backup Server says it says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dcops.demo.pbs import answer
from dcops.demo.pbs_world import GIB, PbsWorld, SimGroup, SimStore
from dcops.demo.serving import Question

WORLD = PbsWorld(
    "pbs",
    (
        SimStore("box", 75 * GIB, (SimGroup("pc", 1_700_000_000, "host"),)),
        SimStore("machines", GIB, (SimGroup("101", 1_700_000_000, namespace="a/b"), SimGroup("9", 1, "ct", 2, "a"))),
        SimStore("broken", 5, error="no such disk"),
    ),
)
HEADERS = {"authorization": f"PBSAPIToken={WORLD.user}!{WORLD.token_name}:{WORLD.token}"}
CALLS = {
    "version": "/version",
    "status/datastore-usage": "/status/datastore-usage",
    "admin/datastore": "/admin/datastore",
    "admin/datastore/machines/namespace": "/admin/datastore/{store}/namespace",
    "admin/datastore/box/groups": "/admin/datastore/{store}/groups",
    "access/permissions": "/access/permissions",
}


def ask(path: str, headers: dict[str, str] = HEADERS, **query: str) -> tuple[int, Any]:
    found = answer(WORLD, Question(f"/api2/json/{path}", query, headers))
    return found.status, found.body and found.body.get("data")


def _paths(nodes: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in nodes:
        yield node["path"], node.get("info", {}).get("GET", {}).get("returns", {})
        yield from _paths(node.get("children", []))


@pytest.mark.parametrize("path", CALLS)
def test_answers_match_the_official_schema(recordings: Path, path: str) -> None:
    with gzip.open(recordings / "proxmox/official/pbs-apidoc-2026-07-05.json.gz") as file:
        schema = dict(_paths(json.load(file)))[CALLS[path]]
    status, body = ask(path)
    assert status == 200
    assert body
    validator = Draft202012Validator(_json_schema(schema))
    assert [f"{list(fault.path)}: {fault.message[:200]}" for fault in validator.iter_errors(body)] == []


def _json_schema(node: Any) -> Any:
    """Proxmox's own dialect as JSON schema: what is not ``optional`` is required; null stands for an unknown usage."""
    if not isinstance(node, dict):
        return node
    found = {key: _json_schema(value) for key, value in node.items() if key not in ("optional", "pattern", "format")}
    if isinstance(named := node.get("properties"), dict):
        found["properties"] = {key: _json_schema(value) for key, value in named.items()}
        found["required"] = [key for key, value in named.items() if not value.get("optional")]
    if str(node.get("description", "")).startswith("The usage of a time"):
        found["type"] = ["number", "null"]
    return found


def test_groups_are_those_of_one_namespace() -> None:
    assert [row["ns"] for row in ask("admin/datastore/machines/namespace")[1]] == ["", "a", "a/b"]
    assert ask("admin/datastore/machines/groups") == (200, [])
    assert [row["backup-id"] for row in ask("admin/datastore/machines/groups", ns="a")[1]] == ["9"]
    assert ask("admin/datastore/machines/groups", ns="z")[0] == 404


def test_refusals() -> None:
    assert ask("version", {})[0] == 401
    assert ask("version", {"authorization": HEADERS["authorization"].replace(":", "=", 1)})[0] == 401
    assert ask("admin/datastore/none/groups")[0] == 400
    assert ask("admin/datastore/broken/groups")[0] == 400
    assert ask("nodes/localhost/status")[0] == 404
