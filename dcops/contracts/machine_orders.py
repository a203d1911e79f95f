"""Ordering a machine, changing what is ordered of it or ending it from a day on: the days before stay as they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from inventory import plan_store, store
from inventory.errors import Conflict, Invalid
from inventory.machines import check_guest, told
from inventory.models import Machine
from inventory.orm import Transaction
from inventory.turns import IMPORTS, take_turn

LONGEST_NAME = 100
BOUNDS = {"vcpu": (1, 10_000, "vCPU"), "ram_gb": (1, 1_000_000, "Go de mémoire"), "disk_gb": (0, 100_000_000, "Go")}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sizes:
    """What is ordered of a machine."""

    vcpu: int
    ram_gb: int
    disk_gb: int


@dataclass(frozen=True)
class MachineOrder:
    """A machine to order over the days [start, end)."""

    customer: str
    name: str
    sizes: Sizes
    start: date
    end: date | None = None
    cluster: str | None = None
    vmid: int | None = None
    backup_days: int | None = None


def order(tx: Transaction, asked: MachineOrder) -> Machine:
    """Record an order. Raises Invalid or NotFound for one that makes no sense, Conflict for what is sold already."""
    take_turn(tx, IMPORTS)
    customer = store.customer(tx, asked.customer)
    check(asked, _beside(tx, asked))
    row = Machine(
        customer=customer, name=asked.name.strip(), cluster=asked.cluster, vmid=asked.vmid,
        backup_days=asked.backup_days, start=asked.start, end=asked.end, **vars(asked.sizes),
    )  # fmt: skip
    tx.add(row)
    tx.flush()
    return row


def _beside(tx: Transaction, asked: MachineOrder) -> list[Machine]:
    return plan_store.orders_beside(tx, asked.name.strip(), asked.cluster, asked.vmid)


def check(asked: MachineOrder, beside: Iterable[Machine], instead_of: Machine | None = None) -> None:
    """Whether an order could be recorded: ``beside`` are those of its name and of its guest, ``instead_of`` the one
    that makes room for it."""
    if not asked.name.strip() or len(asked.name.strip()) > LONGEST_NAME:
        raise Invalid(f"une machine commandée a un nom, de {LONGEST_NAME} caractères au plus.")
    if asked.vmid is not None and asked.vmid < 1:
        raise Invalid(f"« {asked.vmid} » n'est pas un vmid : il est supérieur à zéro.")
    check_sizes(asked.sizes)
    _check_days(asked.name, asked.start, asked.end)
    others = [other for other in beside if other is not instead_of]
    check_guest(asked.cluster, asked.vmid, asked.start, asked.end, others)
    for other in others:
        if (other.name, other.customer.code, other.start) == (asked.name.strip(), asked.customer, asked.start):
            raise Conflict(f"cette commande existe déjà : {told(other)}.")


def check_sizes(sizes: Sizes) -> None:
    """Raise Invalid unless these sizes can be ordered."""
    for name, (least, most, unit) in BOUNDS.items():
        size = getattr(sizes, name)
        if not least <= size <= most:
            raise Invalid(f"« {size} » {unit} : une machine en a de {least} à {most}.")


def _check_days(name: str, start: date, end: date | None) -> None:
    if end is not None and end <= start:
        last = end - _ONE_DAY
        raise Invalid(f"« {name} » finirait le {last:%d/%m/%Y}, avant d'avoir commencé le {start:%d/%m/%Y}.")


def resized(machine: Machine, sizes: Sizes, effective: date) -> MachineOrder:
    """The order that follows, with other sizes, the one that a machine has. Raises Invalid when there is none."""
    check_sizes(sizes)
    _check_held(machine, effective)
    if sizes_of(machine) == sizes:
        raise Invalid(f"« {machine.name} » est déjà commandée ainsi : rien ne changerait.")
    return replace(_as_ordered(machine), sizes=sizes, start=effective)


def resize(tx: Transaction, machine_id: int, sizes: Sizes, effective: date) -> Machine:
    """Order other sizes from a day on: the order ends, one that goes on with the new sizes starts.

    From its very first day, the order itself is corrected. Raises as ``resized`` and ``check`` do.
    """
    take_turn(tx, IMPORTS)
    machine = store.machine(tx, machine_id)
    following = resized(machine, sizes, effective)
    check(following, _beside(tx, following), instead_of=machine)
    if effective > machine.start:
        machine.end = effective
        tx.flush()
        return order(tx, following)
    for name, size in vars(sizes).items():
        setattr(machine, name, size)
    tx.flush()
    return machine


def check_end(machine: Machine, on: date) -> None:
    """Raise Invalid or Conflict unless an order can end on a day, the first that it is no longer held."""
    if on <= machine.start:
        raise Invalid(
            f"« {machine.name} » n'est commandée que depuis le {machine.start:%d/%m/%Y} : la clore à partir du "
            f"{machine.start + _ONE_DAY:%d/%m/%Y}."
        )
    if machine.end is not None and machine.end <= on:
        raise Conflict(f"la commande de « {machine.name} » finit déjà le {machine.end - _ONE_DAY:%d/%m/%Y}.")


def end(tx: Transaction, machine_id: int, on: date) -> Machine:
    """End an order: ``on`` is the first day that it is no longer held. Raises as ``check_end`` does."""
    take_turn(tx, IMPORTS)
    machine = store.machine(tx, machine_id)
    check_end(machine, on)
    machine.end = on
    tx.flush()
    return machine


def sizes_of(machine: Machine) -> Sizes:
    """What is ordered of a machine."""
    return Sizes(machine.vcpu, machine.ram_gb, machine.disk_gb)


def _check_held(machine: Machine, effective: date) -> None:
    if effective < machine.start:
        raise Invalid(
            f"« {machine.name} » n'est commandée que depuis le {machine.start:%d/%m/%Y} : dire un jour après."
        )
    if machine.end is not None and machine.end <= effective:
        raise Conflict(f"la commande de « {machine.name} » a fini le {machine.end - _ONE_DAY:%d/%m/%Y}.")


def _as_ordered(machine: Machine) -> MachineOrder:
    return MachineOrder(
        machine.customer.code, machine.name, sizes_of(machine), machine.start, machine.end, machine.cluster,
        machine.vmid, machine.backup_days,
    )  # fmt: skip
