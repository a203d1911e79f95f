"""The use case of a quote: a code, a customer, a day; the grid in force answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from dcops.catalogue import store
from dcops.catalogue.buyers import buyer_on
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.quote import Quote, quote
from dcops.catalogue.reserved import meant_for
from inventory import store as inventory_store
from inventory.errors import NotFound
from inventory.orm import Transaction


def quote_for(
    tx: Transaction,
    code: str,
    customer_code: str,
    on: date,
    quantity: Decimal = Decimal(1),
    supplier_price: Decimal | None = None,
) -> Quote:
    """Quote a line or a service for a customer.

    Raises NotFound for an unknown code, customer or day, NotForKind when the line is for other kinds of customers,
    else as ``quote`` does.
    """
    grids = store.history(tx)
    lines = find_lines(grids, code, on)
    customer = inventory_store.customer(tx, customer_code)
    suited = meant_for(lines, customer.name, customer.kind, store.in_force(grids, on))
    return quote(suited, buyer_on(customer, on), on, quantity, supplier_price)


def find_lines(grids: tuple[Grid, ...], code: str, on: date) -> tuple[GridLine, ...]:
    """The lines of a code or service in the grid in force on a day. Raises NotFound with close codes."""
    grid = store.in_force(grids, on)
    found = grid.candidates(code)
    if not found:
        raise NotFound(_unknown(grids, grid, code))
    return found


def _unknown(grids: tuple[Grid, ...], grid: Grid, code: str) -> str:
    elsewhere = [other.name for other in grids if other.candidates(code)]
    if elsewhere:
        return f"« {code} » n'est pas dans la grille {grid.name} ; elle est dans : {', '.join(elsewhere)}."
    return f"« {code} » est inconnu de la grille {grid.name}{close_codes((grid,), code)}"


def close_codes(grids: tuple[Grid, ...], code: str) -> str:
    """The end of a sentence about an unknown code: the codes that resemble it, or where to look."""
    codes = sorted({name for grid in grids for line in grid.lines for name in (line.code, line.service)})
    close = get_close_matches(code, codes, n=3, cutoff=0.5)
    return f" ; codes proches : {', '.join(close)}." if close else " ; voir « dcops tariffs list --year 2024 »."
