"""Actions that settle findings, the plan they make, its checksum and its ceiling; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

from inventory.errors import Conflict
from inventory.french import counted


class Kind(StrEnum):
    """What an action does. Orders are ours, NetBox is written to, the rest is proposed to a person and never sent."""

    ORDER_MACHINE = "order.machine"
    ORDER_RESIZE = "order.resize"
    ORDER_END = "order.end"
    ORDER_SEATS = "order.seats"
    ORDER_NAS_PLAN = "order.nas-plan"
    NETBOX_CREATE = "netbox.create"
    NETBOX_PATCH = "netbox.patch"
    NETBOX_REMOVAL = "netbox.removal"  # a proposal: somebody deletes the object in NetBox
    PROXMOX_REMOVAL = "proxmox.removal"  # a proposal: somebody stops the machine
    TICKET = "ticket"  # whatever else a person does by hand


REMOVALS = frozenset({Kind.ORDER_END, Kind.NETBOX_REMOVAL, Kind.PROXMOX_REMOVAL})
"""What takes something away: the ceiling counts them."""
BY_HAND = frozenset({Kind.NETBOX_REMOVAL, Kind.PROXMOX_REMOVAL, Kind.TICKET})
"""What dcops only proposes."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do about one finding.

    ``target`` names what is written ("machine/12", "virtualization/virtual-machines/7"), ``title`` says it in French.
    ``payload`` (JSON) is exactly what will be done; ``expected`` (JSON) is what it was decided on: the values of the
    finding, and for NetBox the ETag of the object. ``eur_per_year`` is signed: what a year's bills gain.
    """

    finding: int
    kind: Kind
    target: str
    title: str
    payload: Mapping[str, Any]
    expected: Mapping[str, Any] = field(default_factory=dict)
    eur_per_year: Decimal = Decimal("0.00")

    @property
    def removes(self) -> bool:
        return self.kind in REMOVALS


class TooManyActions(Conflict):
    """A plan takes away more than its ceiling: a person must say that it is meant."""


def checksum(actions: Sequence[Action]) -> str:
    """What identifies a list of actions, whatever their order: SHA-256 of their canonical JSON."""
    told = sorted(json.dumps(_document(action), sort_keys=True, ensure_ascii=False) for action in actions)
    return sha256("\n".join(told).encode()).hexdigest()


def _document(action: Action) -> list[Any]:
    return [
        action.finding,
        action.kind.value,
        action.target,
        action.payload,
        action.expected,
        f"{action.eur_per_year:.2f}",
    ]


def ceiling(population: int, percent: int) -> int:
    """How many removals are believed without a person: one, or so many percent of what there is."""
    return max(1, population * percent // 100)


def check_ceiling(actions: Sequence[Action], population: int, percent: int) -> None:
    """Raise TooManyActions when more is taken away than the ceiling allows."""
    removals, most = sum(action.removes for action in actions), ceiling(population, percent)
    if removals > most:
        told = counted(removals, "retrait", "retraits")
        raise TooManyActions(
            f"{told} pour un plafond de {most} ({percent} % de {population}) : vérifier les sources, puis approuver "
            "expressément le plan s'il est voulu."
        )
