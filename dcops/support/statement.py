"""What moved in a year of support minutes: as JSON values, and as a file for the commune."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dcops.support.ledger import Balance
from dcops.support.models import LedgerEntry
from inventory.csv_export import inert

HEADER = ("écriture", "date", "nature", "minutes", "minutes travaillées", "forfait", "objet", "auteur", "annule")
KINDS = {"purchase": "achat", "debit": "intervention", "goodwill": "geste commercial", "correction": "correction"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's entries of one civil year and the balance at its last day; ``opening`` the day before."""

    customer: str
    year: int
    opening: Balance
    closing: Balance
    entries: tuple[LedgerEntry, ...]

    def document(self) -> dict[str, Any]:
        return {
            "customer": self.customer,
            "year": self.year,
            "opening": self.opening.document(),
            "entries": [entry_document(entry) for entry in self.entries],
            "closing": self.closing.document(),
        }


def entry_document(entry: LedgerEntry) -> dict[str, Any]:
    """One entry as commands and the API show it."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "on": entry.on.isoformat(),
        "minutes": entry.minutes,
        "logged_minutes": entry.logged_minutes,
        "pack": entry.pack,
        "expires_on": entry.expires_on.isoformat() if entry.expires_on else None,
        "what": entry.what,
        "author": entry.author,
        "recorded_at": entry.recorded_at.isoformat(),
        "reverses": entry.reverses_id,
    }


def csv_text(entries: Iterable[LedgerEntry]) -> str:
    """One row per entry, semicolon-separated, as spreadsheets in French open it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_row(entry) for entry in entries)
    return out.getvalue()


def _row(entry: LedgerEntry) -> tuple[str | int, ...]:
    return (
        entry.id,
        f"{entry.on:%d/%m/%Y}",
        KINDS[entry.kind],
        entry.minutes,
        "" if entry.logged_minutes is None else entry.logged_minutes,
        entry.pack or "",
        inert(entry.what),
        inert(entry.author),
        entry.reverses_id or "",
    )
