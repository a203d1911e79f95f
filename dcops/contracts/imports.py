"""The CSV file of subscriptions: lines of the grid held without an asset of their own."""

from __future__ import annotations

from decimal import Decimal

from dcops.catalogue import store as catalogue
from dcops.catalogue.line import QUOTE, Grid, GridLine, grid_on
from dcops.catalogue.quoting import close_codes
from dcops.contracts import store
from dcops.contracts.models import Subscription
from inventory import store as inventory_store
from inventory.csv_import import BadCell, Row, day, decimal, text, text_up_to
from inventory.customers import is_member
from inventory.import_report import ImportReport, assign, check_period, import_rows, known
from inventory.models import Customer
from inventory.orm import Transaction


def _exact(cell: str) -> Decimal:
    value = decimal(cell)
    if value != round(value, 6):
        raise ValueError(f"« {cell} » : six décimales au plus.")
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


COLUMNS = {
    "customer": text,
    "code": text_up_to(50),
    "quantity": _quantity,
    "from": day,
    "to": day,
    "agreed_price": _price,
}


def import_subscriptions(tx: Transaction, name: str, content: str, *, skip_bad: bool = False) -> ImportReport:
    """Subscriptions by (customer, code, first day): a row already there is brought up to date, never doubled.

    Raises ImportRefused with every problem, nothing written, unless ``skip_bad``.
    """
    grids = catalogue.history(tx)
    customers = {customer.code: customer for customer in inventory_store.customers(tx)}
    existing = {(row.customer_id, row.code, row.start): row for row in store.subscriptions(tx)}

    def apply(row: Row) -> bool:
        customer = known("customer", "client", customers, row.values["customer"])
        check_period(row.values["from"], row.values["to"])
        _check_price(_line(grids, row), customer, row)
        key = (customer.id, row.values["code"], row.values["from"])
        held = existing.get(key)
        if held is None:
            held = existing[key] = Subscription(customer=customer, code=key[1], start=key[2])
            tx.add(held)
            assign(held, _changing(row))
            return True
        return assign(held, _changing(row))

    return import_rows(tx, name, content, COLUMNS, {"to", "agreed_price"}, apply, skip_bad=skip_bad)


def _changing(row: Row) -> dict[str, object]:
    values = row.values
    return {"quantity": values["quantity"], "end": values["to"], "agreed_price": values["agreed_price"]}


def _line(grids: tuple[Grid, ...], row: Row) -> GridLine:
    """The line of the code in the grid of the first day, else in the newest grid that has it."""
    code, current = row.values["code"], grid_on(grids, row.values["from"])
    for grid in ([current] if current else []) + list(reversed(grids)):
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
