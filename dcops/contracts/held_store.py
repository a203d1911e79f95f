"""The SELECTs over what a bill reads of contracts: one query per table, whatever the number of contracts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select

from dcops.contracts.models import Amendment, Subscription, UsageCount
from dcops.contracts.terms import Term
from inventory.models import Customer
from inventory.orm import Transaction


class Sold(NamedTuple):
    """A subscription as it was first agreed, without a row object of its own: there are many."""

    id: int
    customer: str
    code: str
    first: Term


@dataclass(slots=True)
class Changed:
    """An amendment of a subscription; what is None does not change."""

    kind: str
    effective: date
    quantity: Decimal | None
    agreed_price: Decimal | None
    supplier_price: Decimal | None


class Counted(NamedTuple):
    """How many times a customer used a service in a civil year, as it was recorded last."""

    customer: str
    code: str
    year: int
    quantity: Decimal
    id: int
    recorded_at: datetime


def sold(tx: Transaction, end: date, customer: str | None = None) -> list[Sold]:
    """The subscriptions that begin before a day; those of one customer code."""
    row = Subscription
    columns = (row.id, Customer.code, row.code, row.start, row.end, row.quantity, row.agreed_price, row.supplier_price)
    wanted = select(*columns).join(Customer, Customer.id == row.customer_id).where(row.start < end)
    wanted = wanted if customer is None else wanted.where(Customer.code == customer)
    return [
        Sold(id, who, code, Term(start, end, quantity, agreed, supplier))
        for id, who, code, start, end, quantity, agreed, supplier in tx.execute(wanted)
    ]


def amendments(tx: Transaction, customer: str | None = None) -> dict[int, list[Changed]]:
    """By id of the subscription, its amendments in the order they were recorded; those of one customer code."""
    row = Amendment
    columns = (row.subscription_id, row.kind, row.effective, row.quantity, row.agreed_price, row.supplier_price)
    wanted = select(*columns).order_by(row.id)
    if customer is not None:
        wanted = wanted.join(Subscription, Subscription.id == row.subscription_id)
        wanted = wanted.join(Customer, Customer.id == Subscription.customer_id).where(Customer.code == customer)
    found: dict[int, list[Changed]] = defaultdict(list)
    for subscription, kind, effective, quantity, agreed, supplier in tx.execute(wanted):
        found[subscription].append(Changed(kind, effective, quantity, agreed, supplier))
    return found


def counts(tx: Transaction, year: int | None = None) -> list[Counted]:
    """The last recorded counts by customer, code and year; those of one civil year."""
    row = UsageCount
    last = select(func.max(row.id)).group_by(row.customer_id, row.code, row.year)
    last = last if year is None else last.where(row.year == year)
    wanted = select(Customer.code, row.code, row.year, row.quantity, row.id, row.recorded_at)
    wanted = wanted.join(Customer, Customer.id == row.customer_id).where(row.id.in_(last))
    rows = tx.execute(wanted.order_by(Customer.code, row.code, row.year))
    return [Counted(*each) for each in rows]


def subscribed_before(tx: Transaction, day: date, codes: Collection[str]) -> set[tuple[str, str]]:
    """The (customer, code) of these codes with a subscription that began before a day, even if it ended since."""
    wanted = select(Customer.code, Subscription.code).join(Customer, Customer.id == Subscription.customer_id)
    wanted = wanted.where(Subscription.start < day, Subscription.code.in_(codes)).distinct()
    return {(customer, code) for customer, code in tx.execute(wanted)}
