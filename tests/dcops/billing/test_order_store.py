"""Until when an order was billed: what issued invoices say, not drafts nor credit notes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dcops.billing.models import Invoice, InvoiceLine
from dcops.billing.order_store import billed_subscriptions, billed_until
from dcops.db import Database
from inventory.models import Customer

ZERO = Decimal(0)


def draft(customer: Customer, *keys: tuple[str, date]) -> Invoice:
    lines = [
        InvoiceLine(
            position=position, key=key, version=1, code="maint-poste", tariff="2024", section="16", label="x", unit="x",
            kind="annual", quantity=Decimal(1), unit_price=ZERO, amount=ZERO, start=date(2024, 1, 1), end=end,
            vat_category="S", vat_rate=ZERO, evidence={}, explanation=[],
        )
        for position, (key, end) in enumerate(keys, start=1)
    ]  # fmt: skip
    return Invoice(
        customer=customer, kind="invoice", year=2024, budget="", net=ZERO, vat=ZERO, gross=ZERO, lines=lines
    )  # fmt: skip


def test_only_issued_invoices_bill_an_order(database: Database) -> None:
    with database.transaction() as tx:
        who = Customer(code="albert", name="Albert", kind="commune", memberships=[], populations=[])
        issued = draft(
            who, ("subscription/1/maint-poste/annual/a", date(2024, 7, 1)),
            ("subscription/1/maint-poste/annual/b", date(2025, 1, 1)), ("machine/2/vm1/annual/a", date(2025, 1, 1)),
        )  # fmt: skip
        tx.add_all([
            issued,
            draft(who, ("subscription/1/maint-poste/annual/c", date(2026, 1, 1)),
                  ("subscription/12/maint-poste/annual/d", date(2026, 1, 1))),
        ])  # fmt: skip
        tx.flush()
        issued.series, issued.sequence, issued.number, issued.issued_on = "X/2024", 1, "X-2024-1", date(2025, 1, 31)
    with database.transaction() as tx:
        assert billed_until(tx, "subscription", 1) == date(2025, 1, 1)
        assert billed_until(tx, "machine", 2) == date(2025, 1, 1)
        assert billed_until(tx, "subscription", 12) is None
        assert billed_subscriptions(tx) == {1}
