"""How the make-believe NetBox writes its objects: complete rows, as the real API's schema wants them; pure.

Ids are the rank in the world's tuples, from 1; rows refer to each other as NetBox nests them (id, url, display, name…).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

from dcops.demo.netbox_extras import extra_lists
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

Row = dict[str, Any]
_STAMP = "2024-01-01T00:00:00.000000Z"
_PORTS = ("console_port", "console_server_port", "power_port", "power_outlet", "interface", "front_port", "rear_port")
_PARTS = (*_PORTS, "device_bay", "module_bay", "inventory_item")
_OWNERS = ("site", "tenant")
_SLUGGED = {"dcim/sites", "dcim/locations", "tenancy/tenants"}
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Rows:
    """Every list of a world, by path; ``base`` is the server's address, which rows carry in their urls."""

    world: NetboxWorld
    base: str

    @cached_property
    def lists(self) -> Mapping[str, list[Row]]:
        world = self.world
        return {
            "/api/dcim/sites/": _each(self._site, world.sites),
            "/api/dcim/locations/": _each(self._location, world.rooms),
            "/api/dcim/racks/": _each(self._rack, world.racks),
            "/api/dcim/device-types/": _each(self._type, world.device_types),
            "/api/dcim/devices/": _each(self._device, world.devices),
            "/api/dcim/rack-reservations/": _each(self._reservation, world.reservations),
            "/api/tenancy/tenants/": _each(self._tenant, world.tenants),
            "/api/virtualization/clusters/": _each(self._cluster, world.clusters),
            "/api/virtualization/virtual-machines/": _each(self._vm, world.vms),
            "/api/virtualization/virtual-disks/": [
                self._disk(rank, vm) for rank, vm in enumerate(world.vms) if vm.disk_mb is not None
            ],
            **extra_lists(world.tags, self.base),
        }

    @cached_property
    def stamps(self) -> Iterator[str]:
        """The instants at which objects are written, each later than the one before."""
        return (f"2024-01-02T00:00:00.{number:06}Z" for number in count(1))

    def _site(self, rank: int, site: SimSite) -> Row:
        counts = _zeros("circuit", "prefix", "vlan") | self._owned("site", rank)
        own: Row = {"slug": site.slug, "status": _choice("active"), "tenant": None, "time_zone": "Europe/Paris"}
        return self._row("dcim/sites", rank, site.name) | own | counts

    def _location(self, rank: int, room: SimRoom) -> Row:
        own: Row = {"slug": room.slug, "site": self.ref("dcim/sites", room.site), "parent": None, "_depth": 0}
        rest: Row = {"status": _choice("active"), "tenant": None}
        return self._row("dcim/locations", rank, room.name) | own | rest | _zeros("rack", "device", "prefix")

    def _place(self, slug: str) -> Row:
        """The site and room of a rack or device, as its row nests them."""
        room = self.world.rooms[self._index["dcim/locations"][slug][0]]
        nested = self.ref("dcim/locations", slug, rack_count=0, _depth=0)
        return {"site": self.ref("dcim/sites", room.site), "location": nested}

    def _rack(self, rank: int, rack: SimRack) -> Row:
        size: Row = {"u_height": rack.u_height, "starting_unit": 1, "desc_units": False}
        size |= {"width": {"value": 19, "label": "19 inches"}}
        rest: Row = {"status": _choice("active"), "role": None, "tenant": self._tenant_of(rack.tenant)}
        counts = {"powerfeed_count": 0, "device_count": sum(d.rack == rack.name for d in self.world.devices)}
        return self._row("dcim/racks", rank, rack.name) | self._place(rack.room) | size | rest | counts

    def _maker(self, name: str) -> Row:
        return self._nested("dcim/manufacturers", self._makers.index(name), name, slug=_slug(name))

    def _type(self, rank: int, kind: SimDeviceType) -> Row:
        own: Row = {"model": kind.model, "slug": kind.slug, "u_height": kind.u_height, "is_full_depth": True}
        counts = _zeros("device", *(f"{part}_template" for part in _PARTS))
        return (
            self._row("dcim/device-types", rank, kind.model) | own | {"manufacturer": self._maker(kind.maker)} | counts
        )

    def _nested_type(self, slug: str) -> Row:
        rank, model = self._index["dcim/device-types"][slug]
        maker = self._maker(self.world.device_types[rank].maker)
        row = self._nested("dcim/device-types", rank, model, slug=slug, model=model, manufacturer=maker, device_count=0)
        return _nameless(row)

    def _device(self, rank: int, device: SimDevice) -> Row:
        counted: Row = {"device_count": 0, "virtualmachine_count": 0, "_depth": 0, "slug": _slug(device.role)}
        role = self._nested("dcim/device-roles", self._roles.index(device.role), device.role, **counted)
        own: Row = {"device_type": self._nested_type(device.type), "role": role, "serial": device.serial}
        rest: Row = {"face": _choice(device.face) if device.face else None, "tenant": self._tenant_of(device.tenant)}
        rest |= {"status": _choice("active"), "parent_device": None, "primary_ip": None, "config_context": {}}
        return self._row("dcim/devices", rank, device.name) | own | self._stands(device) | rest | _zeros(*_PARTS)

    def _stands(self, device: SimDevice) -> Row:
        """Where a device is; one in no rack is in its room, or in the first one."""
        if device.rack is None:
            return self._place(device.room or self.world.rooms[0].slug) | {"rack": None, "position": None}
        room = self.world.racks[self._index["dcim/racks"][device.rack][0]].room
        return self._place(room) | {"rack": self.ref("dcim/racks", device.rack), "position": device.position}

    def _reservation(self, rank: int, reservation: SimReservation) -> Row:
        row = _nameless(self._row("dcim/rack-reservations", rank, f"Reservation for rack {reservation.rack}"))
        user: Row = {"id": 1, "url": f"{self.base}/api/users/users/1/", "display": "admin", "username": "admin"}
        own: Row = {"rack": self.ref("dcim/racks", reservation.rack), "units": list(reservation.units), "user": user}
        own |= {"unit_count": len(reservation.units), "status": _choice(reservation.status)}
        return row | own | {"tenant": self._tenant_of(reservation.tenant), "description": reservation.description}

    def _tenant(self, rank: int, tenant: SimTenant) -> Row:
        counts = _zeros("circuit", "ipaddress", "prefix", "site", "vlan", "vrf", "cluster")
        counts |= self._owned("tenant", rank)
        return self._row("tenancy/tenants", rank, tenant.name) | {"slug": tenant.slug, "group": None} | counts

    def _owned(self, owner: str, rank: int) -> Row:
        """How many things belong to a site or a tenant, whoever asks."""
        counts = self._owners
        return {f"{thing}_count": counts[thing, owner, rank + 1] for thing in ("rack", "device", "virtualmachine")}

    @cached_property
    def _owners(self) -> Counter[tuple[str, str, int]]:
        """(thing, "site" or "tenant", id of the owner) -> how many."""
        world = self.world
        things = {
            "rack": _each(self._rack, world.racks),
            "device": _each(self._device, world.devices),
            "virtualmachine": _each(self._vm, world.vms),
        }
        owned = ((thing, owner, row[owner]) for thing, rows in things.items() for row in rows for owner in _OWNERS)
        return Counter((thing, owner, nested["id"]) for thing, owner, nested in owned if nested)

    def _cluster(self, rank: int, cluster: SimCluster) -> Row:
        site, inside = self.ref("dcim/sites", cluster.site), [vm for vm in self.world.vms if vm.cluster == cluster.name]
        own: Row = {"type": self._nested("virtualization/cluster-types", 0, "Proxmox VE", slug="proxmox-ve")}
        own |= {"scope_type": "dcim.site", "scope_id": site["id"], "scope": site, "status": _choice("active")}
        own |= {"group": None, "tenant": None, "device_count": 0, "virtualmachine_count": len(inside)}
        own |= {"allocated_vcpus": sum(vm.vcpus or 0 for vm in inside)}
        own |= {"allocated_memory": sum(vm.memory_mb or 0 for vm in inside)}
        own |= {"allocated_disk": sum(vm.disk_mb or 0 for vm in inside)}
        return self._row("virtualization/clusters", rank, cluster.name) | own

    def _vm(self, rank: int, vm: SimVm) -> Row:
        row = self._row("virtualization/virtual-machines", rank, vm.name)
        row |= {"cluster": None, "site": None, "device": None, "tenant": self._tenant_of(vm.tenant), "role": None}
        if vm.cluster is not None:
            cluster = self.world.clusters[self._index["virtualization/clusters"][vm.cluster][0]]
            row |= {"cluster": self.ref("virtualization/clusters", vm.cluster)}
            row |= {"site": self.ref("dcim/sites", cluster.site)}
        row |= {"vcpus": vm.vcpus, "memory": vm.memory_mb, "disk": vm.disk_mb, "serial": vm.serial}
        row |= {"status": _choice(vm.status), "primary_ip": None, "config_context": {}, "interface_count": 0}
        return row | {"custom_fields": {"vmid": vm.vmid}, "virtual_disk_count": int(vm.disk_mb is not None)}

    def _disk(self, rank: int, vm: SimVm) -> Row:
        """One virtual disk per machine: NetBox wants their sum to be the machine's disk."""
        machine = self._nested("virtualization/virtual-machines", rank, vm.name)
        own: Row = {"virtual_machine": machine, "size": vm.disk_mb or 0}
        return self._row("virtualization/virtual-disks", rank, "scsi0") | own

    def ref(self, path: str, key: str, **more: Any) -> Row:
        """The nested form of the object of that list named (or slugged) ``key``. Raises KeyError if it is not there."""
        rank, name = self._index[path][key]
        slugged = {"slug": key} if path in _SLUGGED else {}
        return self._nested(path, rank, name, **slugged, **more)

    def _tenant_of(self, slug: str | None) -> Row | None:
        return self.ref("tenancy/tenants", slug) if slug else None

    @cached_property
    def _index(self) -> Mapping[str, Mapping[str, tuple[int, str]]]:
        """List -> key by which the world refers -> (rank, name)."""
        world = self.world
        return {
            "dcim/sites": _ranks((site.slug, site.name) for site in world.sites),
            "dcim/locations": _ranks((room.slug, room.name) for room in world.rooms),
            "dcim/racks": _ranks((rack.name, rack.name) for rack in world.racks),
            "dcim/device-types": _ranks((kind.slug, kind.model) for kind in world.device_types),
            "tenancy/tenants": _ranks((tenant.slug, tenant.name) for tenant in world.tenants),
            "virtualization/clusters": _ranks((cluster.name, cluster.name) for cluster in world.clusters),
        }

    @cached_property
    def _makers(self) -> list[str]:
        return sorted({kind.maker for kind in self.world.device_types})

    @cached_property
    def _roles(self) -> list[str]:
        return sorted({device.role for device in self.world.devices})

    def _nested(self, path: str, rank: int, name: str, **more: Any) -> Row:
        url = f"{self.base}/api/{path}/{rank + 1}/"
        return {"id": rank + 1, "url": url, "display": name, "name": name, "description": ""} | more

    def _row(self, path: str, rank: int, name: str, **more: Any) -> Row:
        """What every full object has."""
        row = self._nested(path, rank, name) | {"display_url": f"{self.base}/{path}/{rank + 1}/", "owner": None}
        return row | {"comments": "", "tags": [], "custom_fields": {}, "created": _STAMP, "last_updated": _STAMP} | more


def _each(write: Callable[[int, Thing], Row], things: Iterable[Thing]) -> list[Row]:
    return [write(rank, thing) for rank, thing in enumerate(things)]


def _ranks(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[int, str]]:
    return {key: (rank, name) for rank, (key, name) in enumerate(pairs)}


def _nameless(row: Row) -> Row:
    """Device types (which have a model) and reservations are only displayed, not named."""
    return {key: value for key, value in row.items() if key != "name"}


def _zeros(*things: str) -> Row:
    return {f"{thing}_count": 0 for thing in things}


def _choice(value: str) -> Row:
    return {"value": value, "label": value.capitalize()}


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
