"""How far a new installation is: customers, orders, answers of its sources, and what runs for whom unbilled."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import exists, func, select

from inventory.findings import UNDECIDED
from inventory.match import SOLD
from inventory.models import AntivirusSeats, Customer, Finding, Machine, NasUnit, Reconciliation, Share, SourceSnapshot
from inventory.orm import Transaction

UNBILLED = "vm.unbilled"
"""The rule of what runs and is sold to nobody."""


@dataclass(frozen=True, slots=True)
class Beginnings:
    """``orders`` counts what was ordered, machines and all; ``answered``: a source told all it knows once."""

    customers: int
    machines: int
    orders: int
    answered: bool
    compared: bool

    @property
    def over(self) -> bool:
        """Whether the first day is behind: something is sold, and something real or documented was heard."""
        return self.orders > 0 and self.answered


@dataclass(frozen=True, slots=True)
class Unbilled:
    """What runs for one customer and is billed to nobody; ``customer`` None: nobody knows whose it is."""

    code: str | None
    customer: str | None
    count: int
    eur_per_year: Decimal


def beginnings(tx: Transaction) -> Beginnings:
    """How far this installation is."""
    counts = {model: tx.scalar(select(func.count()).select_from(model)) or 0 for model in (Customer, Machine)}
    others = sum(bool(tx.scalar(select(exists().select_from(model)))) for model in (Share, NasUnit, AntivirusSeats))
    heard = select(exists().where(SourceSnapshot.status == "complete", SourceSnapshot.kind != SOLD))
    return Beginnings(
        counts[Customer], counts[Machine], counts[Machine] + others, bool(tx.scalar(heard)),
        bool(tx.scalar(select(exists().select_from(Reconciliation)))),
    )  # fmt: skip


def unbilled(tx: Transaction) -> list[Unbilled]:
    """What runs unbilled and waits for a decision, by customer, the dearest first; those of unknown are one."""
    total = func.sum(Finding.eur_per_year)
    rows = (
        select(Customer.code, Customer.name, func.count(), total)
        .select_from(Finding)
        .outerjoin(Finding.customer)
        .where(Finding.rule == UNBILLED, Finding.state.in_(sorted(UNDECIDED)))
        .group_by(Customer.code, Customer.name)
        .order_by(total.desc(), Customer.name)
    )
    return [Unbilled(code, name, count, euros) for code, name, count, euros in tx.execute(rows)]
