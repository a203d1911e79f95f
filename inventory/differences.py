"""What a difference between truths is: its key, its values, and the resources that it is worth; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from inventory.facts import GIB, Guest
from inventory.french import grouped

Values = Any
"""JSON values: what one truth says, None when it says nothing."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What a difference consists of: whole machines with their sizes, or a size alone when ``guests`` is 0.

    ``above`` is the size from which that one is counted (None: from what a base machine holds), ``share`` the kind of
    the share that the half units belong to: neither is worth more than what it would be billed; those of a private
    ``cage`` are worth their part of its agreed price. ``backup_gb`` are GB
    above a plan, ``workstations`` and ``servers`` antivirus licences, ``boxes`` backup boxes with their ``plan_gb``.
    """

    guests: int = 0
    vcpus: int = 0
    ram_gb: int = 0
    disk_gb: int = 0
    half_units: int = 0
    above: int | None = None
    share: str | None = None
    cage: str | None = None
    backup_gb: int = 0
    workstations: int = 0
    servers: int = 0
    boxes: int = 0
    plan_gb: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; its key is (thing, rule, field). ``scope`` is the scope that must answer to resolve it.

    ``unheard`` names the truths that say nothing here and may only have been silent: what they said before holds.
    """

    thing: str
    rule: str
    field: str
    scope: str
    title: str
    customer: str | None
    sold: Values
    documented: Values
    real: Values
    resources: Resources
    unheard: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, str, str]:
        return self.thing, self.rule, self.field


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far real may be from sold without a difference; ram and disk in GiB."""

    vcpu: Decimal = Decimal(0)
    ram: Decimal = Decimal("0.5")
    disk: Decimal = Decimal(1)


def sizes(guest: Guest) -> dict[str, Decimal | None]:
    """vcpu, ram and disk of a guest, in vCPU and GiB; None where its source does not say."""
    return {"vcpu": guest.vcpus, "ram": _gib(guest.memory_bytes), "disk": _gib(guest.disk_bytes)}


def whole(amount: Decimal | None) -> int:
    """An amount rounded up to whole units, as they are sold; nothing known counts for nothing."""
    return 0 if amount is None else int(amount.to_integral_value(ROUND_CEILING))


def resources_of(guest: Guest) -> Resources:
    """A whole machine, partial units rounded up."""
    size = sizes(guest)
    return Resources(1, whole(size["vcpu"]), whole(size["ram"]), whole(size["disk"]))


def shown(amount: Decimal | None) -> int | str | None:
    """An amount as a JSON value: a whole number, or a text with two decimals."""
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else f"{amount:.2f}"


def written(amount: Decimal) -> str:
    """An amount in a French sentence: ``4``, ``2,34``."""
    return grouped(str(shown(amount)))


def guest_values(guest: Guest | None) -> Values:
    """What a truth says of a machine. Its node and status are left out: moving or restarting changes nothing."""
    if guest is None:
        return None
    size = sizes(guest)
    values = {
        "name": guest.name,
        "cluster": guest.cluster,
        "vmid": guest.vmid,
        "customer": guest.customer,
        "vcpu": shown(size["vcpu"]),
        "ram_gb": shown(size["ram"]),
        "disk_gb": shown(size["disk"]),
        "from": guest.start.isoformat() if guest.start else None,
        "to": guest.end.isoformat() if guest.end else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _gib(size: int | None) -> Decimal | None:
    return None if size is None else Decimal(size) / GIB
