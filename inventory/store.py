"""Everything that is read from the tables of the inventory: with its two parts, the only SELECTs of this package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import joinedload, selectinload, subqueryload

from inventory.conditions import contains, in_force
from inventory.errors import NotFound
from inventory.evidence_store import (
    corrected_at,
    devices_of_rack,
    facts_told,
    finding,
    findings,
    findings_by_rule,
    guest_link,
    guest_links,
    guests,
    last_complete,
    last_run,
    last_run_at,
    latest_snapshots,
    missing_links,
    reservations_of_rack,
    scopes_that_told,
    select_findings,
    source_locks,
)
from inventory.models import AntivirusSeats, Customer, Machine, NasUnit
from inventory.orm import Transaction, row_id
from inventory.space_store import rack, racks, rooms, select_racks, select_shares, shares, sites

__all__ = [
    "Hit",
    "antivirus_seats",
    "corrected_at",
    "customer",
    "customer_names",
    "customers",
    "dated_machines",
    "devices_of_rack",
    "facts_told",
    "finding",
    "findings",
    "findings_by_rule",
    "guest_link",
    "guest_links",
    "guests",
    "last_complete",
    "last_run",
    "last_run_at",
    "latest_snapshots",
    "machine",
    "machine_rows",
    "machines",
    "missing_links",
    "nas_unit",
    "nas_units",
    "rack",
    "racks",
    "reservations_of_rack",
    "rooms",
    "scopes_that_told",
    "search",
    "select_antivirus_seats",
    "select_customers",
    "select_findings",
    "select_machines",
    "select_nas_units",
    "select_racks",
    "select_shares",
    "shares",
    "sites",
    "source_locks",
]


def select_customers(text: str = "", kind: str | None = None) -> Select[Customer]:
    """Customers by name; ``text`` is looked for in code, name, SIREN and INSEE code."""
    wanted = (
        select(Customer)
        .options(selectinload(Customer.memberships), selectinload(Customer.populations))
        .order_by(Customer.name, Customer.id)
    )
    if text:
        wanted = wanted.where(contains(text, Customer.code, Customer.name, Customer.siren, Customer.insee))
    return wanted if kind is None else wanted.where(Customer.kind == kind)


def customers(tx: Transaction, text: str = "", kind: str | None = None) -> list[Customer]:
    return list(tx.scalars(select_customers(text, kind)))


def customer_names(tx: Transaction) -> dict[str, str]:
    """The name of every customer by its code."""
    return {row.code: row.name for row in tx.execute(select(Customer.code, Customer.name))}


def customer(tx: Transaction, code: str) -> Customer:
    """The customer of that code. Raises NotFound."""
    found = tx.scalar(select_customers().where(Customer.code == code))
    if found is None:
        raise NotFound(
            f"collectivité « {code} » inconnue : la chercher dans la liste des collectivités (dcops customers list)."
        )
    return found


def select_machines(
    text: str = "", customer: str | None = None, cluster: str | None = None, on: date | None = None
) -> Select[Machine]:
    """Ordered machines by name; ``text`` is looked for in machine, customer and cluster names."""
    wanted = (
        select(Machine)
        .join(Machine.customer)
        .options(joinedload(Machine.customer))
        .order_by(Machine.name, Machine.start, Machine.id)
    )
    if text:
        wanted = wanted.where(contains(text, Machine.name, Machine.cluster, Customer.name, Customer.code))
    wanted = wanted if customer is None else wanted.where(Customer.code == customer)
    wanted = wanted if cluster is None else wanted.where(Machine.cluster == cluster)
    return wanted if on is None else wanted.where(in_force(Machine, on))


def machines(tx: Transaction, on: date | None = None, customer: str | None = None) -> list[Machine]:
    return list(tx.scalars(select_machines(on=on, customer=customer)))


def machine_rows(tx: Transaction) -> Sequence[Row[Any]]:
    """Every ordered machine as ``machines`` tells it, as plain columns, its customer by ``code``: what a run reads."""
    columns = (*Machine.__table__.columns, Customer.code)
    return tx.execute(select(*columns).join(Machine.customer).order_by(Machine.name, Machine.start, Machine.id)).all()


def machine(tx: Transaction, id: int) -> Machine:
    """The ordered machine of that id. Raises NotFound."""
    found = tx.scalar(select_machines().where(Machine.id == row_id(id)))
    if found is None:
        raise NotFound(f"machine n° {id} inconnue : la chercher dans la liste des machines (dcops machines list).")
    return found


def dated_machines(tx: Transaction, machine: Machine) -> list[Machine]:
    """The orders of the same machine over time: of that name, or of that place in a cluster, for that customer."""
    same = Machine.name == machine.name
    if machine.cluster is not None and machine.vmid is not None:
        same |= (Machine.cluster == machine.cluster) & (Machine.vmid == machine.vmid)
    wanted = select_machines().where(Machine.customer_id == machine.customer_id, same)
    return list(tx.scalars(wanted.order_by(None).order_by(Machine.start, Machine.id)))


def select_nas_units(text: str = "", customer: str | None = None, on: date | None = None) -> Select[NasUnit]:
    """Backup boxes by serial, with their plans; ``text`` is looked for in serial, model and customer."""
    wanted = (
        select(NasUnit)
        .join(NasUnit.customer)
        .options(joinedload(NasUnit.customer), subqueryload(NasUnit.plans))
        .order_by(NasUnit.serial)
    )
    if text:
        wanted = wanted.where(contains(text, NasUnit.serial, NasUnit.model, Customer.name, Customer.code))
    wanted = wanted if customer is None else wanted.where(Customer.code == customer)
    return wanted if on is None else wanted.where(in_force(NasUnit, on))


def nas_units(tx: Transaction, on: date | None = None, customer: str | None = None) -> list[NasUnit]:
    return list(tx.scalars(select_nas_units(on=on, customer=customer)))


def nas_unit(tx: Transaction, serial: str) -> NasUnit:
    """The backup box of that serial. Raises NotFound."""
    found = tx.scalar(select_nas_units().where(NasUnit.serial == serial))
    if found is None:
        raise NotFound(f"boîtier « {serial} » inconnu : le chercher dans la liste des boîtiers (dcops nas list).")
    return found


def select_antivirus_seats(
    text: str = "", customer: str | None = None, on: date | None = None
) -> Select[AntivirusSeats]:
    """Antivirus seats by customer, kind and first day."""
    wanted = (
        select(AntivirusSeats)
        .join(AntivirusSeats.customer)
        .options(joinedload(AntivirusSeats.customer))
        .order_by(Customer.name, AntivirusSeats.kind, AntivirusSeats.start, AntivirusSeats.id)
    )
    if text:
        wanted = wanted.where(contains(text, Customer.name, Customer.code))
    wanted = wanted if customer is None else wanted.where(Customer.code == customer)
    return wanted if on is None else wanted.where(in_force(AntivirusSeats, on))


def antivirus_seats(tx: Transaction, on: date | None = None, customer: str | None = None) -> list[AntivirusSeats]:
    return list(tx.scalars(select_antivirus_seats(on=on, customer=customer)))


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of the search: ``kind`` is customer, rack, machine or nas; ``key`` its code, name, id or serial."""

    kind: str
    key: str
    label: str
    detail: str


def search(tx: Transaction, text: str, limit: int = 10) -> list[Hit]:
    """Customers, racks, machines and backup boxes whose name, code or serial holds the text; exact ones first."""
    text = text.strip()
    if not text:
        return []
    hits = [Hit("customer", c.code, c.name, c.code) for c in tx.scalars(select_customers(text).limit(limit))]
    hits += [Hit("rack", r.name, r.name, r.room.name) for r in tx.scalars(select_racks(text).limit(limit))]
    hits += [Hit("machine", str(m.id), m.name, m.customer.name) for m in tx.scalars(select_machines(text).limit(limit))]
    hits += [Hit("nas", n.serial, n.serial, n.customer.name) for n in tx.scalars(select_nas_units(text).limit(limit))]
    return sorted(hits, key=lambda hit: text.lower() not in (hit.key.lower(), hit.label.lower()))
