"""Why it may be too early to issue: silent sources, open differences worth much, what changed since the draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dcops.billing.models import BillingRun
from dcops.billing.outstanding import changed_since
from dcops.config import Settings
from dcops.money import french
from inventory import store
from inventory.errors import Conflict
from inventory.findings import ACTIVE
from inventory.french import counted, instant, source_named
from inventory.orm import Transaction

EVER = datetime.min.replace(tzinfo=UTC)


def warnings(tx: Transaction, run: BillingRun, settings: Settings, now: datetime) -> list[str]:
    """What a reviewer should settle before a run is issued, in French; empty when nothing speaks against it."""
    billing = settings.billing
    if billing.gate == "off":
        return []
    return [*_changed(tx, run, settings), *_stale(tx, billing.stale_days, now), *_open(tx, billing.open_findings)]


def require_open(tx: Transaction, run: BillingRun, settings: Settings, now: datetime) -> None:
    """Raise Conflict when the settings say that such warnings block."""
    found = warnings(tx, run, settings, now) if settings.billing.gate == "block" else []
    if found:
        raise Conflict(f"l'émission est bloquée (réglage billing.gate) : {' '.join(found)}")


def _changed(tx: Transaction, run: BillingRun, settings: Settings) -> Sequence[str]:
    count = changed_since(tx, run, settings)
    if not count:
        return []
    lines = counted(count, "ligne serait autre", "lignes seraient autres")
    return [f"{lines} que dans ce calcul du {instant(run.computed_at)} : recalculer la campagne."]


def _stale(tx: Transaction, days: int, now: datetime) -> Sequence[str]:
    """A sentence per source that has not told everything for so many days, or never did."""
    limit, complete = now - timedelta(days=days), dict(store.last_complete(tx))
    asked = sorted({row.source for row in store.latest_snapshots(tx)})
    return [_silence(source, complete.get(source)) for source in asked if complete.get(source, EVER) < limit]


def _silence(source: str, since: datetime | None) -> str:
    if since is None:
        return f"{source_named(source)} n'a encore jamais répondu complètement."
    return f"{source_named(source)} n'a pas répondu complètement depuis le {instant(since)}."


def _open(tx: Transaction, amount: Decimal) -> Sequence[str]:
    rows = store.findings_by_rule(tx, ACTIVE)
    count, worth = sum(row[1] for row in rows), sum((row[2] for row in rows), Decimal(0))
    if worth <= amount:
        return []
    return [f"{counted(count, 'écart ouvert', 'écarts ouverts')} pour {french(worth)} par an : les traiter avant."]
