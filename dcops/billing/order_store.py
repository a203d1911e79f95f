"""The SELECTs over which orders and subscriptions issued documents already bill, and until when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from dcops.billing.models import Invoice, InvoiceLine
from inventory.orm import Transaction


def billed_until(tx: Transaction, order: str, id: int) -> date | None:
    """The day after the last one that an issued invoice bills of an order; None when none does."""
    wanted = (
        select(func.max(InvoiceLine.end))
        .join(InvoiceLine.invoice)
        .where(Invoice.number.is_not(None), ~InvoiceLine.credit, InvoiceLine.key.startswith(f"{order}/{id}/"))
    )
    return tx.scalar(wanted)


def billed_subscriptions(tx: Transaction) -> set[int]:
    """The ids of the subscriptions that issued invoices bill something of."""
    wanted = (
        select(InvoiceLine.key)
        .distinct()
        .join(InvoiceLine.invoice)
        .where(Invoice.number.is_not(None), ~InvoiceLine.credit, InvoiceLine.key.startswith("subscription/"))
    )
    return {int(key.split("/")[1]) for key in tx.scalars(wanted)}
