"""How runs and issued documents are shown: as JSON, and as text for a person in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dcops.billing.document import Document
from dcops.billing.models import BillingRun, Invoice
from dcops.billing.review import Compared
from dcops.billing.reviewing import Review
from dcops.money import ZERO, french, text
from inventory.french import counted, instant

STATES = {"draft": "brouillon", "reviewed": "relue", "issued": "émise"}
FLAGS = {"new": "nouvelle", "gone": "plus rien", "up": "en hausse", "down": "en baisse", "": "stable"}


def run_document(run: BillingRun, documents: Sequence[Document]) -> dict[str, Any]:
    """The JSON shape of ``billing run`` for a run that is written, credit notes among its invoices."""
    return {
        "run": run.name, "year": run.year, "dry_run": False, "state": run.state,
        "invoices": [document.document() for document in documents], "skipped": run.skipped,
        **totals([(document.net, document.vat) for document in documents]),
    }  # fmt: skip


def nothing_document(year: int) -> dict[str, Any]:
    """The same shape when a year has nothing left to bill: no run was made."""
    return {
        "run": None, "year": year, "dry_run": False, "state": None, "invoices": [], "skipped": [], **totals([]),
    }  # fmt: skip


def totals(amounts: Sequence[tuple[Decimal, Decimal]]) -> dict[str, str]:
    """Sums of (net, VAT)."""
    net, vat = (sum(column, ZERO) for column in zip(*amounts, strict=True)) if amounts else (ZERO, ZERO)
    return {"net": text(net), "vat": text(vat), "gross": text(net + vat)}


def run_row(run: BillingRun, rows: Sequence[Invoice]) -> dict[str, Any]:
    """A run in a list: its state and what it adds up to."""
    return {
        "run": run.name, "year": run.year, "state": run.state, "documents": len(rows),
        "computed_at": run.computed_at.isoformat(), "computed_by": run.computed_by,
        "reviewed_by": run.reviewed_by, "issued_by": run.issued_by,
        "issued_at": run.issued_at.isoformat() if run.issued_at else None,
        **totals([(row.net, row.vat) for row in rows]),
    }  # fmt: skip


def row_text(row: dict[str, Any]) -> str:
    """A run of a list in one line."""
    state, gross = STATES[row["state"]], french(Decimal(row["gross"]))
    return f"{row['run']}  {state}  {counted(row['documents'], 'document')}  {gross} TTC"


def run_text(run: BillingRun, documents: Sequence[Document]) -> str:
    """A run for a person: who did what, one line per document, what was left out, the totals."""
    net, vat = sum((d.net for d in documents), ZERO), sum((d.vat for d in documents), ZERO)
    head = f"Campagne {run.name}, facturation {run.year} : {STATES[run.state]}, {counted(len(documents), 'document')}"
    skipped = [f"  non facturé : {line['customer']} : {line['why']}" for line in run.skipped]
    last = f"Total HT {french(net)}, TVA {french(vat)}, TTC {french(net + vat)}"
    return "\n".join([head, *_history(run), *map(document_text, documents), *skipped, last])


def _history(run: BillingRun) -> list[str]:
    told = [("calculée", run.computed_by, run.computed_at), ("relue", run.reviewed_by, run.reviewed_at)]
    told.append(("émise", run.issued_by, run.issued_at))
    return [f"  {what} par {who} le {instant(at)}" for what, who, at in told if at is not None]


def document_text(document: Document) -> str:
    """A document in one line."""
    number = document.number or "sans numéro"
    what = f"{document.title} {number}, {document.buyer.code}"
    of = f", annule {document.credits[0]}" if document.credits else ""
    amounts = f"{french(document.net)} HT, {french(document.gross)} TTC"
    return f"  {what}{of} : {amounts} ({counted(len(document.lines), 'ligne')})"


def lines_text(document: Document) -> str:
    """A document with its lines."""
    lines = [f"    {line.position}. {line.code} : {line.label} = {french(line.amount)}" for line in document.lines]
    return "\n".join([document_text(document).strip(), *lines])


def review_text(name: str, review: Review) -> str:
    """What stands out in a run, for a person."""
    flagged = [_flagged(customer) for customer in review.flagged]
    lacking = [f"  {code} : il manque {', '.join(words)}" for code, words in review.lacking.items()]
    against = " (année précédente simulée)" if review.simulated else ""
    head = f"campagne {name} relue : {counted(len(flagged), 'écart à regarder', 'écarts à regarder')}{against}."
    told = [f"  {words}" for words in (*review.warnings, *review.titres)]
    return "\n".join([head, *flagged, *lacking, *told])


def _flagged(customer: Compared) -> str:
    amounts = f"{french(customer.before)} puis {french(customer.now)}"
    return f"  {customer.customer_code} : {FLAGS[customer.flag]}, {amounts}"
