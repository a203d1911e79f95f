"""Issued documents for the tests of the accounts: draft first, then lines, then a number, as the triggers demand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dcops.billing.models import Invoice, InvoiceLine
from inventory.models import Customer
from inventory.orm import Transaction


def add_customer(tx: Transaction, code: str) -> Customer:
    customer = Customer(code=code, name=code.title(), kind="commune")
    tx.add(customer)
    tx.flush()
    return customer


def issue(
    tx: Transaction, customer: Customer, year: int, lines: dict[str, str], sequence: int | None,
    credits: Invoice | None = None,
) -> Invoice:  # fmt: skip
    """A document of ``year``; ``lines``: euros by section of the grid. Without ``sequence`` it stays a draft."""
    net = sum((Decimal(amount) for amount in lines.values()), Decimal("0.00"))
    invoice = Invoice(
        customer=customer, kind="credit_note" if credits else "invoice", credited=credits, year=year, budget="F",
        net=net, vat=Decimal("0.00"), gross=net,
    )  # fmt: skip
    tx.add(invoice)
    tx.flush()
    for position, (section, amount) in enumerate(lines.items(), start=1):
        tx.add(InvoiceLine(
            invoice=invoice, position=position, key=f"{customer.code}/{year}/{section}", version=1,
            credit=credits is not None, code=f"code-{section}", tariff="2024", section=section, label="Ligne",
            unit="U", kind="annual", quantity=Decimal(1), unit_price=abs(Decimal(amount)), amount=Decimal(amount),
            start=date(year, 1, 1), end=date(year + 1, 1, 1), vat_category="O", vat_rate=Decimal(0), evidence={},
            explanation=[],
        ))  # fmt: skip
    tx.flush()
    if sequence is not None:
        invoice.series, invoice.sequence, invoice.number = "F-2025", sequence, f"F-2025-{sequence:05d}"
        invoice.issued_on = date(2025, 2, 1)
        tx.flush()
    return invoice
