"""The SELECTs of the accounts over what was issued."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select

from dcops.billing.models import Invoice, InvoiceLine
from inventory.models import Customer
from inventory.orm import Transaction


class Billed(NamedTuple):
    """What was billed to a customer, excluding VAT, for a section of the grid and a civil year."""

    year: int
    section: str
    customer: str
    amount: Decimal


def billed(tx: Transaction, first: int, last: int) -> list[Billed]:
    """Issued invoices less credit notes of the civil years billed ``first`` to ``last``; drafts do not count."""
    rows = tx.execute(
        select(Invoice.year, InvoiceLine.section, Customer.code, func.sum(InvoiceLine.amount))
        .join(InvoiceLine.invoice)
        .join(Invoice.customer)
        .where(Invoice.number.is_not(None), Invoice.year.between(first, last))
        .group_by(Invoice.year, InvoiceLine.section, Customer.code)
        .order_by(Invoice.year, InvoiceLine.section, Customer.code)
    )
    return [Billed(*row) for row in rows]
