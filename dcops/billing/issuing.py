"""Giving a document its number: from then on it never changes, and the next one follows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, timedelta

from dcops.billing import parties, store
from dcops.billing.models import Invoice
from dcops.billing.numbering import number_of, series_of
from dcops.config import Settings
from inventory.errors import Conflict
from inventory.orm import Transaction

TURN = "billing"
"""The turn of whoever drafts, issues or credits: one at a time."""


def number(tx: Transaction, rows: Iterable[Invoice], settings: Settings, who: str, day: date) -> None:
    """Number documents in their order, with the parties and the mentions of that day; the turn must be held.

    Raises Invalid when the settings do not say who issues, Conflict when a later day is already numbered.
    """
    parties.require_seller(settings)
    last: dict[str, int] = {}
    for row in rows:
        series = series_of(row.budget, day)
        if series not in last:
            last[series] = _last(tx, series, day)
        last[series] += 1
        _give(row, series, last[series], settings, who, day)
    tx.flush()


def _last(tx: Transaction, series: str, day: date) -> int:
    sequence, latest = store.last_sequence(tx, series)
    if latest is not None and latest > day:
        raise Conflict(
            f"la série {series} va jusqu'au {latest:%d/%m/%Y} : aucun numéro ne se donne à une date antérieure, "
            "vérifier l'horloge."
        )
    return sequence


def _give(row: Invoice, series: str, sequence: int, settings: Settings, who: str, day: date) -> None:
    row.series, row.sequence, row.number = series, sequence, number_of(row.budget, day, sequence)
    row.issued_on, row.issued_by = day, who
    row.due_on = day + timedelta(days=settings.billing.payment_days) if row.kind == "invoice" else None
    row.order_number = row.customer.order_number
    row.seller = asdict(parties.seller(settings))
    row.buyer = asdict(parties.buyer(row.customer))
    row.mentions = asdict(parties.mentions(settings, row.budget))
