"""What a make-believe NetBox documents: frozen values that the simulator answers from; things refer by name or slug."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SimSite:
    name: str
    slug: str


@dataclass(frozen=True)
class SimRoom:
    """A NetBox location. ``site`` is a site's slug."""

    name: str
    slug: str
    site: str


@dataclass(frozen=True)
class SimTenant:
    """A NetBox tenant; its slug is the customer's code."""

    name: str
    slug: str


@dataclass(frozen=True)
class SimRack:
    """``room`` is a room's slug; ``tenant`` a tenant's slug or None."""

    name: str
    room: str
    u_height: int = 42
    tenant: str | None = None


@dataclass(frozen=True)
class SimDeviceType:
    """``u_height`` in units, half units allowed; 0 for what hangs beside the units (a vertical PDU)."""

    model: str
    slug: str
    u_height: float = 1.0
    maker: str = "Dell"


@dataclass(frozen=True)
class SimDevice:
    """``type`` is a device type's slug, ``rack`` a rack's name; ``position`` its lowest unit, None when 0U.

    One in no rack is in a ``room`` (its slug).
    """

    name: str
    rack: str | None
    position: float | None
    type: str
    face: str | None = "front"
    tenant: str | None = None
    role: str = "Serveur"
    serial: str = ""
    room: str | None = None


@dataclass(frozen=True)
class SimReservation:
    """Units (from 1 at the bottom) of a rack (by name) set aside for a tenant (by slug)."""

    rack: str
    units: tuple[int, ...]
    tenant: str | None
    description: str
    status: str = "active"


@dataclass(frozen=True)
class SimCluster:
    """``site`` is a site's slug; the name is the one of the Proxmox cluster in the settings."""

    name: str
    site: str


@dataclass(frozen=True)
class SimVm:
    """A documented virtual machine: ``memory_mb`` and ``disk_mb`` as NetBox stores them (4 GB is 4000, or 4096
    where the server counts by 1024); ``cluster`` a cluster's name, ``tenant`` a tenant's slug; ``vmid`` fills the
    custom field of that name."""

    name: str
    cluster: str | None
    tenant: str | None
    vcpus: float | None = 1.0
    memory_mb: int | None = 2000
    disk_mb: int | None = 20000
    status: str = "active"
    vmid: int | None = None
    serial: str = ""


@dataclass(frozen=True)
class NetboxWorld:
    """A whole NetBox, the token that it accepts, and another that may only read there.

    ``failing`` lists (path, offset) pairs, e.g. ``(("/api/virtualization/virtual-machines/", 1000),)``: the pages of
    that path from that many rows on answer 500. ``hidden`` lists (path, id) pairs: objects that the token may not see,
    which are still counted in the sites and tenants they belong to.
    """

    sites: tuple[SimSite, ...] = ()
    rooms: tuple[SimRoom, ...] = ()
    tenants: tuple[SimTenant, ...] = ()
    racks: tuple[SimRack, ...] = ()
    device_types: tuple[SimDeviceType, ...] = ()
    devices: tuple[SimDevice, ...] = ()
    reservations: tuple[SimReservation, ...] = ()
    clusters: tuple[SimCluster, ...] = ()
    vms: tuple[SimVm, ...] = ()
    tags: tuple[str, ...] = ()
    token: str = field(default="nbt_demo.0000000000000000000000000000000000000000", repr=False)
    reader: str | None = field(default=None, repr=False)
    failing: tuple[tuple[str, int], ...] = ()
    hidden: frozenset[tuple[str, int]] = frozenset()
    version: str = "4.6.8"
