"""The SELECTs over what issued documents were computed from: which grid lines were billed, since when, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from dcops.billing.models import Invoice, InvoiceLine
from dcops.catalogue.correction import Billed
from inventory.orm import Transaction


@dataclass(frozen=True)
class Use:
    """What was billed from one line of one grid: invoices and credit notes together; ``net`` in euros."""

    tariff: str
    documents: int
    first: date
    last: date
    net: Decimal


def billed_lines(tx: Transaction) -> Billed:
    """Every (grid, code) that an issued document was computed from, and the day after the last one billed."""
    wanted = (
        select(InvoiceLine.tariff, InvoiceLine.code, func.max(InvoiceLine.end))
        .join(InvoiceLine.invoice)
        .where(Invoice.number.is_not(None))
        .group_by(InvoiceLine.tariff, InvoiceLine.code)
    )
    rows = tx.execute(wanted).all()
    return Billed(frozenset((tariff, code) for tariff, code, _ in rows), max((end for *_, end in rows), default=None))


def uses_of(tx: Transaction, code: str) -> dict[str, Use]:
    """What was billed from a line, by name of grid."""
    wanted = (
        select(
            InvoiceLine.tariff,
            func.count(Invoice.id.distinct()),
            func.min(Invoice.issued_on),
            func.max(Invoice.issued_on),
            func.sum(InvoiceLine.amount),
        )
        .join(InvoiceLine.invoice)
        .where(Invoice.number.is_not(None), InvoiceLine.code == code)
        .group_by(InvoiceLine.tariff)
    )
    return {
        tariff: Use(tariff, documents, first, last, net)
        for tariff, documents, first, last, net in tx.execute(wanted)
        if first and last
    }
