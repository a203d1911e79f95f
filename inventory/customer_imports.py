"""The CSV file of customers: who they are, their memberships and populations by day."""

from __future__ import annotations

from datetime import date
from typing import Any

from inventory import store
from inventory.csv_import import BadCell, Row, choice, day, integer_between, text, text_up_to
from inventory.customers import BASES, KINDS, check_code, check_insee, check_siren, check_siret
from inventory.import_report import ImportReport, Told, assign, check, completed, import_rows
from inventory.models import Customer, Membership, Population
from inventory.orm import Transaction

CUSTOMER_COLUMNS = {
    "code": text_up_to(64),
    "name": text,
    "kind": choice(*KINDS),
    "siren": text,
    "siret": text,
    "insee": text,
    "population": integer_between(0, 100_000_000),
    "population_year": integer_between(1900, 2100),
    "population_base": choice(*BASES),
    "member_from": day,
    "member_to": day,
}


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
            customer = existing[code] = Customer(**identity, memberships=[], populations=[])
            tx.add(customer)
        changed = assign(customer, identity)
        changed = _set_population(customer, row) or changed
        return _set_membership(customer, row) or changed or added

    optional = set(CUSTOMER_COLUMNS) - {"code", "name", "kind"}
    return import_rows(tx, name, content, CUSTOMER_COLUMNS, optional, apply, skip_bad=skip_bad)


def _identity(row: Row) -> dict[str, Any]:
    dated = ("member_", "population")
    values = {column: value for column, value in row.values.items() if not column.startswith(dated)}
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


def _set_population(customer: Customer, row: Row) -> bool:
    """The population of a year, added or corrected; an empty cell changes nothing."""
    inhabitants, year = row.values["population"], row.values["population_year"]
    if inhabitants is None:
        return False
    base = row.values["population_base"] or "municipal"
    for counted in customer.populations:
        if counted.year == year:
            return assign(counted, {"inhabitants": inhabitants, "base": base})
    customer.populations.append(Population(year=year, base=base, inhabitants=inhabitants))
    return True


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
