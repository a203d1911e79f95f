"""Rows of documents on their way: charges become the lines of invoices, wrong lines those of credit notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from dcops.billing import run as whole
from dcops.billing.charge import Charge
from dcops.billing.document import vat_parts
from dcops.billing.models import Invoice, InvoiceLine
from dcops.config import Settings
from dcops.money import ZERO

_STORED = Decimal("0.000001")
"""A quantity or a unit price is kept with six decimals; the amount was computed from the exact one."""


def invoices(
    run_id: int | None, found: Iterable[whole.Invoice], versions: Mapping[str, int], ids: Mapping[str, int],
    year: int, settings: Settings,
) -> list[Invoice]:  # fmt: skip
    """Rows of the invoices of a run; ``versions`` by key of a charge, ``ids`` of customers by code."""
    rows = []
    for invoice in found:
        account = settings.budget_named(invoice.budget).account
        lines = [_line(place, line, versions, account) for place, line in enumerate(invoice.lines, start=1)]
        row = Invoice(
            run_id=run_id, customer_id=ids[invoice.customer_code], kind="invoice", year=year, budget=invoice.budget,
            lines=lines,
        )  # fmt: skip
        rows.append(summed(row))
    return rows


def credit_notes(run_id: int | None, wrong: Sequence[InvoiceLine], reason: str, *, rebill: bool) -> list[Invoice]:
    """Rows of the credit notes of lines, one per invoice that they are of."""
    ordered = sorted(wrong, key=lambda line: (line.invoice_id, line.position))
    rows = []
    for _, group in groupby(ordered, key=lambda line: line.invoice_id):
        lines = list(group)
        credited = lines[0].invoice
        row = Invoice(
            run_id=run_id, customer_id=credited.customer_id, kind="credit_note", year=credited.year,
            budget=credited.budget, credits_id=credited.id, reason=reason,
            lines=[_opposite(place, line, rebill) for place, line in enumerate(lines, start=1)],
        )  # fmt: skip
        rows.append(summed(row))
    return rows


def summed(row: Invoice) -> Invoice:
    """The row with its totals: net is the sum of the lines, VAT is rounded once per category and rate."""
    row.net = sum((line.amount for line in row.lines), ZERO)
    row.vat = sum((part.vat for part in vat_parts(row.lines)), ZERO)
    row.gross = row.net + row.vat
    return row


def _line(place: int, charge: Charge, versions: Mapping[str, int], account: str) -> InvoiceLine:
    return InvoiceLine(
        position=place, key=charge.key, version=versions[charge.key], credit=False, rebill=False, code=charge.code,
        tariff=charge.tariff, section=charge.section, label=charge.label, unit=charge.unit, kind=charge.kind,
        quantity=_stored(charge.quantity), unit_price=_stored(charge.unit_price), amount=charge.amount,
        start=charge.start, end=charge.end, vat_category=charge.vat_category, vat_rate=charge.vat_rate,
        account=charge.account or account, evidence=charge.evidence, explanation=list(charge.explanation),
    )  # fmt: skip


_SAME = (
    "key", "version", "code", "tariff", "section", "label", "unit", "kind", "quantity", "unit_price", "start", "end",
    "vat_category", "vat_rate", "account", "evidence", "explanation",
)  # fmt: skip


def _opposite(place: int, line: InvoiceLine, rebill: bool) -> InvoiceLine:
    values = {name: getattr(line, name) for name in _SAME}
    return InvoiceLine(position=place, credit=True, rebill=rebill, amount=-line.amount, **values)


def _stored(value: Decimal) -> Decimal:
    return value.quantize(_STORED, ROUND_HALF_UP)
