"""Whose the things that the sources last told are, by the rules, and what is left to nobody."""

from __future__ import annotations

from inventory import store
from inventory.evidence import fact_of
from inventory.evidence_store import last_told
from inventory.facts import BackupStore, Guest, Seats, Tenant
from inventory.mapping import CustomerRules
from inventory.mapping_review import Review, Thing, review, things_of
from inventory.match import DOCUMENTED, REAL
from inventory.orm import Transaction

_WRITTEN = {REAL: {"guest", "seats", "backup-store"}, DOCUMENTED: {"tenant"}}
"""The facts of each kind of truth that carry words about whose they are."""


def reviewed(tx: Transaction, rules: CustomerRules) -> Review:
    """How the rules decide of everything that was last told, with the codes that are no customer's."""
    return review(rules, things_told(tx), store.customer_names(tx))


def things_told(tx: Transaction) -> list[Thing]:
    """What runs, is documented, is protected and is kept, as the sources last told it."""
    told = (
        fact_of(document)
        for kind, types in _WRITTEN.items()
        for row in last_told(tx, kind)
        for document in row.facts
        if document["type"] in types
    )
    return things_of(fact for fact in told if isinstance(fact, Guest | Tenant | Seats | BackupStore))
