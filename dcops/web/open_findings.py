"""Which findings still need somebody: those that pages show as open."""

from __future__ import annotations

from inventory import store
from inventory.models import Finding
from inventory.orm import Transaction

OPEN_STATES = ("open", "reopened", "acknowledged", "planned", "applied", "failed")


def open_findings(tx: Transaction, customer: str | None = None, thing: str | None = None) -> list[Finding]:
    """Findings neither verified, resolved nor ignored, the dearest first."""
    return store.findings(tx, state=OPEN_STATES, customer=customer, thing=thing)
