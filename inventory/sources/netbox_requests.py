"""What is asked of NetBox to correct it: facts as exact requests, only for the fields that are ours; pure.

A request says everything that goes over the wire but the token. Nothing here deletes, and nothing names ``tags``
(``add_tags`` leaves those there are), ``comments`` or ``description``: they are people's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from inventory.errors import Invalid
from inventory.facts import GIB

TENANTS, RACKS = "tenancy/tenants", "dcim/racks"
MACHINES, DISKS = "virtualization/virtual-machines", "virtualization/virtual-disks"
CLUSTERS = "virtualization/clusters"
ADD_TAGS = "add_tags"
IDENTITY: Mapping[str, tuple[str, ...]] = {
    TENANTS: ("slug",),
    RACKS: ("name", "site", "location"),
    MACHINES: ("name", "cluster", "tenant"),
    DISKS: ("name", "virtual_machine"),
}
"""What makes an object of a list the one that a creation is about."""
ACCEPTED: Mapping[str, str] = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""What every request accepts: a server that compresses changes the ETag on its way."""
LONGEST_NAME = 64
Row = Mapping[str, Any]
_STATUS = {"running": "active", "stopped": "offline"}


@dataclass(frozen=True, slots=True)
class Request:
    """One write: ``path`` is a list (POST) or an object of it (PATCH), ``etag`` the version that is patched."""

    method: str
    path: str
    body: Mapping[str, Any]
    etag: str | None = None

    @property
    def listing(self) -> str:
        """The list that the object is of."""
        return self.path if self.method == "POST" else self.path.rpartition("/")[0]

    def document(self) -> dict[str, Any]:
        """As JSON values, for a plan that is kept."""
        said = {"method": self.method, "path": self.path, "body": dict(self.body)}
        return said | ({"etag": self.etag} if self.etag else {})


def request_of(document: Mapping[str, Any]) -> Request:
    return Request(document["method"], document["path"], document["body"], document.get("etag"))


def headers(request: Request) -> dict[str, str]:
    """What is said beside the body. Before NetBox 4.6 a version is no ETag, and no condition can be set on it."""
    said = {**ACCEPTED, "Content-Type": "application/json"}
    return said | ({"If-Match": request.etag} if request.etag and request.etag.endswith('"') else {})


def text(request: Request) -> str:
    """The body, to the character."""
    return json.dumps(request.body, indent=2, ensure_ascii=False)


def shown(request: Request, url: str) -> str:
    """Exactly what is sent, as it goes over the wire; the token alone is hidden."""
    told = [f"{name}: {value}" for name, value in headers(request).items()]
    return "\n".join([f"{request.method} {address(url, request.path)}", "Authorization: ***", *told, "", text(request)])


def address(url: str, path: str) -> str:
    """The address of a list or an object of the NetBox at ``url``, which may end with /api."""
    return f"{url.rstrip('/').removesuffix('/api')}/api/{path}/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where things go, by NetBox's ids: a rack in a site and a room, a machine in a cluster and its site."""

    site: int | None = None
    location: int | None = None
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class MachineSaid:
    """What a documentation should say of a machine; None is not said. ``drives`` are (name, bytes)."""

    name: str | None = None
    status: str | None = None
    vcpus: Decimal | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    drives: Sequence[tuple[str, int]] = field(default=())
    vmid: int | str | None = None  # a text where NetBox keeps it as one
    tenant: str | None = None


def megabytes(size: int, megabyte: int) -> int:
    """Bytes as NetBox counts MB: 4 GiB are 4000, or 4096 where its server counts by 1024; see the reader."""
    return (size * megabyte + GIB // 2) // GIB


def new_tenant(slug: str, name: str) -> Request:
    return Request("POST", TENANTS, {"name": name[:100], "slug": slug})


def new_rack(name: str, u_height: int, place: Place, tenant: str | None) -> Request:
    body: dict[str, Any] = {"name": name, "site": place.site, "location": place.location, "u_height": u_height}
    return Request("POST", RACKS, body | ({"tenant": {"slug": tenant}} if tenant else {}))


def new_machine(said: MachineSaid, place: Place, megabyte: int) -> list[Request]:
    """The machine, then its drives: NetBox itself makes its ``disk`` their sum. Raises Invalid without a usable name.

    A machine of which only the size of its disks together is known has no drives, and that size.
    """
    name = usable_name(said.name)
    body: dict[str, Any] = {"name": name, "cluster": place.cluster} | machine_fields(said, megabyte) | {"name": name}
    if said.disk_bytes is not None and not said.drives:
        body["disk"] = megabytes(said.disk_bytes, megabyte)
    machine = {"name": name, "cluster": place.cluster, "tenant": {"slug": said.tenant} if said.tenant else None}
    return [Request("POST", MACHINES, body), *(new_drive(drive, machine, megabyte) for drive in said.drives)]


def usable_name(name: str | None) -> str:
    """A name that NetBox takes. Raises Invalid with the remedy."""
    if not name:
        raise Invalid("machine sans nom connu : attendre que son nœud réponde, puis préparer le plan de nouveau.")
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"nom « {name} » : NetBox n'en garde que {LONGEST_NAME} caractères ; raccourcir le nom dans Proxmox."
        )
    return name


