"""What runs and what is documented in the demo: what was sold, plus the deliberate differences; pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import NAMESPACE_DNS, uuid5
from zlib import crc32

from dcops.demo import netbox_world as netbox
from dcops.demo.proxmox_world import ProxmoxWorld, SimGuest, SimNode
from dcops.demo.world import rows, shares, space, text

NODES = {"amiens-a": ("pve-a1", "pve-a2", "pve-a3"), "amiens-b": ("pve-b1", "pve-b2"), "secours": ("pve-s1",)}
FOR_EVER = 10_000  # days
SYSTEM_DISK_GB = 20
BOX_TYPE, AWAY = "ds223", "Chez les collectivités"
"""The model of the backup boxes, and where the documentation says that they stand."""
DECIMAL_MB = 1000  # NetBox's megabytes in a gigabyte, as in the settings the demo writes


@dataclass(frozen=True, slots=True)
class Vm:
    """A guest of the demo, as it runs; ``customer`` None when nobody knows whose it is. GB are GiB."""

    cluster: str
    vmid: int
    name: str
    customer: str | None
    vcpu: int
    ram_gb: int
    disk_gb: int


@cache
def differences() -> dict[str, list[dict[str, Any]]]:
    """The deliberate differences, by kind."""
    return tomllib.loads(text("differences.toml"))


def running(ago: int = 0) -> list[Vm]:
    """Every guest of every cluster, so many days ago."""
    ghosts = _named("ghost")
    ordered = [_resized(vm) for vm in _ordered() if vm.name not in ghosts]
    return ordered + _unordered(ago)


def proxmox_world(cluster: str, token: str, ago: int = 0) -> ProxmoxWorld:
    """One cluster with its nodes, its guests and a template, so many days ago."""
    nodes = NODES[cluster]
    guests = [_guest(vm, nodes[vm.vmid % len(nodes)], ago) for vm in running(ago) if vm.cluster == cluster]
    template = SimGuest(
        9000, "debian-12-modele", nodes[0], status="stopped", template=True, disks_gib=(SYSTEM_DISK_GB,)
    )
    locked = any(row["cluster"] == cluster and _lasts(row, ago) for row in differences()["locked"])
    accepted = str(uuid5(NAMESPACE_DNS, token)) if locked else token
    return ProxmoxWorld(cluster, tuple(SimNode(name) for name in nodes), (*guests, template), token=accepted)


def netbox_world(token: str, ago: int = 0) -> netbox.NetboxWorld:
    """The documentation, so many days ago: racks, who they are for, and the machines somebody wrote down."""
    sites, rooms = _sites()
    return netbox.NetboxWorld(
        sites=sites,
        rooms=rooms,
        tenants=tuple(_tenants()),
        racks=_racks(),
        device_types=_device_types(),
        devices=tuple(_devices()),
        reservations=tuple(_reservations()),
        clusters=tuple(netbox.SimCluster(name, sites[0].slug) for name in NODES),
        vms=tuple(_documented(ago)),
        token=token,
    )


def _ordered() -> Iterable[Vm]:
    """The machines under contract, and those that should have been stopped with it."""
    kept = _named("ended")
    for row in rows("machines.csv"):
        if row["vmid"] and (not row["to"] or row["name"] in kept):
            sizes = (int(row[column]) for column in ("vcpu", "ram_gb", "disk_gb"))
            yield Vm(row["cluster"], int(row["vmid"]), row["name"], row["customer"], *sizes)


def _unordered(ago: int) -> list[Vm]:
    """The machines that nobody ordered, or that an order names without saying which."""
    return [_vm(row) for kind in ("unbilled", "twin") for row in differences()[kind] if _lasts(row, ago)]


def _lasts(row: dict[str, Any], ago: int) -> bool:
    """Whether a difference was there so many days ago: it began ``days`` ago and ended ``until`` days ago."""
    return int(row.get("until", 0)) <= ago < int(row.get("days", FOR_EVER))


def _named(kind: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in differences()[kind]}


def _resized(vm: Vm, kind: str = "resized") -> Vm:
    changed = _named(kind).get(vm.name, {})
    return replace(vm, **{column: value for column, value in changed.items() if column != "name"})


def _vm(row: dict[str, Any]) -> Vm:
    known = {column: value for column, value in row.items() if column not in ("documented", "days", "until")}
    return Vm(**{"customer": None, **known})


def _guest(vm: Vm, node: str, ago: int) -> SimGuest:
    remade = _named("remade").get(vm.name)
    born = vm.name if remade is None or not _lasts(remade, ago) else f"{vm.name}/2"
    draw = crc32(born.encode())
    disks = (vm.disk_gb,) if vm.disk_gb <= SYSTEM_DISK_GB else (SYSTEM_DISK_GB, vm.disk_gb - SYSTEM_DISK_GB)
    return SimGuest(
        vm.vmid,
        vm.name,
        node,
        kind="lxc" if vm.name.endswith("-cimetiere") else "qemu",
        vcpus=vm.vcpu,
        memory_mib=vm.ram_gb * 1024,
        disks_gib=disks,
        pool=vm.customer,
        uuid=str(uuid5(NAMESPACE_DNS, born)),
        macs=(f"BC:24:11:{draw >> 16 & 255:02X}:{draw >> 8 & 255:02X}:{draw & 255:02X}",),
    )


def _documented(ago: int) -> Iterable[netbox.SimVm]:
    undocumented, tenants = _named("undocumented"), _named("tenant")
    unwritten = {row["name"] for kind in ("ghost", "unbilled") for row in differences()[kind] if not row["documented"]}
    for real in (*map(_resized, _ordered()), *_unordered(ago)):
        vm = _resized(real, "misdocumented")
        if vm.name in undocumented or vm.name in unwritten:
            continue
        tenant = tenants[vm.name]["tenant"] if vm.name in tenants else vm.customer
        memory, disk = vm.ram_gb * DECIMAL_MB, vm.disk_gb * DECIMAL_MB
        yield netbox.SimVm(vm.name, vm.cluster, tenant, float(vm.vcpu), memory, disk, vmid=vm.vmid)


def _sites() -> tuple[tuple[netbox.SimSite, ...], tuple[netbox.SimRoom, ...]]:
    site = netbox.SimSite(rows("racks.csv")[0]["site"], "amiens-dc")
    rooms = [*sorted({row["room"] for row in rows("racks.csv")}), AWAY]
    return (site,), tuple(netbox.SimRoom(room, _slug(room), site.slug) for room in rooms)


def _slug(room: str) -> str:
    return room.lower().replace(" ", "-").replace("é", "e")


def _tenants() -> Iterable[netbox.SimTenant]:
    left_out = _values("tenantless", "customer")
    return (netbox.SimTenant(row["name"], row["code"]) for row in rows("communes.csv") if row["code"] not in left_out)


def _values(kind: str, column: str) -> set[str]:
    return {row[column] for row in differences()[kind]}


def _racks() -> tuple[netbox.SimRack, ...]:
    heights = {row["rack"]: row["u_height"] for row in differences()["height"]}
    tenants = {row["rack"]: row["customer"] for row in shares() if row["kind"] == "full"}
    unknown = _values("unknown_rack", "rack")
    return tuple(
        netbox.SimRack(
            row["name"],
            _slug(row["room"]),
            heights.get(row["name"], int(row["u_height"])),
            tenants.get(row["name"]),
        )
        for row in rows("racks.csv")
        if row["name"] not in unknown
    )


def _device_types() -> tuple[netbox.SimDeviceType, ...]:
    return tuple(
        netbox.SimDeviceType(row["model"], row["slug"], int(row["u_height"]), row["maker"])
        for row in rows("device_types.csv")
    )


def _devices() -> Iterable[netbox.SimDevice]:
    """Devices, each documented for whoever bought the units it stands in; the operator's own have no tenant."""
    roles = {row["slug"]: row["role"] for row in rows("device_types.csv")}
    for row in (*rows("devices.csv"), *differences()["squatter"], *differences()["misplaced"]):
        position, kind = int(row["position"]), row["type"]
        tenant = row.get("tenant") or _holder(row["rack"], position)
        yield netbox.SimDevice(row["name"], row["rack"], position, kind, tenant=tenant, role=roles[kind])
    unknown, tenantless = _values("unknown_box", "serial"), _values("tenantless", "customer")
    for row in rows("nas.csv"):
        if row["serial"] not in unknown:
            tenant = None if row["customer"] in tenantless else row["customer"]
            yield _box(row["serial"], f"nas-{row['customer']}", tenant, roles[BOX_TYPE])


def _box(serial: str, name: str, tenant: str | None, role: str) -> netbox.SimDevice:
    """A backup box: at a customer's, in no rack."""
    return netbox.SimDevice(
        name, None, None, BOX_TYPE, face=None, tenant=tenant, role=role, serial=serial, room=_slug(AWAY)
    )


def _holder(rack: str, unit: int) -> str | None:
    """The customer of the share, still running, that has a unit of a rack."""
    for row in shares():
        first, end = space(row)
        if row["rack"] == rack and not row["to"] and first <= 2 * (unit - 1) < end:
            return row["customer"]
    return None


def _reservations() -> Iterable[netbox.SimReservation]:
    for row in differences()["reservation"]:
        units = tuple(range(row["first_unit"], row["last_unit"] + 1))
        yield netbox.SimReservation(row["rack"], units, row["tenant"], row["description"])
