"""The SELECTs over what stands of a year's issued lines: not credited, and how often billed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from dcops.billing.corrections import Billed
from dcops.billing.models import Invoice, InvoiceLine
from inventory.orm import Transaction

_AT_ONCE = 1000


def billed(tx: Transaction, year: int) -> list[Billed]:
    """The issued lines of a civil year that count: not credited, or credited for good."""
    note, line, credit = aliased(Invoice), aliased(InvoiceLine), aliased(InvoiceLine)
    credited = (
        select(credit.key, credit.version, credit.rebill)
        .join(note, note.id == credit.invoice_id)
        .where(credit.credit, note.number.is_not(None), note.year == year)
        .subquery()
    )
    columns = (line.id, line.key, line.code, line.kind, line.amount, line.vat_category, line.vat_rate)
    wanted = (
        select(*columns, line.start, line.end, Invoice.number, credited.c.rebill)
        .select_from(line)
        .join(Invoice, Invoice.id == line.invoice_id)
        .outerjoin(credited, (credited.c.key == line.key) & (credited.c.version == line.version))
        .where(Invoice.year == year, Invoice.number.is_not(None), ~line.credit)
    )
    return [
        Billed(id, key, code, kind, number or "", amount, category, rate, start, end, settled=rebill is False)
        for id, key, code, kind, amount, category, rate, start, end, number, rebill in tx.execute(wanted)
        if not rebill
    ]


def versions(tx: Transaction, year: int) -> dict[str, int]:
    """How often each key of a civil year was billed, in issued documents."""
    wanted = (
        select(InvoiceLine.key, func.max(InvoiceLine.version))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.year == year, Invoice.number.is_not(None))
        .group_by(InvoiceLine.key)
    )
    return {row[0]: row[1] for row in tx.execute(wanted)}


def lines_by_id(tx: Transaction, ids: Sequence[int]) -> list[InvoiceLine]:
    """Lines with their invoice, by id."""
    found: list[InvoiceLine] = []
    for first in range(0, len(ids), _AT_ONCE):
        wanted = select(InvoiceLine).where(InvoiceLine.id.in_(ids[first : first + _AT_ONCE]))
        found += tx.scalars(wanted.options(joinedload(InvoiceLine.invoice)))
    return sorted(found, key=lambda line: line.id)
