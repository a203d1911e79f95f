"""The SELECT over what is billed already of the years that an order would change."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import select

from dcops.billing.models import Invoice
from inventory.models import Customer
from inventory.orm import Transaction


def years_billed(tx: Transaction, since: date) -> dict[str, list[int]]:
    """The years from that of a day on of which something is issued, by customer code."""
    wanted = select(Customer.code, Invoice.year).join(Invoice.customer).distinct().order_by(Invoice.year)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for code, year in tx.execute(wanted.where(Invoice.number.is_not(None), Invoice.year >= since.year)):
        found[code].append(year)
    return dict(found)
