"""A statement of support minutes as a file for the commune."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from dcops.support.models import LedgerEntry

HEADER = ("écriture", "date", "nature", "minutes", "minutes travaillées", "forfait", "objet", "auteur", "annule")
KINDS = {"purchase": "achat", "debit": "intervention", "goodwill": "geste commercial", "correction": "correction"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
        _inert(entry.what),
        _inert(entry.author),
        entry.reverses_id or "",
    )


def _inert(text: str) -> str:
    """Text that a spreadsheet does not run as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
