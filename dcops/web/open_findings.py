"""Which findings still need somebody: those that pages show as open."""

from __future__ import annotations

from inventory import store
from inventory.findings import ACTIVE
from inventory.models import Finding
from inventory.orm import Transaction


def open_findings(tx: Transaction, customer: str | None = None, thing: str | None = None) -> list[Finding]:
    """Findings still to be dealt with, the dearest first; those of a customer, or of one thing."""
    return store.findings(tx, state=ACTIVE, customer=customer, thing=thing)
