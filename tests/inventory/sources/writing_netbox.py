"""A simulated NetBox and a writer that may write there, for the tests of what is sent and of what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dcops.demo.netbox import NetboxServer, serving
from dcops.demo.netbox_world import (
    NetboxWorld,
    SimCluster,
    SimDevice,
    SimDeviceType,
    SimRack,
    SimRoom,
    SimSite,
    SimTenant,
    SimVm,
)
from inventory.sources.netbox_writer import NetboxWriter

TOKEN, READER = "nbt_write.0123456789secret", "nbt_read.0123456789secret"
WORLD = NetboxWorld(
    sites=(SimSite("Amiens", "amiens"), SimSite("Abbeville", "abbeville-dc")),
    rooms=(SimRoom("Salle 1", "salle-1", "amiens"), SimRoom("Salle 1", "salle-1-bis", "abbeville-dc")),
    tenants=(SimTenant("Ville d'Abbeville", "abbeville"), SimTenant("Ham", "ham")),
    racks=(SimRack("A01", "salle-1"), SimRack("A02", "salle-1", tenant="ham")),
    device_types=(SimDeviceType("R650", "r650"),),
    devices=(SimDevice("srv1", "A01", 40.0, "r650"),),
    clusters=(SimCluster("pve-1", "amiens"), SimCluster("pve-2", "abbeville-dc")),
    vms=(SimVm("web1", "pve-1", "abbeville", vmid=101), SimVm("web2", "pve-1", "abbeville", disk_mb=None)),
    tags=("critique", "supervision"),
    token=TOKEN,
    reader=READER,
)


@contextmanager
def netbox(world: NetboxWorld = WORLD, **changes: Any) -> Iterator[tuple[NetboxServer, NetboxWriter]]:
    with serving(world) as server:
        yield server, writer(server.url, **changes)


def writer(url: str, **changes: Any) -> NetboxWriter:
    made = NetboxWriter(url, TOKEN, True, 10, 1000, True)
    return replace(made, **changes)


def sent(server: NetboxServer) -> list[tuple[str, str, Any]]:
    """(method, path, body) of each write that the server received."""
    return [(write.method, write.path, json.loads(write.body)) for write in server.writes]
