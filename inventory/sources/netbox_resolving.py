"""What is to change in NetBox made exact requests: what it holds is looked up by name, what it lacks is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inventory.errors import Conflict, Invalid
from inventory.sources.netbox_requests import (
    CLUSTERS,
    DISKS,
    MACHINES,
    RACKS,
    MachineSaid,
    Place,
    Request,
    Row,
    drive_requests,
    machine_fields,
    megabytes,
    new_machine,
    new_rack,
    new_tenant,
    patch,
    tagged,
    writes_disks,
)
from inventory.sources.netbox_writer import NetboxWriter


@dataclass(frozen=True, slots=True)
class NewTenant:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class NewRack:
    """``site`` and ``room`` by their names in NetBox, ``tenant`` a slug."""

    name: str
    u_height: int
    site: str
    room: str
    tenant: str | None


@dataclass(frozen=True, slots=True)
class RackFix:
    id: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewMachine:
    said: MachineSaid
    cluster: str


@dataclass(frozen=True, slots=True)
class MachineFix:
    """``said`` holds only what is to change; ``disks``: its virtual disks too."""

    id: int
    said: MachineSaid
    cluster: str | None
    disks: bool


Change = NewTenant | NewRack | RackFix | NewMachine | MachineFix


@dataclass(frozen=True, slots=True)
class Resolved:
    """The requests in their order; ``left`` names the virtual disks that only a person may remove."""

    target: str
    requests: Sequence[Request]
    left: Sequence[str] = ()


def resolved(change: Change, writer: NetboxWriter) -> Resolved:
    """The requests that make a change. Raises Invalid with what is missing, Conflict when there is nothing to write."""
    if writer.tag and not any(tag["slug"] == writer.tag for tag in writer.lasting("extras/tags", slug=writer.tag)):
        raise Invalid(f"NetBox ne connaît pas le tag « {writer.tag} » : l'y créer, ou corriger netbox.write_tag.")
    found = _resolved(change, writer)
    if any(writes_disks(request) for request in found.requests) and writer.disks_in_gb:
        raise Invalid("ce NetBox compte les disques en Go : le mettre à jour (4.1 ou plus), ou y écrire ces disques.")
    return replace(found, requests=[tagged(request, writer.tag) for request in found.requests])


def _resolved(change: Change, writer: NetboxWriter) -> Resolved:
    match change:
        case NewTenant():
            return _created([new_tenant(change.slug, change.name)], change.slug, writer)
        case NewRack():
            return _new_rack(change, writer)
        case RackFix():
            return _rack_fix(change, writer)
        case NewMachine():
            return _new_machine(change, writer)
        case MachineFix():
            return _machine_fix(change, writer)


def _created(requests: Sequence[Request], name: str, writer: NetboxWriter) -> Resolved:
    """A creation, of what is not there yet."""
    first = requests[0]
    if found := writer.like(first):
        raise Conflict(
            f"« {name} » est déjà dans NetBox ({first.path} n° {found[0]['id']}) : relancer le rapprochement, ou "
            "renommer l'un des deux."
        )
    return Resolved(f"{first.path}/{name}", requests)


def _new_rack(change: NewRack, writer: NetboxWriter) -> Resolved:
    site = _named(writer, "dcim/sites", "le site", change.site)
    room = _named(writer, "dcim/locations", "la salle", change.room, int(site["id"]))
    place = Place(site=int(site["id"]), location=int(room["id"]))
    return _created([new_rack(change.name, change.u_height, place, change.tenant)], change.name, writer)


def _rack_fix(change: RackFix, writer: NetboxWriter) -> Resolved:
    row, version = writer.read(f"{RACKS}/{change.id}")
    return _fixed(f"{RACKS}/{change.id}", patch(RACKS, row, change.fields, version))


def _new_machine(change: NewMachine, writer: NetboxWriter) -> Resolved:
    cluster = _named(writer, CLUSTERS, "le cluster", change.cluster)
    said = replace(change.said, vmid=_as_kept(writer, change.said.vmid))
    requests = new_machine(said, Place(cluster=int(cluster["id"])), writer.megabyte)
    return _created(requests, str(said.name), writer)


def _machine_fix(change: MachineFix, writer: NetboxWriter) -> Resolved:
    path = f"{MACHINES}/{change.id}"
    row, version = writer.read(path)
    said = replace(change.said, vmid=_as_kept(writer, change.said.vmid))
    if change.said.vmid is not None and said.vmid is None:
        raise Invalid(
            "NetBox n'a pas de champ personnalisé « vmid » pour les machines virtuelles : l'y créer (entier)."
        )
    wanted = machine_fields(said, writer.megabyte)
    if change.cluster is not None:
        wanted |= _moved(row, _named(writer, CLUSTERS, "le cluster", change.cluster))
    disks = _disks(change.id, writer) if change.disks else []
    if change.disks and said.disk_bytes is not None and not disks:
        wanted["disk"] = megabytes(said.disk_bytes, writer.megabyte)
    _check_free(row, wanted, writer)
    requests = patch(MACHINES, row, wanted, version)
    if disks:
        drives, left = _drives(change.id, said, disks, writer)
        return _fixed(path, [*requests, *drives], left)
    return _fixed(path, requests)


def _drives(
    machine: int, said: MachineSaid, disks: Sequence[Row], writer: NetboxWriter
) -> tuple[list[Request], list[str]]:
    drives = said.drives or ([("", said.disk_bytes)] if said.disk_bytes is not None else [])
    if not said.drives and len(disks) > 1:
        raise Invalid("les disques de cette machine ne sont connus que par leur somme : les corriger dans NetBox.")
    requests, left = drive_requests(machine, disks, drives, writer.megabyte)
    return [versioned(request, writer) for request in requests], left


def versioned(request: Request, writer: NetboxWriter) -> Request:
    """What patches an object, on the version that NetBox holds of it."""
    return replace(request, etag=writer.read(request.path)[1]) if request.method == "PATCH" else request


def _disks(machine: int, writer: NetboxWriter) -> list[Row]:
    found = writer.rows(DISKS, virtual_machine_id=machine, fields="id,name,size,virtual_machine")
    return [disk for disk in found if (disk.get("virtual_machine") or {}).get("id") == machine]


def _fixed(path: str, requests: Sequence[Request], left: Sequence[str] = ()) -> Resolved:
    if requests:
        return Resolved(path, requests, left)
    if left:
        raise Invalid(f"il ne reste qu'à retirer dans NetBox, à la main, les disques virtuels {', '.join(left)}.")
    raise Conflict(f"NetBox ({path}) est déjà ainsi : relancer le rapprochement.")


def _moved(row: Row, cluster: Row) -> dict[str, Any]:
    """A machine in another cluster, and in the site of that one: NetBox refuses a machine away from its cluster."""
    in_site = cluster.get("scope_type") == "dcim.site"
    site = cluster.get("scope") if in_site else cluster.get("site")
    moved = {"cluster": int(cluster["id"])}
    return moved | ({"site": int(site["id"])} if site and row.get("site") else {})


def _check_free(row: Row, wanted: Mapping[str, Any], writer: NetboxWriter) -> None:
    """Raise Conflict when another machine already has this name in this cluster and for this tenant."""
    if not wanted.keys() & {"name", "cluster", "tenant"}:
        return
    cluster, tenant = row.get("cluster"), row.get("tenant")
    there = {
        "name": row["name"],
        "cluster": cluster["id"] if cluster else None,
        "tenant": {"slug": tenant["slug"]} if tenant else None,
    }
    others = [
        other for other in writer.like(Request("POST", MACHINES, {**there, **wanted})) if other["id"] != row["id"]
    ]
    if others:
        raise Conflict(
            f"« {others[0]['name']} » (n° {others[0]['id']}) porte déjà ce nom dans ce cluster et pour ce tenant : en "
            "renommer une."
        )


def _as_kept(writer: NetboxWriter, vmid: int | str | None) -> int | str | None:
    """A vmid as the custom field of that name takes it; None where NetBox has no such field."""
    if vmid is None:
        return None
    for field in writer.lasting("extras/custom-fields", name="vmid"):
        kinds = field.get("object_types") or field.get("content_types") or ()
        if field["name"] == "vmid" and "virtualization.virtualmachine" in kinds:
            return int(vmid) if (field.get("type") or {}).get("value") in ("integer", "decimal") else str(vmid)
    return None


def _named(writer: NetboxWriter, path: str, what: str, name: str, site: int | None = None) -> Row:
    """The one object of a name, whatever its case. Raises Invalid with what to create."""
    rows = writer.lasting(path, name__ie=name, **({"site_id": site} if site else {}))
    found = [
        row
        for row in rows
        if str(row["name"]).casefold() == name.casefold() and site in (None, (row.get("site") or {}).get("id"))
    ]
    if len(found) == 1:
        return found[0]
    how = f"a plusieurs fois {what} « {name} »" if found else f"ne connaît pas {what} « {name} »"
    raise Invalid(f"NetBox {how} : l'y créer ou l'y renommer, puis préparer le plan de nouveau.")
