"""Asks a served Proxmox through the real source, and reads what it told."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dcops.demo.proxmox_world import ProxmoxWorld, SimGuest, SimNode
from dcops.demo.serving import Server
from dcops.demo.tls import Certificate
from inventory.clock import FixedClock
from inventory.facts import Guest, Scope
from inventory.sources.proxmox import ProxmoxSource
from tests.conftest import NOW
from tests.inventory.sources.recorded import Reply, data

SECRET = "5d1f0c3e-secret"
API = "/api2/json/"
SEES_ALL = data({"/": {"VM.Audit": 1}})
WORLD = ProxmoxWorld(
    "pve",
    (SimNode("n1"), SimNode("n2"), SimNode("n3"), SimNode("n4")),
    tuple(SimGuest(100 + i, f"vm{i}", f"n{i % 4 + 1}", kind="lxc" if i % 5 == 0 else "qemu") for i in range(40)),
    token=SECRET,
)


def source(port: int, certificate: Certificate, **changes: Any) -> ProxmoxSource:
    asked: dict[str, Any] = {
        "name": "pve",
        "host": "127.0.0.1",
        "port": port,
        "user": WORLD.user,
        "token_name": WORLD.token_name,
        "token": SECRET,
        "verify_tls": certificate.authority,
        "timeout_s": 5,
        "clock": FixedClock(NOW),
    }
    return ProxmoxSource(**(asked | changes))


def scope_of(server: Server, certificate: Certificate, **changes: Any) -> Scope:
    snapshot = source(**{"port": server.port, "certificate": certificate, **changes}).facts()
    (scope,) = snapshot.scopes
    assert (snapshot.source, snapshot.kind, snapshot.taken_at, scope.name) == ("pve", "real", NOW, "pve")
    assert SECRET not in repr(snapshot)
    return scope


def table(
    vms: Reply, nodes: list[str], configs: Mapping[str, Reply], permissions: Reply = SEES_ALL
) -> dict[str, Reply]:
    rows = [{"type": "node", "id": f"node/{node}", "node": node, "status": "online"} for node in nodes]
    return {
        f"{API}cluster/resources?type=vm": vms,
        f"{API}cluster/resources?type=node": data(rows),
        f"{API}access/permissions": permissions,
        **{f"{API}nodes/{guest}/config": config for guest, config in configs.items()},
    }


def guests(scope: Scope) -> dict[str | None, Guest]:
    return {fact.reference: fact for fact in scope.facts if isinstance(fact, Guest)}


def resources(guest: Guest) -> tuple[Decimal | None, int | None, int | None]:
    return guest.vcpus, guest.memory_bytes, guest.disk_bytes
