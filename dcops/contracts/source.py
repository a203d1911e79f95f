"""What was sold, told as a source like the others: ordered machines and sold shares, ended ones included."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from dcops.db import Database
from inventory import store
from inventory.clock import Clock
from inventory.errors import DomainError
from inventory.facts import GIB, Fact, Guest, Reservation, Scope, ScopeStatus, Snapshot
from inventory.models import Machine, Share
from inventory.orm import Transaction

SCOPE = "contracts"


@dataclass(frozen=True)
class ContractsSource:
    """The sold truth: guests with their dates, and reservations of rack space."""

    database: Database
    clock: Clock
    name: ClassVar[str] = "contracts"
    kind: ClassVar[str] = "sold"

    def facts(self) -> Snapshot:
        """Everything sold, in one scope that is COMPLETE, or FAILED when the database does not answer."""
        at, started = self.clock.now(), time.perf_counter()
        try:
            with self.database.transaction() as tx:
                scope = Scope(SCOPE, ScopeStatus.COMPLETE, sold(tx))
        except DomainError as error:
            scope = Scope(SCOPE, ScopeStatus.FAILED, faults=(str(error),))
        return Snapshot(self.name, self.kind, at, time.perf_counter() - started, (scope,))


def sold(tx: Transaction) -> tuple[Fact, ...]:
    """Every ordered machine and every sold share, whatever their dates."""
    return (*map(_guest, store.machines(tx)), *map(_reservation, store.shares(tx)))


def _guest(machine: Machine) -> Guest:
    return Guest(
        name=machine.name,
        cluster=machine.cluster,
        vmid=machine.vmid,
        vcpus=Decimal(machine.vcpu),
        memory_bytes=machine.ram_gb * GIB,
        disk_bytes=machine.disk_gb * GIB,
        customer=machine.customer.code,
        start=machine.start,
        end=machine.end,
        reference=f"machine/{machine.id}",
    )


def _reservation(share: Share) -> Reservation:
    return Reservation(
        rack=share.rack.name,
        first_half_unit=share.first_half_unit,
        end_half_unit=share.end_half_unit,
        customer=share.customer.code,
        label=share.kind,
        start=share.start,
        end=share.end,
        reference=f"share/{share.id}",
    )
