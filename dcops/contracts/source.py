"""What was sold, told as a source like the others: ordered things with their days, ended ones included."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Row

from dcops.contracts.holdings import terms_of_box
from dcops.contracts.orders import paid_gb
from dcops.db import Database
from inventory import store
from inventory.clock import Clock
from inventory.errors import DomainError
from inventory.facts import (
    GIB,
    Appliance,
    Fact,
    Guest,
    RackUnit,
    Reservation,
    Scope,
    ScopeStatus,
    Seats,
    Snapshot,
    Tenant,
)
from inventory.models import AntivirusSeats, NasUnit, Rack, Share
from inventory.orm import Transaction

SCOPE = "contracts"


@dataclass(frozen=True)
class ContractsSource:
    """The sold truth: customers, racks, and what is sold with its dates."""

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
    """Every ordered thing whatever its dates, every rack it may stand in, every customer."""
    return (
        *map(_guest, store.machine_rows(tx)),
        *map(_reservation, store.shares(tx)),
        *(appliance for unit in store.nas_units(tx) for appliance in _appliances(unit)),
        *map(_seats, store.antivirus_seats(tx)),
        *map(_rack, store.racks(tx)),
        *(Tenant(code, name, code) for code, name in sorted(store.customer_names(tx).items())),
    )


def _guest(machine: Row[Any]) -> Guest:
    return Guest(
        name=machine.name,
        cluster=machine.cluster,
        vmid=machine.vmid,
        vcpus=Decimal(machine.vcpu),
        memory_bytes=machine.ram_gb * GIB,
        disk_bytes=machine.disk_gb * GIB,
        customer=machine.code,
        start=machine.start,
        end=machine.end,
        reference=f"machine/{machine.id}",
        backup_days=machine.backup_days,
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
        cage=share.cage.name if share.cage else None,
    )


def _appliances(unit: NasUnit) -> Iterator[Appliance]:
    """A box once per plan, over the days of that plan; ``plan_gb`` is what the plan pays for."""
    for term in terms_of_box(unit):
        yield Appliance(
            serial=unit.serial,
            name=unit.model or unit.serial,
            customer=unit.customer.code,
            plan_gb=paid_gb(term.plan_gb),
            start=term.start,
            end=term.end,
            reference=f"nas/{unit.id}",
        )


def _seats(seats: AntivirusSeats) -> Seats:
    return Seats(seats.customer.code, seats.kind, seats.quantity, seats.start, seats.end)


def _rack(rack: Rack) -> RackUnit:
    return RackUnit(rack.name, rack.room.site.name, rack.room.name, rack.u_height, reference=f"rack/{rack.id}")
