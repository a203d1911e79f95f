"""The CSV file of uses: how many times a customer used a service in a year, by which the next one is billed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import COUNTED
from dcops.catalogue.line import Grid
from dcops.contracts import held_store
from dcops.contracts.models import UsageCount
from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.csv_import import BadCell, Row, integer_between, text, text_up_to
from inventory.import_report import ImportReport, Told, import_rows, known
from inventory.orm import Transaction

MOST = 10**9
"""Beyond it, a count is a mistake."""
USAGE_COLUMNS = {
    "customer": text,
    "code": text_up_to(50),
    "year": integer_between(1900, 9998),
    "quantity": integer_between(0, MOST),
}


def import_usages(tx: Transaction, name: str, content: str, *, skip_bad: bool = False, now: datetime) -> ImportReport:
    """Counts by (customer, code, year): the same again changes nothing, another one stands for it from then on.

    Nothing is overwritten: the last count recorded is billed. Raises ImportRefused with every problem, nothing written,
    unless ``skip_bad``.
    """
    grids = catalogue.history(tx)
    customers = {customer.code: customer for customer in inventory_store.customers(tx)}
    counted = {(each.customer, each.code, each.year): each.quantity for each in held_store.counts(tx)}
    told, this_year, author = Told(), civil_date(now).year, f"import {name}"[:100]

    def apply(row: Row) -> bool:
        customer = known("customer", "client", customers, row.values["customer"])
        code, year, quantity = row.values["code"], row.values["year"], Decimal(row.values["quantity"])
        _check_code(grids, code)
        if year > this_year:
            raise BadCell("year", f"{year} n'a pas commencé.")
        key = (customer.code, code, year)
        told.once(key, row, "quantity")
        if counted.get(key) == quantity:
            return False
        counted[key] = quantity
        tx.add(UsageCount(customer=customer, code=code, year=year, quantity=quantity, author=author, recorded_at=now))
        return True

    return import_rows(tx, name, content, USAGE_COLUMNS, set(), apply, skip_bad=skip_bad)


def _check_code(grids: tuple[Grid, ...], code: str) -> None:
    """Refuse what no grid bills by the uses of the year before."""
    lines = [line for grid in grids for line in grid.candidates(code)]
    if not lines:
        raise BadCell("code", f"« {code} » n'est dans aucune grille tarifaire.")
    if not any(line.behaviour == COUNTED for line in lines):
        named = sorted({line.code for grid in grids for line in grid.lines if line.behaviour == COUNTED})
        raise BadCell(
            "code",
            f"« {code} » n'est pas facturé au nombre de l'année précédente ; lignes : {', '.join(named) or '—'}.",
        )
