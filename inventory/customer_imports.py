"""The CSV file of customers: who they are, where invoices go, their memberships and populations by day."""

from __future__ import annotations

from datetime import date
from typing import Any

from inventory import store
from inventory.csv_import import BadCell, Row, choice, day, integer_between, text, text_up_to
from inventory.customer_changes import record_membership, record_population
from inventory.customers import (
    BASES,
    KINDS,
    check_code,
    check_insee,
    check_postcode,
    check_siren,
    check_siret,
    crossed,
)
from inventory.import_report import ImportReport, Told, assign, check, completed, import_rows
from inventory.models import Customer
from inventory.orm import Transaction

_YES, _NO = ("yes", "oui"), ("no", "non")


def _yes_or_no(cell: str) -> bool:
    return choice(*_YES, *_NO)(cell) in _YES


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
    "address": text,
    "postcode": text,
    "city": text_up_to(100),
    "paying_service": text_up_to(100),
    "order_number_required": _yes_or_no,
    "order_number": text_up_to(50),
}
_EMPTY = {"address": "", "order_number_required": False}
"""What an empty cell means where a customer always has a value."""


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
        _check_population(row)
        for column, part in (("member_from", _part(row, "member_")), ("population_year", _part(row, "population"))):
            told.once((code, column, row.values[column]), part, column)
        identity = _filled(completed(identity, customer, row))
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
    for column, rule in (("insee", check_insee), ("postcode", check_postcode)):
        if values[column] is not None:
            check(column, rule, values[column])
    return values


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _EMPTY.get(name) if value is None else value for name, value in values.items()}


def _part(row: Row, prefix: str) -> Row:
    """A row that tells only some of its columns: a file has one per membership and one per population."""
    told = {column: value for column, value in row.values.items() if column.startswith(prefix)}
    return Row(row.line, told, row.untold)


def _check_population(row: Row) -> None:
    told = [column for column in ("population_year", "population_base") if row.values[column] is not None]
    if told and row.values["population"] is None:
        raise BadCell("population", f"{told[0]} est donné sans population : donner le nombre d'habitants.")


def _check_membership(customer: Customer | None, row: Row) -> None:
    start, end = row.values["member_from"], _member_to(customer, row)
    if start is None:
        if end is not None:
            raise BadCell("member_from", "une adhésion qui finit doit avoir commencé : donner member_from.")
        return
    if end is not None and end <= start:
        raise BadCell("member_to", f"{end} n'est pas après le début {start} de l'adhésion.")
    other = crossed(customer.memberships if customer else (), start, end)
    if other is not None:
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
    return record_population(customer, year, row.values["population_base"] or "municipal", inhabitants)


def _set_membership(customer: Customer, row: Row) -> bool:
    start = row.values["member_from"]
    return start is not None and record_membership(customer, start, _member_to(customer, row))
