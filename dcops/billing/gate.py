"""Why it may be too early to issue: sources that have been silent for days, open differences worth much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from dcops.config import Billing
from dcops.money import french
from inventory import store
from inventory.errors import Conflict
from inventory.findings import ACTIVE
from inventory.french import counted, instant, source_named
from inventory.orm import Transaction


def warnings(tx: Transaction, billing: Billing, now: datetime) -> list[str]:
    """What a reviewer should settle first, in French; empty when nothing speaks against issuing."""
    if billing.gate == "off":
        return []
    return [*_stale(tx, billing.stale_days, now), *_open(tx, billing.open_findings)]


def require_open(tx: Transaction, billing: Billing, now: datetime) -> None:
    """Raise Conflict when the settings say that such warnings block."""
    found = warnings(tx, billing, now) if billing.gate == "block" else []
    if found:
        raise Conflict(f"l'émission est bloquée (réglage billing.gate) : {' '.join(found)}")


def _stale(tx: Transaction, days: int, now: datetime) -> Sequence[str]:
    limit = now - timedelta(days=days)
    return [
        f"{source_named(source)} n'a pas répondu complètement depuis le {instant(at)}."
        for source, at in store.last_complete(tx)
        if at < limit
    ]


def _open(tx: Transaction, amount: Decimal) -> Sequence[str]:
    rows = store.findings_by_rule(tx, ACTIVE)
    count, worth = sum(row[1] for row in rows), sum((row[2] for row in rows), Decimal(0))
    if worth <= amount:
        return []
    return [f"{counted(count, 'écart ouvert', 'écarts ouverts')} pour {french(worth)} par an : les traiter avant."]
