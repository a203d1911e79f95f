"""How the make-believe NetBox is written to: POST and PATCH on its rows, refused as the real one refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dcops.demo.netbox_fields import (
    CLUSTERS,
    DISKS,
    FIELDS,
    MACHINES,
    RACKS,
    REQUIRED,
    SITES,
    TENANTS,
    Refused,
    Row,
    tags,
)
from dcops.demo.netbox_rows import Rows
from dcops.demo.netbox_world import NetboxWorld, SimRack, SimRoom, SimSite, SimTenant, SimVm
from dcops.demo.serving import Answer, Question

Faults = dict[str, Any]
NAMES = {TENANTS: "Tenant", RACKS: "Rack", MACHINES: "VirtualMachine", DISKS: "VirtualDisk"}
_BLANK = NetboxWorld(
    sites=(SimSite("", ""),),
    rooms=(SimRoom("", "", ""),),
    tenants=(SimTenant("", ""),),
    racks=(SimRack("", ""),),
    vms=(SimVm("", None, None, None, None, 0),),
)
_COUNTED = {"rack": RACKS, "device": "/api/dcim/devices/", "virtualmachine": MACHINES}


def version(row: Row) -> str:
    """The weak ETag of an object: when it last changed."""
    return f'W/"{datetime.fromisoformat(row["last_updated"]).isoformat()}"'


def detail(row: Row, status: int = 200) -> Answer:
    return Answer(status, row, headers={"ETag": version(row)})


def write(rows: Rows, question: Question) -> Answer:
    """What NetBox answers to a POST or a PATCH, once it has done it or refused."""
    path, row = split(rows, question.path)
    if path not in FIELDS or (row is None) == (question.method == "PATCH"):
        return Answer(405, {"detail": f'Method "{question.method}" not allowed.'})
    try:
        body = json.loads(question.body)
    except ValueError as error:
        return Answer(400, {"detail": f"JSON parse error - {error}"})
    if row is not None:
        return _patch(rows, path, row, body, question.headers.get("if-match"))
    if isinstance(body, list):
        return _bulk(rows, path, body)
    made, faults = _made(rows, path, body)
    if faults:
        return Answer(400, faults)
    _keep(rows, path, made)
    return detail(made, 201)


def split(rows: Rows, path: str) -> tuple[str, Row | None]:
    """A path as its list and the object of it; None for the list itself, or where there is no such object."""
    listing, _, id = path.rstrip("/").rpartition("/")
    if not id.isdecimal():
        return path, None
    return f"{listing}/", next((row for row in rows.lists.get(f"{listing}/", ()) if row["id"] == int(id)), None)


def _bulk(rows: Rows, path: str, bodies: list[Any]) -> Answer:
    """All of a list of creations, or none."""
    tried = [_made(rows, path, body) for body in bodies]
    if any(faults for _, faults in tried):
        return Answer(400, [faults for _, faults in tried])
    for made, _ in tried:
        made |= _blank(path, _next(rows, path), rows.base) | {name: made[name] for name in FIELDS[path]}
        _keep(rows, path, made)
    return Answer(201, [made for made, _ in tried])


def _made(rows: Rows, path: str, body: Mapping[str, Any]) -> tuple[Row, Faults]:
    missing = {name: ["This field is required."] for name in REQUIRED[path] if name not in body}
    made = _blank(path, _next(rows, path), rows.base)
    changes, faults = _read(rows, path, made, body)
    made |= changes
    faults = missing | faults or _whole(rows, path, made)
    return made, faults


def _blank(path: str, id: int, base: str) -> Row:
    """A new object, as NetBox fills what nobody says."""
    row = Rows(_BLANK, base).lists[path][0]
    empty = {"site": None, "location": None, "virtual_machine": None, "disk": None, "virtual_disk_count": 0}
    urls = {"url": f"{base}{path}{id}/", "display_url": f"{base}{path.removeprefix('/api')}{id}/"}
    return row | {name: value for name, value in empty.items() if name in row} | {"id": id} | urls


def _next(rows: Rows, path: str) -> int:
    return max((row["id"] for row in rows.lists[path]), default=0) + 1


def _patch(rows: Rows, path: str, row: Row, body: Mapping[str, Any], expected: str | None) -> Answer:
    if expected not in (None, "*", version(row)):
        return Answer(412, {"detail": "Precondition failed."}, headers={"ETag": version(row)})
    changes, faults = _read(rows, path, row, body)
    faults = faults or _whole(rows, path, row | changes)
    if faults:
        return Answer(400, faults)
    row |= changes
    _keep(rows, path, row)
    return detail(row)


def _read(rows: Rows, path: str, row: Row, body: Mapping[str, Any]) -> tuple[Row, Faults]:
    """(changes, faults) of a body; fields that NetBox does not know are ignored, custom ones are merged."""
    changes: Row = {}
    faults: Faults = {}
    for name, value in body.items():
        read = FIELDS[path].get(name)
        try:
            if name == "add_tags":
                added = tags(value, rows.lists)
                changes["tags"] = [*row["tags"], *(tag for tag in added if tag not in row["tags"])]
            elif name == "custom_fields":
                changes[name] = row[name] | _custom(row[name], value)
            elif read is not None:
                changes[name] = read(value, rows.lists)
        except Refused as why:
            faults[name] = why.args[0] if isinstance(why.args[0], dict) else [str(why)]
    return changes, faults


def _custom(known: Row, value: Row) -> Row:
    unknown = [name for name in value if name not in known]
    if unknown:
        raise Refused({name: f"Custom field '{name}' does not exist for this object type." for name in unknown})
    return value


def _whole(rows: Rows, path: str, row: Row) -> Faults:
    """What is wrong with an object as a whole."""
    others = [other for other in rows.lists[path] if other["id"] != row["id"]]
    if path == MACHINES:
        return _machine(rows, row, others)
    if path == RACKS:
        return _rack(rows, row, others)
    if path == TENANTS:
        taken = [name for name in ("name", "slug") if any(other[name] == row[name] for other in others)]
        return (
            {"__all__": [f"Constraint “tenancy_tenant_unique_{name}” is violated." for name in taken]} if taken else {}
        )
    if any(_of(other) == _of(row) and other["name"] == row["name"] for other in others):
        return {"__all__": ["Virtual disk with this Virtual machine and Name already exists."]}
    return {}


def _machine(rows: Rows, row: Row, others: list[Row]) -> Faults:
    if not (row["cluster"] or row["site"] or row["device"]):
        return {"__all__": ["A virtual machine must be assigned to a site, cluster, or device."]}
    site = _site_of(rows, row)
    if site and row["site"] and site["id"] != row["site"]["id"]:
        why = f"The selected cluster ({row['cluster']['name']}) is not assigned to this site ({row['site']['name']})."
        return {"cluster": [why]}
    total = sum(disk["size"] for disk in rows.lists[DISKS] if _of(disk) == row["id"])
    if total and row["disk"] not in (None, total):
        sizes = f"({row['disk']}) must match the aggregate size of assigned virtual disks ({total})."
        return {"disk": [f"The specified disk size {sizes}"]}
    if row["cluster"] and any(_place(other) == _place(row) for other in others):
        for_whom = "cluster and tenant" if row["tenant"] else "cluster"
        return {"__all__": [f"Virtual machine name must be unique per {for_whom}."]}
    return {}


def _place(row: Row) -> tuple[Any, ...]:
    return row["name"].lower(), *((row[name] or {}).get("id") for name in ("cluster", "tenant"))


def _site_of(rows: Rows, row: Row) -> Row | None:
    """The site of the cluster of a machine."""
    cluster = (row["cluster"] or {}).get("id")
    return next((one["scope"] for one in rows.lists[CLUSTERS] if one["id"] == cluster), None)


def _rack(rows: Rows, row: Row, others: list[Row]) -> Faults:
    if row["location"] and any(
        other["name"] == row["name"] and other["location"] == row["location"] for other in others
    ):
        return {"__all__": ["Rack with this Location and Name already exists."]}
    heights = {kind["id"]: kind["u_height"] for kind in rows.lists["/api/dcim/device-types/"]}
    tops = [
        device["position"] + heights[device["device_type"]["id"]] - 1
        for device in rows.lists["/api/dcim/devices/"]
        if device["position"] and (device["rack"] or {}).get("id") == row["id"]
    ]
    if tops and max(tops) > row["u_height"]:
        why = f"Rack must be at least {float(max(tops))}U tall to house currently installed devices."
        return {"u_height": [why]}
    return {}


def _of(disk: Row) -> int | None:
    return (disk["virtual_machine"] or {}).get("id")


def _keep(rows: Rows, path: str, row: Row) -> None:
    """Keep an object, new or changed, with what follows from it elsewhere."""
    row |= {"display": row["name"], "last_updated": next(rows.stamps)}
    if all(other is not row for other in rows.lists[path]):
        row["created"] = row["last_updated"]
        rows.lists[path].append(row)
    if path == MACHINES:
        row["site"] = row["site"] or _site_of(rows, row)
    if path == DISKS:
        disks = [disk for disk in rows.lists[DISKS] if _of(disk) == _of(row)]
        machine = next(one for one in rows.lists[MACHINES] if one["id"] == _of(row))
        machine |= {"disk": sum(disk["size"] for disk in disks), "virtual_disk_count": len(disks)}
    for owner, listing in (("site", SITES), ("tenant", TENANTS)):
        for one in rows.lists[listing]:
            one |= {f"{thing}_count": _count(rows, there, owner, one["id"]) for thing, there in _COUNTED.items()}


def _count(rows: Rows, listing: str, owner: str, id: int) -> int:
    return sum((row[owner] or {}).get("id") == id for row in rows.lists[listing])
