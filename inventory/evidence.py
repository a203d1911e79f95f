"""Facts as JSON documents, for the snapshots kept as evidence, and back; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from operator import attrgetter
from typing import Any

from inventory.facts import (
    Appliance,
    BackupGroup,
    BackupStore,
    Fact,
    FeedPower,
    Guest,
    Mounting,
    RackUnit,
    Reservation,
    Seats,
    Tenant,
)

TYPES: dict[str, type[Fact]] = {
    "guest": Guest,
    "rack": RackUnit,
    "mounting": Mounting,
    "reservation": Reservation,
    "tenant": Tenant,
    "appliance": Appliance,
    "backup-store": BackupStore,
    "backup-group": BackupGroup,
    "seats": Seats,
    "feed-power": FeedPower,
}
_NAMES = {kind: name for name, kind in TYPES.items()}
_FIELDS = {kind: tuple(field.name for field in dataclasses.fields(kind)) for kind in TYPES.values()}
_SAID = {kind: attrgetter(*names) for kind, names in _FIELDS.items()}
_AS_IT_IS = {str, int, bool}
_DATES = {"start", "end"}
_INSTANTS = {"last_backup"}
_TUPLES = {"macs", "problems", "tags", "hosts"}


def document_of(fact: Fact) -> dict[str, Any]:
    """A fact as JSON values: its ``type``, then what the source said (unsaid fields are left out)."""
    said: dict[str, Any] = {"type": _NAMES[type(fact)]}
    for name, value in zip(_FIELDS[type(fact)], _SAID[type(fact)](fact), strict=True):
        if value is not None and value != ():
            said[name] = value if type(value) in _AS_IT_IS else _plain(value)
    return said


def digest_of(facts: Iterable[Fact]) -> str:
    """SHA-256 of facts in their order: the same answer is known by it, without being written out again."""
    told = (f"{_NAMES[type(fact)]} {_SAID[type(fact)](fact)!r}" for fact in facts)
    return sha256("\n".join(told).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def fact_of(document: dict[str, Any]) -> Fact:
    """The fact a document was made of; a field that this version does not know is ignored."""
    kind = TYPES[document["type"]]
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        value = document.get(field.name)
        if value is None and field.default is not dataclasses.MISSING:
            continue
        values[field.name] = _typed(field.name, value)
    return kind(**values)


def is_of(document: dict[str, Any], kind: type[object]) -> bool:
    """Whether a document was made of a fact of that type, without reading the rest of it."""
    return TYPES[document["type"]] is kind


def _typed(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DATES:
        return date.fromisoformat(value)
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    if name == "vcpus":
        return Decimal(value)
    if name == "disks":
        return tuple((disk, size) for disk, size in value)
    return tuple(value) if name in _TUPLES else value