def machine_fields(said: MachineSaid, megabyte: int) -> dict[str, Any]:
    """What is said of a machine as NetBox writes it; its cluster and its disks apart."""
    body: dict[str, Any] = {}
    if said.name is not None:
        body["name"] = usable_name(said.name)
    if said.status in _STATUS:
        body["status"] = _STATUS[said.status]
    if said.vcpus is not None:
        body["vcpus"] = float(round(said.vcpus, 2))
    if said.memory_bytes is not None:
        body["memory"] = megabytes(said.memory_bytes, megabyte)
    if said.tenant is not None:
        body["tenant"] = {"slug": said.tenant}
    if said.vmid is not None:
        body["custom_fields"] = {"vmid": said.vmid}
    return body


def new_drive(drive: tuple[str, int], machine: Any, megabyte: int) -> Request:
    """A virtual disk of a machine: its id, or what tells it from the others."""
    name, size = drive
    return Request("POST", DISKS, {"virtual_machine": machine, "name": name[:64], "size": _drive_size(size, megabyte)})


def writes_disks(request: Request) -> bool:
    """Whether it says the size of a disk, or of all those of a machine."""
    return request.path.startswith(DISKS) or "disk" in request.body


def _drive_size(size: int, megabyte: int) -> int:
    """A drive of half a MB (the EFI variables) is there all the same."""
    return max(1, megabytes(size, megabyte))


def patch(path: str, row: Row, wanted: Mapping[str, Any], etag: str | None) -> list[Request]:
    """The request that makes an object as wanted; none when it is: an empty PATCH would still change its version."""
    body = difference(row, wanted)
    return [Request("PATCH", f"{path}/{row['id']}", body, etag)] if body else []


def difference(row: Row, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object that are not as wanted, as they would be written."""
    wrong = {name: value for name, value in wanted.items() if name != ADD_TAGS and not same(row.get(name), value)}
    tags = {tag["slug"] for tag in row.get("tags") or ()}
    missing = [tag for tag in wanted.get(ADD_TAGS, ()) if tag["slug"] not in tags]
    return wrong | ({ADD_TAGS: missing} if missing else {})


def tagged(request: Request, slug: str | None) -> Request:
    """The same request, with a tag that is added to those that the object has."""
    return replace(request, body={**request.body, ADD_TAGS: [{"slug": slug}]}) if slug else request


def same(read: Any, written: Any) -> bool:
    """Whether NetBox reads a field as it was written: choices and objects are read nested, numbers as numbers."""
    if isinstance(written, Mapping):
        return isinstance(read, Mapping) and all(same(read.get(name), value) for name, value in written.items())
    if isinstance(read, Mapping):
        return bool(read.get("value", read.get("id")) == written)
    return bool(read == written) or (read is None and written == "")


def drive_requests(
    machine: int, rows: Iterable[Row], drives: Sequence[tuple[str, int]], megabyte: int
) -> tuple[list[Request], list[str]]:
    """(requests, names of the disks that are too many): the virtual disks of a machine made as its drives are.

    ``rows`` are its virtual disks; what patches one has no version yet. A drive is the disk of its name; of those
    left, the only one on each side are each other: the name that somebody gave a disk stays. Disks too many are for
    a person to remove.
    """
    left = {row["name"].casefold(): row for row in rows}
    pairs = [(drive, left.pop(drive[0].casefold(), None)) for drive in drives]
    missing = [drive for drive, found in pairs if found is None]
    if len(missing) == len(left) == 1:
        pairs = [(drive, found or left.popitem()[1]) for drive, found in pairs]
    requests = []
    for drive, found in pairs:
        if found is None:
            requests.append(new_drive(drive, machine, megabyte))
        else:
            requests += patch(DISKS, found, {"size": _drive_size(drive[1], megabyte)}, None)
    return requests, sorted(row["name"] for row in left.values())
