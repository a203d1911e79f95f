"""How NetBox's rows read as facts: units to half units, MB to bytes, nested objects to names; pure.

Each function takes a row of NetBox's JSON. One that cannot be read raises Unreadable, or what Python raises for a value
of another shape.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from inventory.facts import GIB, Appliance, Guest, Mounting, RackUnit, Reservation, Tenant
from inventory.mapping import NETBOX_TENANT, CustomerRules

Row = Mapping[str, Any]
_STATUS = {"active": "running", "offline": "stopped"}
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


class Unreadable(ValueError):
    """Why a row cannot be read, in French."""


@dataclass(frozen=True, slots=True)
class RackScale:
    """How a rack numbers its units: from ``first``, upwards, or from the top when ``top_down``."""

    u_height: int
    first: int = 1
    top_down: bool = False

    @classmethod
    def of(cls, row: Row) -> RackScale:
        return cls(int(row["u_height"]), int(row.get("starting_unit") or 1), bool(row.get("desc_units")))

    def half_unit(self, position: float, height: float) -> int:
        """The lowest half unit, from 0 at the bottom, of what takes ``height`` units numbered from ``position``."""
        offset = position - self.first
        from_bottom = self.u_height - offset - height if self.top_down else offset
        return _halves(from_bottom)


def shared_names(racks: Iterable[Row]) -> set[str]:
    """The names that several racks have: NetBox wants them unique in a location only, everything here by itself."""
    return {str(name) for name, count in Counter(row.get("name") for row in racks).items() if count > 1}


def rack_unit(row: Row, rules: CustomerRules, shared: Container[str] = ()) -> RackUnit:
    """A rack, unless its name is one of those shared with others: nothing would tell them apart."""
    if row["name"] in shared:
        raise Unreadable(
            "plusieurs baies portent ce nom ; les renommer dans NetBox ou régler netbox.filters sur un site"
        )
    return RackUnit(
        name=row["name"],
        site=_name(row.get("site")),
        room=_name(row.get("location")),
        u_height=int(row["u_height"]),
        reference=_id(row),
        tenant=_slug(row.get("tenant")),
        customer=_customer(row, rules),
        version=row.get("last_updated"),
    )


def tenant(row: Row, rules: CustomerRules) -> Tenant:
    """A tenant, and the customer that it stands for."""
    slug = str(row["slug"])
    return Tenant(slug, str(row["name"]), rules.code(NETBOX_TENANT, slug), _id(row))


def appliances(row: Row, rules: CustomerRules) -> list[Appliance]:
    """A device as what its serial number names, in a rack or not; nothing for one without."""
    serial = str(row.get("serial") or "").strip()
    return [Appliance(serial, _device_name(row), _customer(row, rules), reference=_id(row))] if serial else []


def mounting(
    row: Row, rules: CustomerRules, heights: Mapping[int, float], scales: Mapping[int, RackScale]
) -> list[Mounting]:
    """The space a device takes; nothing for one without a position or a height (0U, beside the units).

    ``heights`` are those of the device types and ``scales`` those of the racks, by NetBox's ids.
    """
    if row.get("position") is None or not row.get("rack"):
        return []
    height = heights.get(int(row["device_type"]["id"]))
    if height is None:
        raise Unreadable("la hauteur de son modèle n'a pas pu être lue")
    if height == 0:
        return []
    return [
        Mounting(
            rack=row["rack"]["name"],
            name=_device_name(row),
            first_half_unit=_scale(row, scales).half_unit(float(row["position"]), height),
            half_units=_halves(height),
            face=_choice(row.get("face")),
            tenant=_slug(row.get("tenant")),
            role=_name(row.get("role")),
            reference=_id(row),
            customer=_customer(row, rules),
        )
    ]


def reservations(row: Row, rules: CustomerRules, scales: Mapping[int, RackScale]) -> list[Reservation]:
    """One fact per run of adjacent units; nothing for a reservation that NetBox marks stale."""
    if _choice(row.get("status")) == "stale":
        return []
    scale, customer = _scale(row, scales), _customer(row, rules)
    starts = ((scale.half_unit(run[0], len(run)), 2 * len(run)) for run in runs(row["units"]))
    return [
        Reservation(
            rack=row["rack"]["name"],
            first_half_unit=first,
            end_half_unit=first + height,
            customer=customer,
            label=row.get("description") or "",
            reference=_id(row),
        )
        for first, height in starts
    ]


def runs(units: list[int]) -> list[list[int]]:
    """Whole numbers as runs of neighbours: [5, 3, 4, 9] is [[3, 4, 5], [9]]."""
    ordered = sorted(set(units))
    grouped = groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0])
    return [[unit for _, unit in group] for _, group in grouped]


def guest(row: Row, rules: CustomerRules, megabyte: int, disks: Sequence[Row] = (), disks_in_gb: bool = False) -> Guest:
    """A documented virtual machine, with its virtual disks, in MB or ``disks_in_gb``.

    NetBox's "active" and "offline" read as "running" and "stopped", its other statuses (planned, decommissioning…)
    stay as they are. The vmid is the custom field ``vmid``, else the serial number when it is only digits; the custom
    fields ``uuid`` and ``kind`` ("qemu", "lxc") are read where they exist. The disk is the sum of the virtual disks
    where there are some.
    """
    status, custom = _choice(row.get("status")), row.get("custom_fields") or {}
    vcpus, disk_unit = row.get("vcpus"), 1 if disks_in_gb else megabyte
    return Guest(
        name=row["name"],
        cluster=_name(row.get("cluster")),
        vmid=_vmid(custom.get("vmid"), row.get("serial")),
        kind=custom.get("kind") if custom.get("kind") in ("qemu", "lxc") else None,
        status=_STATUS.get(status or "", status),
        vcpus=None if vcpus is None else Decimal(str(vcpus)),
        memory_bytes=_bytes(row.get("memory"), megabyte),
        disk_bytes=_bytes(sum(int(disk["size"]) for disk in disks) if disks else row.get("disk"), disk_unit),
        customer=_customer(row, rules),
        uuid=str(custom["uuid"]).lower() if custom.get("uuid") else None,
        reference=_id(row),
        tags=tuple(str(tag["slug"]) for tag in row.get("tags") or ()),
        tenant=_slug(row.get("tenant")),
        disks=tuple((str(disk["name"]), _bytes(disk["size"], disk_unit) or 0) for disk in disks),
        version=row.get("last_updated"),
    )


def disks_of_machines(placed: Iterable[tuple[int, Row]]) -> dict[int, list[Row]]:
    """Virtual disks by the id of their machine, in the order of the list."""
    found: dict[int, list[Row]] = {}
    for machine, row in placed:
        found.setdefault(machine, []).append(row)
    return found


def _customer(row: Row, rules: CustomerRules) -> str | None:
    return rules.code(NETBOX_TENANT, _slug(row.get("tenant")))


def _device_name(row: Row) -> str:
    return str(row.get("name") or row["device_type"].get("model") or f"équipement {row['id']}")


def _bytes(megabytes: Any, megabyte: int) -> int | None:
    """NetBox's MB as bytes of what people meant: a "GB" typed there is a GiB of Proxmox.

    Where the server counts 1 GB = 1000 MB, "4 GB" is stored as 4000, elsewhere as 4096: both are 4 GiB here.
    """
    return None if megabytes is None else (int(megabytes) * GIB + megabyte // 2) // megabyte


def _vmid(custom: Any, serial: str | None) -> int | None:
    for text in (str(custom if custom is not None else ""), (serial or "").strip()):
        if text.isascii() and text.isdigit():
            return int(text)
    return None


def _scale(row: Row, scales: Mapping[int, RackScale]) -> RackScale:
    scale = scales.get(int(row["rack"]["id"]))
    if scale is None:
        raise Unreadable("sa baie n'a pas pu être lue (droits du jeton, netbox.filters, ou nom de baie en double)")
    return scale


def _halves(units: float) -> int:
    halves = Decimal(str(units)) * 2
    if halves != halves.to_integral_value() or halves < 0:
        raise Unreadable(f"position ou hauteur impossible : {units} U")
    return int(halves)


def _id(row: Row) -> str:
    return str(row["id"])


def _name(nested: Row | None) -> str | None:
    return nested["name"] if nested else None


def _slug(nested: Row | None) -> str | None:
    return nested["slug"] if nested else None


def _choice(nested: Row | None) -> str | None:
    """NetBox reads choices as {value, label}; an empty value is no choice."""
    return (nested["value"] or None) if nested else None


def counts_disks_in_gb(status: Any) -> bool:
    """Whether the NetBox whose status this is counts disks in GB, as before 4.1; in MB where it does not say."""
    told = _VERSION.match(str(status.get("netbox-version"))) if isinstance(status, dict) else None
    return told is not None and (int(told[1]), int(told[2])) < (4, 1)
