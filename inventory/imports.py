"""The CSV files that fill the inventory: customers, racks, shares, machines, backup boxes, antivirus seats.

Every import runs twice without doubling anything: a row is recognised by its natural key. Each takes the
transaction, the file's name and its text; raises ImportRefused with every problem, nothing written.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from inventory import store
from inventory.csv_import import BadCell, Row, choice, day, integer_between, text, text_up_to
from inventory.customers import KINDS, check_code, check_insee, check_siren, check_siret
from inventory.import_report import ImportReport, Told, assign, check, check_period, completed, import_rows, known
from inventory.models import AntivirusSeats, Customer, Machine, Membership, NasUnit
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

CUSTOMER_COLUMNS = {
    "code": text_up_to(64),
    "name": text,
    "kind": choice(*KINDS),
    "siren": text,
    "siret": text,
    "insee": text,
    "population": integer_between(0, 100_000_000),
    "population_year": integer_between(1900, 2100),
    "member_from": day,
    "member_to": day,
}
MACHINE_COLUMNS = {
    "name": text_up_to(100),
    "customer": text,
    "cluster": text_up_to(100),
    "vmid": integer_between(1),
    "vcpu": integer_between(1, 10_000),
    "ram_gb": integer_between(1, 1_000_000),
    "disk_gb": integer_between(0, 100_000_000),
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


def import_customers(tx: Transaction, name: str, content: str, *, skip_bad: bool = False) -> ImportReport:
    """Customers by code; a row with ``member_from`` adds or corrects the membership that starts that day."""
    existing = {customer.code: customer for customer in store.customers(tx)}
    seen: dict[str, tuple[int, dict[str, Any]]] = {}
    told = Told()

    def apply(row: Row) -> bool:
        identity = _identity(row)
        code = identity["code"]
        line, before = seen.setdefault(code, (row.line, identity))
        if before != identity:
            raise BadCell("code", f"« {code} » est déjà décrit autrement à la ligne {line}.")
        customer = existing.get(code)
        _check_membership(customer, row)
        told.once((code, row.values["member_from"]), row, "member_from")
        identity = completed(identity, customer, row)
        if identity["siret"] is not None:
            check("siren", check_siret, identity["siret"], identity["siren"])
        added = customer is None
        if customer is None:
            customer = existing[code] = Customer(**identity, memberships=[])
            tx.add(customer)
        changed = assign(customer, identity)
        return _set_membership(customer, row) or changed or added

    optional = set(CUSTOMER_COLUMNS) - {"code", "name", "kind"}
    return import_rows(tx, name, content, CUSTOMER_COLUMNS, optional, apply, skip_bad=skip_bad)


def _identity(row: Row) -> dict[str, Any]:
    values = {column: value for column, value in row.values.items() if not column.startswith("member_")}
    check("code", check_code, values["code"])
    if values["siren"] is not None:
        check("siren", check_siren, values["siren"])
    if values["siret"] is not None:
        check("siret", check_siret, values["siret"], values["siren"])
        values["siren"] = values["siren"] or values["siret"][:9]
    if values["insee"] is not None:
        check("insee", check_insee, values["insee"])
    return values


def _check_membership(customer: Customer | None, row: Row) -> None:
    start, end = row.values["member_from"], _member_to(customer, row)
    if start is None:
        if end is not None:
            raise BadCell("member_from", "une adhésion qui finit doit avoir commencé : donner member_from.")
        return
    if end is not None and end <= start:
        raise BadCell("member_to", f"{end} n'est pas après le début {start} de l'adhésion.")
    for other in customer.memberships if customer else ():
        crosses = (end is None or other.start < end) and (other.end is None or start < other.end)
        if other.start != start and crosses:
            raise BadCell("member_from", f"chevauche l'adhésion {other.start} – {other.end or 'en cours'}.")


def _member_to(customer: Customer | None, row: Row) -> date | None:
    """The end of the membership of a row; a file that has no such column leaves the one that is known."""
    end: date | None = row.values["member_to"]
    if "member_to" not in row.untold or customer is None:
        return end
    known = (one.end for one in customer.memberships if one.start == row.values["member_from"])
    return next(known, None)


def _set_membership(customer: Customer, row: Row) -> bool:
    start, end = row.values["member_from"], _member_to(customer, row)
    if start is None:
        return False
    for membership in customer.memberships:
        if membership.start == start:
            return assign(membership, {"end": end})
    customer.memberships.append(Membership(start=start, end=end))
    customer.memberships.sort(key=lambda membership: membership.start)
    return True


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
        _check_guest(values, [other for other in others if other is not machine])
        told.once(key, row, "name")
        if machine is not None:
            if machine not in others and values["cluster"] and values["vmid"]:
                others.append(machine)
            return assign(machine, values)
        machine = existing[key] = Machine(**values, customer=customer)
        others.append(machine)
        tx.add(machine)
        return True

    optional = {"cluster", "vmid", "to"}
    return import_rows(tx, name, content, MACHINE_COLUMNS, optional, apply, skip_bad=skip_bad)


def _check_guest(values: dict[str, Any], others: list[Machine]) -> None:
    if values["vmid"] and not values["cluster"]:
        raise BadCell("cluster", "un vmid n'a de sens que dans un cluster : le nommer.")
    for other in others:
        same = (other.cluster, other.vmid) == (values["cluster"], values["vmid"])
        before = values["end"] is not None and values["end"] <= other.start
        after = other.end is not None and other.end <= values["start"]
        if same and not before and not after:
            raise BadCell(
                "vmid",
                f"{values['cluster']}/{values['vmid']} est déjà vendu : machine « {other.name} » de "
                f"{other.customer.code} depuis le {other.start}.",
            )


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
            return assign(existing[key], completed(values, existing[key], row))
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
