"""What binds each order or subscription: its commitment, its notices, and what leaving it early would cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import kind_of
from dcops.catalogue.line import Grid, GridLine, grids_from
from dcops.contracts import store
from dcops.contracts.commitment import Commitment, Owed, remaining_due
from dcops.contracts.holdings import Holding, holdings
from dcops.contracts.models import Subscription
from dcops.contracts.sale import quoted
from dcops.contracts.terms import Term
from dcops.contracts.terms import terms as terms_from
from inventory import store as inventory_store
from inventory.errors import DomainError
from inventory.models import Customer
from inventory.orm import Transaction

BINDING = ("annual", "package")
"""Kinds of holdings that a commitment is about: what is paid once or by the meter owes nothing more."""
_EVER = (date(1900, 1, 1), date(9000, 1, 1))


@dataclass(frozen=True)
class Engaged:
    """One line that a customer holds: its terms in the order of their days, and what binds it.

    ``agreed``: the terms as they would go on, whatever end was recorded.
    """

    customer: Customer
    terms: Sequence[Holding]
    agreed: Sequence[Term]
    label: str
    commitment: Commitment

    @property
    def last(self) -> Holding:
        return self.terms[-1]

    @property
    def order(self) -> tuple[str, int]:
        """What it was ordered as, and the id of the order."""
        return str(self.last.evidence["order"]), int(self.last.evidence["id"])

    @property
    def end(self) -> date | None:
        """The day after its last one, when its end is known."""
        return self.last.end


def engagements(tx: Transaction, customer: str | None = None) -> list[Engaged]:
    """What binds every line ever held with a price per year or per term, by everybody or by one customer."""
    grids = catalogue.history(tx)
    who = {known.code: known for known in inventory_store.customers(tx)}
    rows = {row.id: row for row in store.subscriptions(tx, customer)}
    held = [one for one in holdings(tx, *_EVER, customer, grids) if one.kind in BINDING]
    groups = groupby(held, key=lambda one: (one.evidence["order"], one.evidence["id"], one.code))
    return [_engaged(list(terms), grids, who, rows) for _, terms in groups]


def engagements_of(tx: Transaction, order: str, id: int, customer: str | None = None) -> list[Engaged]:
    """What binds the lines of one order, of that customer where it is known; none when there is no such order."""
    return [one for one in engagements(tx, customer) if one.order == (order, id)]


def _engaged(
    terms: list[Holding], grids: tuple[Grid, ...], who: dict[str, Customer], rows: dict[int, Subscription]
) -> Engaged:
    first = terms[0]
    line = _line(grids, first)
    row = rows[int(first.evidence["id"])] if first.evidence["order"] == "subscription" else None
    label = line.label if line else first.code
    return Engaged(who[first.customer_code], terms, _agreed(terms, row), label, _commitment(first, line, row))


def _agreed(held: Sequence[Holding], row: Subscription | None) -> list[Term]:
    """What was agreed, as if it never ended: what is left to owe is counted on it."""
    if row is None:
        ends = [*(one.end for one in held[:-1]), None]
        prices = [(one.agreed_price, one.supplier_price) for one in held]
        return [
            Term(one.start, end, one.quantity, *priced) for one, end, priced in zip(held, ends, prices, strict=True)
        ]
    start = Term(row.start, None, row.quantity, row.agreed_price, row.supplier_price)
    return terms_from(start, [each for each in row.amendments if each.kind == "change"])


def _commitment(first: Holding, line: GridLine | None, row: Subscription | None) -> Commitment:
    """What the contract says, else the grid line of its first day; a package is bound for its term."""
    months = line.commitment_months if line else None
    if line is not None and kind_of(line) == "package":
        months = line.validity_months or months
    if row is None:
        return Commitment(first.first, months or 0)
    own = row.commitment_months
    return Commitment(
        first.first, (months or 0) if own is None else own, row.renewal_months or 0, row.notice_months or 0
    )


def _line(grids: tuple[Grid, ...], holding: Holding) -> GridLine | None:
    """A line of that code in the grid of the first day, else in the newest that has it."""
    for grid in grids_from(grids, holding.first):
        found = grid.candidates(holding.code)
        if found:
            return found[0]
    return None


@dataclass(frozen=True)
class Exit:
    """What leaving a line costs; ``refused`` says why it is not known."""

    leaving: date
    commitment_end: date | None
    due: Decimal | None
    refused: str | None = None


def leave(grids: tuple[Grid, ...], engaged: Engaged, leaving: date) -> Exit:
    """What is due when a line is held no more from ``leaving`` on, at the prices of that day."""
    until = engaged.commitment.end
    bound = until is not None and leaving < until
    if not bound or engaged.last.kind != "annual":  # a package was paid whole when its term began
        return Exit(leaving, until, Decimal("0.00"))
    try:
        owed = list(_owed(grids, engaged, leaving, until or leaving))
    except DomainError as refusal:
        return Exit(leaving, until, None, str(refusal))
    return Exit(leaving, until, remaining_due(owed, leaving, until))


def _owed(grids: tuple[Grid, ...], engaged: Engaged, leaving: date, until: date) -> Iterable[Owed]:
    """The yearly prices up to the end of the commitment."""
    for term in engaged.agreed:
        if term.start < until and (term.end is None or term.end > leaving):
            prices = (term.agreed_price, term.supplier_price)
            price = quoted(grids, engaged.customer, engaged.last.code, term.quantity, leaving, *prices)
            yield Owed(term.start, term.end or until, price.exact)
