"""What the make-believe NetBox accepts in each field of what it lets be written, in the real one's words; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
Lists = Mapping[str, Sequence[Row]]
TENANTS, RACKS = "/api/tenancy/tenants/", "/api/dcim/racks/"
MACHINES, DISKS = "/api/virtualization/virtual-machines/", "/api/virtualization/virtual-disks/"
SITES, ROOMS, CLUSTERS, TAGS = (
    "/api/dcim/sites/",
    "/api/dcim/locations/",
    "/api/virtualization/clusters/",
    "/api/extras/tags/",
)
CUSTOM_FIELDS = "/api/extras/custom-fields/"
_STATUSES = ("offline", "active", "planned", "staged", "failed", "decommissioning", "paused")
_NESTED = ("id", "url", "display", "name", "slug", "description")
_MORE = {ROOMS: ("rack_count", "_depth"), TAGS: ("color",)}


class Refused(Exception):
    """What is wrong with one field."""


Read = Callable[[Any, Lists], Any]


def text(longest: int) -> Read:
    def read(value: Any, lists: Lists) -> str:
        if not isinstance(value, str):
            raise Refused("Not a valid string.")
        if not value.strip():
            raise Refused("This field may not be blank.")
        if len(value) > longest:
            raise Refused(f"Ensure this field has no more than {longest} characters.")
        return value

    return read


def prose(value: Any, lists: Lists) -> str:
    """A text that may be empty."""
    if not isinstance(value, str):
        raise Refused("Not a valid string.")
    return value


def slug(value: Any, lists: Lists) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[-a-zA-Z0-9_]{1,100}", value):
        raise Refused('Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.')
    return value


def integer(least: int = 0) -> Read:
    def read(value: Any, lists: Lists) -> int | None:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise Refused("A valid integer is required.")
        if value is not None and value < least:
            raise Refused(f"Ensure this value is greater than or equal to {least}.")
        return value

    return read


def number(value: Any, lists: Lists) -> float | None:
    if value is None:
        return None
    if not isinstance(value, (int, float)) or value < 0.01:
        raise Refused("Ensure this value is greater than or equal to 0.01.")
    if round(value, 2) != value:
        raise Refused("Ensure that there are no more than 2 decimal places.")
    return float(value)


def choice(value: Any, lists: Lists) -> Row:
    if value not in _STATUSES:
        raise Refused(f"{value} is not a valid choice.")
    return {"value": value, "label": str(value).capitalize()}


def related(path: str) -> Read:
    """An object of another list by its id or by attributes that only it has, nested as the real one nests it."""

    def read(value: Any, lists: Lists) -> Row | None:
        return None if value is None else nested(path, found(path, value, lists))

    return read


def nested(path: str, row: Row) -> Row:
    return {name: row[name] for name in (*_NESTED, *_MORE.get(path, ())) if name in row}


def found(path: str, value: Any, lists: Lists) -> Row:
    """The object that a reference is to. Raises Refused in NetBox's words."""
    if isinstance(value, dict):
        rows = [row for row in lists[path] if all(_has(row.get(name), one) for name, one in value.items())]
        if len(rows) > 1:
            raise Refused(f"Multiple objects match the provided attributes: {value}")
        how = f"attributes: {value}"
    else:
        rows, how = [row for row in lists[path] if row["id"] == value], f"numeric ID: {value}"
    if not rows:
        raise Refused(f"Related object not found using the provided {how}")
    return rows[0]


def _has(read: Any, wanted: Any) -> bool:
    if isinstance(read, dict):
        if isinstance(wanted, dict):
            return all(_has(read.get(name), one) for name, one in wanted.items())
        return bool(read.get("id") == wanted)
    return bool(read == wanted)


def tags(value: Any, lists: Lists) -> list[Row]:
    return [nested(TAGS, found(TAGS, one, lists)) for one in value]


_COMMON: Mapping[str, Read] = {"description": prose, "comments": prose, "tags": tags}
FIELDS: Mapping[str, Mapping[str, Read]] = {
    TENANTS: {"name": text(100), "slug": slug, **_COMMON},
    RACKS: {
        "name": text(100), "site": related(SITES), "location": related(ROOMS), "tenant": related(TENANTS),
        "u_height": integer(1), **_COMMON,
    },
    MACHINES: {
        "name": text(64), "status": choice, "site": related(SITES), "cluster": related(CLUSTERS),
        "tenant": related(TENANTS), "vcpus": number, "memory": integer(), "disk": integer(), "serial": prose, **_COMMON,
    },
    DISKS: {"name": text(64), "virtual_machine": related(MACHINES), "size": integer(), **_COMMON},
}  # fmt: skip
REQUIRED: Mapping[str, Sequence[str]] = {
    TENANTS: ("name", "slug"),
    RACKS: ("name", "site"),
    MACHINES: ("name",),
    DISKS: ("virtual_machine", "name", "size"),
}
