"""The CSV files that fill the inventory: customers, racks, shares, machines, backup boxes, antivirus seats.

Every import runs twice without doubling anything: a row is recognised by its natural key. Each takes the
transaction, the file's name and its text; raises ImportRefused with every problem, nothing written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from inventory import store
from inventory.csv_import import BadCell, Row, choice, day, integer_between, text, text_up_to
from inventory.customer_imports import import_customers
from inventory.errors import Conflict, Invalid
from inventory.import_report import (
    ImportReport,
    Told,
    assign,
    check_followed,
    check_period,
    completed,
    import_rows,
    known,
)
from inventory.machines import check_guest
from inventory.models import AntivirusSeats, Machine, NasUnit
from inventory.orm import Transaction
from inventory.space_imports import import_racks, import_shares

__all__ = [
    "ImportReport",
    "import_antivirus",
    "import_customers",
    "import_machines",
    "import_nas",
    "import_racks",
    "import_shares",
]

MACHINE_COLUMNS = {
    "name": text_up_to(100),
    "customer": text,
    "cluster": text_up_to(100),
    "vmid": integer_between(1),
    "vcpu": integer_between(1, 10_000),
    "ram_gb": integer_between(1, 1_000_000),
    "disk_gb": integer_between(0, 100_000_000),
    "backup_days": integer_between(1, 36_500),
    "from": day,
    "to": day,
}
NAS_COLUMNS = {
    "serial": text_up_to(64),
    "customer": text,
    "model": text_up_to(100),
    "plan_gb": integer_between(0, 100_000_000),
    "from": day,
    "to": day,
}
ANTIVIRUS_COLUMNS = {
    "customer": text,
    "kind": choice("workstation", "server"),
    "quantity": integer_between(1, 10_000_000),
    "from": day,
    "to": day,
}
NAS_PLAN_GB = 60


def import_machines(tx: Transaction, name: str, content: str, *, skip_bad: bool = False) -> ImportReport:
    """Ordered machines, by (name, customer, first day). Two machines never hold one (cluster, vmid) together."""
    customers = {customer.code: customer for customer in store.customers(tx)}
    existing = {(m.name, m.customer.code, m.start): m for m in store.machines(tx)}
    by_guest: defaultdict[tuple[str, int], list[Machine]] = defaultdict(list)
    for machine in existing.values():
        if machine.cluster and machine.vmid:
            by_guest[machine.cluster, machine.vmid].append(machine)
    told = Told()

    def apply(row: Row) -> bool:
        values = _dated(row)
        customer = known("customer", "client", customers, values.pop("customer"))
        key = (values["name"], customer.code, values["start"])
        machine = existing.get(key)
        values = completed(values, machine, row)
        others = by_guest[values["cluster"], values["vmid"]] if values["cluster"] and values["vmid"] else []
        _check_guest(values, (other for other in others if other is not machine))
        told.once(key, row, "name")
        if machine is not None:
            same = (one for one in existing.values() if (one.name, one.customer) == (machine.name, customer))
            check_followed(machine, values["end"], same)
            if machine not in others and values["cluster"] and values["vmid"]:
                others.append(machine)
            return assign(machine, values)
        machine = existing[key] = Machine(**values, customer=customer)
        others.append(machine)
        tx.add(machine)
        return True

    optional = {"cluster", "vmid", "backup_days", "to"}
    return import_rows(tx, name, content, MACHINE_COLUMNS, optional, apply, skip_bad=skip_bad)


def _check_guest(values: dict[str, Any], others: Iterable[Machine]) -> None:
    try:
        check_guest(values["cluster"], values["vmid"], values["start"], values["end"], others)
    except Invalid as error:
        raise BadCell("cluster", str(error)) from None
    except Conflict as error:
        raise BadCell("vmid", str(error)) from None


def import_nas(tx: Transaction, name: str, content: str, *, skip_bad: bool = False) -> ImportReport:
    """Backup boxes, by serial; a box never changes hands silently."""
    customers = {customer.code: customer for customer in store.customers(tx)}
    existing = {unit.serial: unit for unit in store.nas_units(tx)}
    told = Told()

    def apply(row: Row) -> bool:
        values = _dated(row)
        customer = known("customer", "client", customers, values.pop("customer"))
        values = completed(values, existing.get(values["serial"]), row)
        check_period(values["start"], values["end"])
        values["plan_gb"] = NAS_PLAN_GB if values["plan_gb"] is None else values["plan_gb"]
        unit = existing.get(values["serial"])
        if unit is not None and unit.customer is not customer:
            raise BadCell("serial", f"« {unit.serial} » est déjà chez {unit.customer.code}.")
        if unit is not None and unit.plans and values["plan_gb"] != unit.plan_gb:
            raise BadCell(
                "plan_gb",
                f"le forfait de {unit.serial} a changé depuis celui de {unit.plan_gb} Go du premier jour : "
                "le changer à partir d'un jour (dcops nas plan).",
            )
        told.once(values["serial"], row, "serial")
        if unit is None:
            existing[values["serial"]] = unit = NasUnit(**values, customer=customer)
            tx.add(unit)
            return True
        return assign(unit, values)

    return import_rows(tx, name, content, NAS_COLUMNS, {"model", "plan_gb", "to"}, apply, skip_bad=skip_bad)


def import_antivirus(tx: Transaction, name: str, content: str, *, skip_bad: bool = False) -> ImportReport:
    """Antivirus seats, by (customer, kind, first day)."""
    customers = {customer.code: customer for customer in store.customers(tx)}
    existing = {(seats.customer.code, seats.kind, seats.start): seats for seats in store.antivirus_seats(tx)}
    told = Told()

    def apply(row: Row) -> bool:
        values = _dated(row)
        customer = known("customer", "client", customers, values.pop("customer"))
        key = (customer.code, values["kind"], values["start"])
        told.once(key, row, "quantity")
        if key in existing:
            values = completed(values, existing[key], row)
            same = (one for one in existing.values() if (one.customer, one.kind) == (customer, values["kind"]))
            check_followed(existing[key], values["end"], same)
            return assign(existing[key], values)
        existing[key] = AntivirusSeats(**values, customer=customer)
        tx.add(existing[key])
        return True

    return import_rows(tx, name, content, ANTIVIRUS_COLUMNS, {"to"}, apply, skip_bad=skip_bad)


def _dated(row: Row) -> dict[str, Any]:
    """The cells under the names of the tables, once the period is checked."""
    values = dict(row.values)
    values["start"], values["end"] = values.pop("from"), values.pop("to")
    check_period(values["start"], values["end"])
    return values
