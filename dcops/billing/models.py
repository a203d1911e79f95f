"""Tables of billing runs and of the documents they issue; what has a number never changes, by trigger."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Customer
from inventory.orm import Base, BigId, Key, Money, Price, UtcDateTime


class BillingRun(Base):
    """The bills of a civil year on their way: draft, reviewed, issued; one on its way per year.

    ``skipped`` is what could not be billed when it was computed, as its JSON documents.
    """

    __tablename__ = "billing_runs"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'reviewed', 'issued')", name="state"),
        Index(
            "uq_billing_runs_on_its_way", "year", unique=True,
            sqlite_where=text("state <> 'issued'"), postgresql_where=text("state <> 'issued'"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(20), unique=True)  # "2024-1"
    year: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    skipped: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    computed_by: Mapped[str] = mapped_column(String(100))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str | None] = mapped_column(String(100))
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_by: Mapped[str | None] = mapped_column(String(100))
    invoices: Mapped[list[Invoice]] = relationship(back_populates="run", order_by="Invoice.id")


class Invoice(Base):
    """An invoice, or a credit note (type 381) of the invoice ``credits_id``; immutable once it has a number.

    ``seller`` and ``buyer`` are the parties as they were when it was issued; amounts of a credit note are negative.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("series", "sequence"),
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
        CheckConstraint("(kind = 'credit_note') = (credits_id IS NOT NULL)", name="credits"),
        CheckConstraint(
            "(number IS NULL) = (series IS NULL) AND (number IS NULL) = (sequence IS NULL) "
            "AND (number IS NULL) = (issued_on IS NULL)",
            name="number",
        ),
    )

    id: Mapped[Key]
    run_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("billing_runs.id"), index=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    year: Mapped[int] = mapped_column(index=True)  # the civil year billed
    credits_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("invoices.id"), index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    budget: Mapped[str] = mapped_column(String(8))  # code of the budget that issues it
    series: Mapped[str | None] = mapped_column(String(40))
    sequence: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    issued_by: Mapped[str | None] = mapped_column(String(100))
    order_number: Mapped[str | None] = mapped_column(String(50))
    seller: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    buyer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    mentions: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    net: Mapped[Decimal] = mapped_column(Money)
    vat: Mapped[Decimal] = mapped_column(Money)
    gross: Mapped[Decimal] = mapped_column(Money)
    run: Mapped[BillingRun | None] = relationship(back_populates="invoices")
    customer: Mapped[Customer] = relationship()
    credited: Mapped[Invoice | None] = relationship(remote_side="Invoice.id")
    lines: Mapped[list[InvoiceLine]] = relationship(
        back_populates="invoice", order_by="InvoiceLine.position", cascade="all, delete-orphan"
    )


class InvoiceLine(Base):
    """One line, with what it was computed from. ``key`` names the order, the line and the days it is for.

    ``version`` counts how often those days were billed: a line billed anew after a credit is the next version.
    ``rebill``: on a credit note, whether the days may be billed again.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (
        UniqueConstraint("key", "version", "credit"),
        UniqueConstraint("invoice_id", "position"),
        CheckConstraint('start < "end"', name="period"),
    )

    id: Mapped[Key]
    invoice_id: Mapped[int] = mapped_column(BigId, ForeignKey("invoices.id"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(200))  # "machine/12/vm1/annual/2024-01-01/2025-01-01"
    version: Mapped[int]
    credit: Mapped[bool] = mapped_column(default=False)
    rebill: Mapped[bool] = mapped_column(default=False)
    code: Mapped[str] = mapped_column(String(50), index=True)
    tariff: Mapped[str] = mapped_column(String(50))  # name of the grid
    section: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(400))
    unit: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(12))
    quantity: Mapped[Decimal] = mapped_column(Price)
    unit_price: Mapped[Decimal] = mapped_column(Price)
    amount: Mapped[Decimal] = mapped_column(Money)
    start: Mapped[date]
    end: Mapped[date]
    vat_category: Mapped[str] = mapped_column(String(2))
    vat_rate: Mapped[Decimal] = mapped_column(Price)  # percent
    account: Mapped[str | None] = mapped_column(String(12))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    explanation: Mapped[list[str]] = mapped_column(JSON)
    invoice: Mapped[Invoice] = relationship(back_populates="lines")
