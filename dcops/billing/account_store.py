"""The SELECTs over who is billed: few queries, whatever the number of customers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from dcops.billing.spans import Account
from inventory.models import Customer, Membership, Population
from inventory.orm import Transaction


@dataclass(slots=True)
class Member:
    """A membership over the days [start, end); ``end`` None = running."""

    start: date
    end: date | None


@dataclass(slots=True)
class People:
    """Inhabitants from the 1st of January of a year on; ``year`` None: at any time not told otherwise."""

    year: int | None
    base: str
    inhabitants: int


def accounts(tx: Transaction) -> dict[str, Account]:
    """Every customer as its bill sees it, by code."""
    members, people = _memberships(tx), _populations(tx)
    rows = tx.execute(select(Customer.id, Customer.code, Customer.kind))
    return {code: Account(code, kind, tuple(people[id]), tuple(members[id])) for id, code, kind in rows}


def ids(tx: Transaction) -> dict[str, int]:
    """The id of every customer by its code."""
    return {row[0]: row[1] for row in tx.execute(select(Customer.code, Customer.id))}


def waiting(tx: Transaction) -> frozenset[str]:
    """Codes of the customers whose order number is required and not known."""
    no_number = or_(Customer.order_number.is_(None), Customer.order_number == "")
    return frozenset(tx.scalars(select(Customer.code).where(Customer.order_number_required, no_number)))


def _memberships(tx: Transaction) -> dict[int, list[Member]]:
    found: dict[int, list[Member]] = defaultdict(list)
    rows = tx.execute(select(Membership.customer_id, Membership.start, Membership.end).order_by(Membership.start))
    for customer, start, end in rows:
        found[customer].append(Member(start, end))
    return found


def _populations(tx: Transaction) -> dict[int, list[People]]:
    found: dict[int, list[People]] = defaultdict(list)
    columns = (Population.customer_id, Population.year, Population.base, Population.inhabitants)
    for customer, year, base, inhabitants in tx.execute(select(*columns).order_by(Population.year)):
        found[customer].append(People(year, base, inhabitants))
    return found
