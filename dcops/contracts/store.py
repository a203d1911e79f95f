"""The SELECTs over what was sold without an asset: subscriptions and purchases of hour packs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from dcops.contracts.models import Subscription
from dcops.support.models import LedgerEntry
from inventory.errors import NotFound
from inventory.models import Customer
from inventory.orm import Transaction, row_id


def select_subscriptions(customer: str | None = None) -> Select[Subscription]:
    """Subscriptions with their amendments by customer, code and first day; those of one customer code."""
    wanted = (
        select(Subscription)
        .join(Subscription.customer)
        .options(joinedload(Subscription.customer), selectinload(Subscription.amendments))
        .order_by(Customer.code, Subscription.code, Subscription.start, Subscription.id)
    )
    return wanted if customer is None else wanted.where(Customer.code == customer)


def subscriptions(tx: Transaction, customer: str | None = None) -> list[Subscription]:
    return list(tx.scalars(select_subscriptions(customer)))


def subscription(tx: Transaction, id: int) -> Subscription:
    """The subscription of that id. Raises NotFound."""
    found = tx.scalar(select_subscriptions().where(Subscription.id == row_id(id)))
    if found is None:
        raise NotFound(f"abonnement n° {id} inconnu : le chercher dans la liste (dcops subscriptions list).")
    return found


def purchases(tx: Transaction, start: date, end: date, customer: str | None = None) -> Sequence[LedgerEntry]:
    """Hour packs bought in [start, end) and not corrected since, by customer and day; those of one customer code."""
    correction = aliased(LedgerEntry)
    wanted = (
        select(LedgerEntry)
        .join(LedgerEntry.customer)
        .outerjoin(correction, correction.reverses_id == LedgerEntry.id)
        .where(LedgerEntry.kind == "purchase", correction.id.is_(None))
        .where(LedgerEntry.on >= start, LedgerEntry.on < end)
        .options(joinedload(LedgerEntry.customer))
        .order_by(Customer.code, LedgerEntry.on, LedgerEntry.id)
    )
    return tx.scalars(wanted if customer is None else wanted.where(Customer.code == customer)).all()
