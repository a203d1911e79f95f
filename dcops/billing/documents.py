"""A row of a document as the value that every exit shows; a draft shows the parties as they are today."""

from __future__ import annotations

from dcops.billing import parties
from dcops.billing.document import Document, DocumentLine, Mentions, Party
from dcops.billing.models import Invoice, InvoiceLine
from dcops.config import Settings


def document_of(row: Invoice, settings: Settings) -> Document:
    """The document of a row whose lines, customer and credited invoice are loaded."""
    credited = row.credited
    credits = (credited.number, credited.issued_on) if credited and credited.number and credited.issued_on else None
    return Document(
        id=row.id,
        kind="credit_note" if row.kind == "credit_note" else "invoice",
        year=row.year,
        seller=Party(**row.seller) if row.seller else parties.seller(settings),
        buyer=Party(**row.buyer) if row.buyer else parties.buyer(row.customer),
        lines=tuple(_line(line) for line in row.lines),
        budget=row.budget,
        mentions=Mentions(**row.mentions) if row.mentions else parties.mentions(settings, row.budget),
        number=row.number,
        series=row.series,
        sequence=row.sequence,
        issued_on=row.issued_on,
        due_on=row.due_on,
        order_number=row.order_number if row.number else row.customer.order_number,
        reason=row.reason,
        credits=credits,
    )


def _line(row: InvoiceLine) -> DocumentLine:
    return DocumentLine(
        position=row.position, code=row.code, tariff=row.tariff, section=row.section, label=row.label, unit=row.unit,
        kind=row.kind, quantity=row.quantity, unit_price=row.unit_price, amount=row.amount, start=row.start,
        end=row.end, vat_category=row.vat_category, vat_rate=row.vat_rate, account=row.account or "",
        evidence=row.evidence, explanation=tuple(row.explanation),
    )  # fmt: skip
