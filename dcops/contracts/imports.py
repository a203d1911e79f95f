"""The CSV file of subscriptions: lines of the grid held without an asset of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from dcops.catalogue import store as catalogue
from dcops.catalogue.line import QUOTE, Grid, GridLine, grids_from
from dcops.catalogue.quoting import close_codes
from dcops.contracts import store
from dcops.contracts.changes import MOST
from dcops.contracts.models import Subscription
from dcops.contracts.sale import LONGEST_MONTHS, MARKUP, grid_with, warnings_of
from dcops.support import hours
from inventory import store as inventory_store
from inventory.clock import SystemClock
from inventory.csv_import import BadCell, Problem, Row, day, decimal, integer_between, text, text_up_to
from inventory.customers import is_member
from inventory.errors import DomainError
from inventory.import_report import ImportReport, Told, assign, check_period, completed, import_rows, known
from inventory.models import Customer
from inventory.orm import Transaction


def _exact(cell: str) -> Decimal:
    value = decimal(cell)
    if value != round(value, 6):
        raise ValueError(f"« {cell} » : six décimales au plus.")
    if value > MOST:
        raise ValueError(f"« {cell} » : il faut au plus {MOST}.")
    return value


def _quantity(cell: str) -> Decimal:
    value = _exact(cell)
    if value <= 0:
        raise ValueError(f"« {cell} » : une quantité est supérieure à zéro.")
    return value


def _price(cell: str) -> Decimal:
    value = _exact(cell)
    if value < 0:
        raise ValueError(f"« {cell} » : un prix n'est jamais négatif.")
    return value


MOST_PACKS = 100
_MONTHS = integer_between(0, LONGEST_MONTHS)
COLUMNS = {
    "customer": text,
    "code": text_up_to(50),
    "quantity": _quantity,
    "from": day,
    "to": day,
    "agreed_price": _price,
    "supplier_price": _price,
    "commitment_months": _MONTHS,
    "notice_months": _MONTHS,
    "renewal_months": _MONTHS,
}
NEEDED = {"customer", "code", "quantity", "from"}
_ATTRIBUTES = {
    "quantity": "quantity", "end": "to", "agreed_price": "agreed_price", "supplier_price": "supplier_price",
    "commitment_months": "commitment_months", "notice_months": "notice_months", "renewal_months": "renewal_months",
}  # fmt: skip
"""Columns by the attribute of a subscription that they tell."""
_BILLED = ("quantity", "end", "agreed_price", "supplier_price")
"""What a bill depends on: once billed or amended, it only changes by an amendment."""


def import_subscriptions(
    tx: Transaction, name: str, content: str, *, skip_bad: bool = False, now: datetime | None = None,
    billed: Collection[int] = (),
) -> ImportReport:  # fmt: skip
    """Subscriptions by (customer, code, first day): a row already there is corrected, never doubled.

    A file tells what was first agreed: what was amended since, or whose id is ``billed``, is not rewritten. A pack of
    hours is sold as ``support.hours.sell`` does, on its first day: it credits its minutes. ``now`` is when that is
    recorded. Raises ImportRefused with every problem, nothing written, unless ``skip_bad``.
    """
    at = now or SystemClock().now()
    grids = catalogue.history(tx)
    customers = {customer.code: customer for customer in inventory_store.customers(tx)}
    existing = {(row.customer_id, row.code, row.start): row for row in store.subscriptions(tx)}
    told, warnings = Told(), list[Problem]()

    def apply(row: Row) -> bool:
        customer = known("customer", "client", customers, row.values["customer"])
        check_period(row.values["from"], row.values["to"])
        line = _line(grids, row)
        key = (customer.id, row.values["code"], row.values["from"])
        if line.minutes:
            told.once(key, row, "quantity")
            return _sell_packs(tx, customer, line, row, f"import {name}"[:100], at)
        _check_price(line, customer, row)
        told.once(key, row, "quantity")
        held = existing.get(key)
        if held is not None:
            return _correct(held, row, billed)
        grid = grid_with(grids, row.values["code"], row.values["from"])
        warnings.extend((row.line, "code", each) for each in warnings_of(line, customer, grid))
        held = existing[key] = Subscription(customer=customer, code=key[1], start=key[2], amendments=[])
        tx.add(held)
        assign(held, _told(row))
        return True

    report = import_rows(tx, name, content, COLUMNS, set(COLUMNS) - NEEDED, apply, skip_bad=skip_bad)
    return replace(report, warnings=tuple(warnings))


def _correct(held: Subscription, row: Row, billed: Collection[int]) -> bool:
    """Correct what was first agreed. Raises BadCell when bills already depend on it, or an amendment does."""
    values = completed(_told(row), held, row)
    changed = [name for name in _BILLED if getattr(held, name) != values[name]]
    if changed and (held.amendments or held.id in billed):
        why = "a des avenants" if held.amendments else "est déjà facturé"
        ending = f"y mettre fin sur sa page ou par « dcops subscriptions end {held.id} »."
        amending = f"le changer à partir d'un jour sur sa page ou par « dcops subscriptions amend {held.id} »."
        remedy = ending if changed == ["end"] else amending
        raise BadCell(_ATTRIBUTES[changed[0]], f"l'abonnement n° {held.id} {why} : {remedy}")
    return assign(held, values)


def _told(row: Row) -> dict[str, Any]:
    return {attribute: row.values[column] for attribute, column in _ATTRIBUTES.items()}


def _sell_packs(tx: Transaction, customer: Customer, line: GridLine, row: Row, author: str, now: datetime) -> bool:
    """Sell the packs of a row that were not sold yet on its day; whether there were some."""
    quantity, on = row.values["quantity"], row.values["from"]
    if quantity != int(quantity) or quantity > MOST_PACKS:
        raise BadCell("quantity", f"« {line.code} » : un nombre entier de forfaits, de 1 à {MOST_PACKS}.")
    for column in [name for name in COLUMNS if name not in NEEDED]:
        if row.values[column] is not None:
            raise BadCell(column, f"« {line.code} » : la durée et le prix d'un forfait sont ceux de la grille.")
    missing = int(quantity) - hours.packs_sold(tx, customer.code, line.code, on)
    if missing < 0:
        raise BadCell("quantity", f"{int(quantity) - missing} forfaits « {line.code} » sont déjà vendus ce jour-là.")
    try:
        for _ in range(missing):
            hours.sell(tx, customer.code, line.code, on, author, now)
    except DomainError as error:
        raise BadCell("from", str(error)) from None
    return missing > 0


def _line(grids: tuple[Grid, ...], row: Row) -> GridLine:
    """The line of the code in the grid of the first day, else in the newest grid that has it."""
    code = row.values["code"]
    for grid in grids_from(grids, row.values["from"]):
        lines = [line for line in grid.candidates(code) if _in_bracket(line, row.values["quantity"])]
        if lines:
            return lines[0]
    if any(grid.candidates(code) for grid in grids):
        raise BadCell("quantity", f"aucune tranche de « {code} » ne comprend {row.values['quantity']}.")
    raise BadCell("code", f"« {code} » n'est dans aucune grille tarifaire{close_codes(grids, code)}")


def _in_bracket(line: GridLine, quantity: Decimal) -> bool:
    exceeds = line.quantity_max is not None and quantity > line.quantity_max
    below = line.quantity_min is not None and quantity < line.quantity_min
    return (not exceeds and not below) or quantity == 1


def _check_price(line: GridLine, customer: Customer, row: Row) -> None:
    member = is_member(customer.memberships, row.values["from"])
    on_quote = line.behaviour == "quote_only" or line.word(member) == QUOTE
    if row.values["agreed_price"] is not None:
        return
    if on_quote:
        raise BadCell("agreed_price", f"« {line.code} » est sur devis : donner le prix convenu.")
    if line.behaviour == MARKUP and row.values["supplier_price"] is None:
        raise BadCell("supplier_price", f"« {line.code} » suit le prix du fournisseur : le donner, ou un prix convenu.")
