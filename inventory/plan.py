"""Actions that settle findings, the plan they make, its checksum and its ceiling; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Protocol

from inventory.errors import Conflict
from inventory.french import counted, cut


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


LONGEST_TITLE = 300
"""What is kept of a title."""
TRUTHS = ("sold", "documented", "real")
REMOVALS = frozenset({Kind.ORDER_END, Kind.NETBOX_REMOVAL, Kind.PROXMOX_REMOVAL})
"""What takes something away: the ceiling counts them."""
BY_HAND = frozenset({Kind.NETBOX_REMOVAL, Kind.PROXMOX_REMOVAL, Kind.TICKET})
"""What dcops only proposes."""
DOCUMENTATION = frozenset({Kind.NETBOX_CREATE, Kind.NETBOX_PATCH})
"""What is written in NetBox."""
ORDERS = frozenset({Kind.ORDER_MACHINE, Kind.ORDER_RESIZE, Kind.ORDER_END, Kind.ORDER_SEATS, Kind.ORDER_NAS_PLAN})
"""What changes contracts, hence bills."""
IN_FRENCH = {
    Kind.ORDER_MACHINE: "commander la machine",
    Kind.ORDER_RESIZE: "changer les tailles commandées",
    Kind.ORDER_END: "clore la commande",
    Kind.ORDER_SEATS: "changer les licences commandées",
    Kind.ORDER_NAS_PLAN: "changer le forfait du boîtier",
    Kind.NETBOX_CREATE: "créer la fiche dans NetBox",
    Kind.NETBOX_PATCH: "corriger la fiche dans NetBox",
    Kind.NETBOX_REMOVAL: "proposer le retrait de la fiche dans NetBox",
    Kind.PROXMOX_REMOVAL: "proposer l'arrêt de la machine",
    Kind.TICKET: "ouvrir un ticket",
}


PLAN_STATES = {
    "draft": "à appliquer", "applying": "en cours", "applied": "appliqué", "degraded": "pas fait en entier",
    "abandoned": "abandonné",
}  # fmt: skip
ACTION_STATES = {"pending": "à faire", "applied": "fait", "failed": "en échec", "outdated": "périmé"}
"""The words that people read."""


class Valued(Protocol):
    """What has the values of the three truths: a finding."""

    @property
    def sold(self) -> Any: ...
    @property
    def documented(self) -> Any: ...
    @property
    def real(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do about one finding.

    ``target`` names what is written ("machine/12", "virtualization/virtual-machines/7"), ``title`` says it in French.
    ``payload`` (JSON) is exactly what will be done; ``expected`` (JSON) is what it was decided on: the values of the
    finding (see ``expected_of``), and for NetBox the ETag of the object. ``eur_per_year`` is signed: what a year's
    bills gain.
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

    @property
    def findings(self) -> dict[int, Any]:
        """Every finding that it settles: id -> the values (``expected_of``) that it was decided on."""
        own = {name: self.expected.get(name) for name in TRUTHS}
        also = self.expected.get("also", {})
        return {self.finding: own} | {int(id): values for id, values in also.items()}


def expected_of(finding: Valued) -> dict[str, Any]:
    """The values of a finding, as an action that settles it expects to find them again."""
    return {name: getattr(finding, name) for name in TRUTHS}


class TooManyActions(Conflict):
    """A plan takes away more than its ceiling: a person must say that it is meant."""


class Outdated(Conflict):
    """What an action was decided on has changed since: it is compared again, never overwritten."""


def checksum(actions: Sequence[Action]) -> str:
    """What identifies a list of actions, whatever their order: SHA-256 of their canonical JSON."""
    told = sorted(json.dumps(_document(action), sort_keys=True, ensure_ascii=False) for action in actions)
    return sha256("\n".join(told).encode()).hexdigest()


def _document(action: Action) -> list[Any]:
    return [
        action.finding,
        action.kind.value,
        action.target,
        cut(action.title, LONGEST_TITLE),
        action.payload,
        action.expected,
        f"{action.eur_per_year:.2f}",
    ]


def ceiling(population: int, percent: int) -> int:
    """How many removals are believed without a person: one, or so many percent of what there is."""
    return max(1, population * percent // 100)


def beyond(removals: int, population: int, percent: int, where: str = "") -> str:
    """Why so many removals are not believed without a person, with the remedy; nothing when they are."""
    most = ceiling(population, percent)
    if removals <= most:
        return ""
    told = counted(removals, "retrait", "retraits")
    return (
        f"{told}{where} pour un plafond de {most} ({percent} % de {population}) : vérifier les sources, puis approuver "
        "expressément le plan s'il est voulu."
    )
