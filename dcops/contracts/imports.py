"""The CSV file of subscriptions: lines of the grid held without an asset of their own."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dcops.catalogue import store as catalogue
from dcops.catalogue.line import QUOTE, Grid, GridLine, grids_from
from dcops.catalogue.quoting import close_codes
from dcops.contracts import store
from dcops.contracts.models import Subscription
from dcops.support import hours
from inventory import store as inventory_store
from inventory.clock import SystemClock
from inventory.csv_import import BadCell, Row, day, decimal, text, text_up_to
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
MOST = 10**9
"""Beyond it, a quantity or a price is a mistake."""
COLUMNS = {
    "customer": text,
    "code": text_up_to(50),
    "quantity": _quantity,
    "from": day,
    "to": day,
    "agreed_price": _price,
}


def import_subscriptions(
    tx: Transaction, name: str, content: str, *, skip_bad: bool = False, now: datetime | None = None
) -> ImportReport:
    """Subscriptions by (customer, code, first day): a row already there is brought up to date, never doubled.

    A pack of hours is sold as ``support.hours.sell`` does, on its first day: it credits its minutes. ``now`` is when
    that is recorded. Raises ImportRefused with every problem, nothing written, unless ``skip_bad``.
    """
    at = now or SystemClock().now()
    grids = catalogue.history(tx)
    customers = {customer.code: customer for customer in inventory_store.customers(tx)}
    existing = {(row.customer_id, row.code, row.start): row for row in store.subscriptions(tx)}
    told = Told()

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
        if held is None:
            held = existing[key] = Subscription(customer=customer, code=key[1], start=key[2])
            tx.add(held)
            assign(held, _changing(row))
            return True
        return assign(held, completed(_changing(row), held, row))

    return import_rows(tx, name, content, COLUMNS, {"to", "agreed_price"}, apply, skip_bad=skip_bad)


def _sell_packs(tx: Transaction, customer: Customer, line: GridLine, row: Row, author: str, now: datetime) -> bool:
    """Sell the packs of a row that were not sold yet on its day; whether there were some."""
    quantity, on = row.values["quantity"], row.values["from"]
    if quantity != int(quantity) or quantity > MOST_PACKS:
        raise BadCell("quantity", f"« {line.code} » : un nombre entier de forfaits, de 1 à {MOST_PACKS}.")
    for column in ("to", "agreed_price"):
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


def _changing(row: Row) -> dict[str, object]:
    values = row.values
    return {"quantity": values["quantity"], "end": values["to"], "agreed_price": values["agreed_price"]}


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
    if on_quote and row.values["agreed_price"] is None:
        raise BadCell("agreed_price", f"« {line.code} » est sur devis : donner le prix convenu.")
