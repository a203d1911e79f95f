"""Reads of the ledger of support minutes, and the lock that keeps two debits from overdrawing one customer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from dcops.support.models import LedgerEntry
from inventory import store
from inventory.errors import NotFound
from inventory.models import Customer
from inventory.orm import Transaction, row_id


def lock_customer(tx: Transaction, code: str) -> Customer:
    """The customer, held until the end of the transaction: ledgers are written one at a time. Raises NotFound.

    A write that changes nothing takes the row lock on PostgreSQL and the write lock on SQLite, where
    SELECT … FOR UPDATE does not exist and a transaction that reads first could not be upgraded later.
    """
    tx.execute(update(Customer).where(Customer.code == code).values(name=Customer.name))
    return store.customer(tx, code)


def lock_entry(tx: Transaction, entry_id: int) -> LedgerEntry:
    """One entry, its customer held likewise. Raises NotFound."""
    holder = select(LedgerEntry.customer_id).where(LedgerEntry.id == row_id(entry_id)).scalar_subquery()
    tx.execute(update(Customer).where(Customer.id == holder).values(name=Customer.name))
    return entry(tx, entry_id)


def entries(tx: Transaction, customer_id: int) -> Sequence[LedgerEntry]:
    """A customer's whole ledger, by day then order of recording."""
    query = select(LedgerEntry).where(LedgerEntry.customer_id == customer_id)
    return tx.scalars(query.order_by(LedgerEntry.on, LedgerEntry.id)).all()


def entry(tx: Transaction, entry_id: int) -> LedgerEntry:
    """One entry of any ledger. Raises NotFound."""
    found = tx.get(LedgerEntry, row_id(entry_id))
    if found is None:
        raise NotFound(f"écriture inconnue : n° {entry_id}. Voir « dcops hours statement ».")
    return found


def all_entries(tx: Transaction) -> dict[str, list[LedgerEntry]]:
    """The ledgers of every customer that has one, by customer code: one query."""
    query = select(Customer.code, LedgerEntry).join(Customer, Customer.id == LedgerEntry.customer_id)
    ledgers: dict[str, list[LedgerEntry]] = {}
    for code, found in tx.execute(query.order_by(Customer.code, LedgerEntry.id)):
        ledgers.setdefault(code, []).append(found)
    return ledgers
