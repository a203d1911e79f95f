"""Which kinds of action each rule allows; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory.errors import Invalid
from inventory.plan import IN_FRENCH, Kind

_NEW_ORDER = (Kind.ORDER_MACHINE, Kind.PROXMOX_REMOVAL, Kind.TICKET)
_RESIZE = (Kind.ORDER_RESIZE, Kind.TICKET)
_SEATS = (Kind.ORDER_SEATS, Kind.TICKET)
_CREATE = (Kind.NETBOX_CREATE, Kind.TICKET)
_PATCH = (Kind.NETBOX_PATCH, Kind.TICKET)
_BY_RULE: Mapping[str, tuple[Kind, ...]] = {
    "vm.unbilled": _NEW_ORDER,
    "vm.after-end": _NEW_ORDER,
    "vm.oversized": _RESIZE,
    "vm.undersized": _RESIZE,
    "av.over-seats": _SEATS,
    "av.unused-seats": _SEATS,
    "backup.over-plan": (Kind.ORDER_NAS_PLAN, Kind.TICKET),
    "vm.undocumented": _CREATE,
    "tenant.undocumented": _CREATE,
    "rack.undocumented": _CREATE,
    "vm.misdocumented": _PATCH,
    "vm.tenant-differs": _PATCH,
    "rack.misdocumented": _PATCH,
}


def remedies_of(rule: str, sold: Any = None, documented: Any = None, real: Any = None) -> tuple[Kind, ...]:
    """The kinds of action that settle a finding of a rule with these values; the first is the default."""
    if rule == "vm.ghost":
        return (Kind.ORDER_END if sold is not None else Kind.NETBOX_REMOVAL), Kind.TICKET
    return _BY_RULE.get(rule, (Kind.TICKET,))


def chosen(asked: Kind | None, allowed: tuple[Kind, ...]) -> Kind:
    """The action that was asked for, the first allowed one by default. Raises Invalid for one that settles nothing."""
    if asked is None:
        return allowed[0]
    if asked not in allowed:
        known = ", ".join(f"{kind} ({IN_FRENCH[kind]})" for kind in allowed)
        raise Invalid(f"action « {asked} » impossible ici : choisir {known}.")
    return asked
