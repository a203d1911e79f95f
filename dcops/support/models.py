"""The ledger of support minutes: append only; a balance is always a replay of its entries."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Customer
from inventory.orm import Base, BigId, Key, UtcDateTime


class LedgerEntry(Base):
    """One entry: purchase (+), debit (-), goodwill (+), correction (reverses one named entry, opposite sign).

    ``minutes`` is what moves the balance (accounted, signed); ``logged_minutes`` what was worked.
    Debits name no pack: which pack pays is found by replay (oldest expiry first on the worked day).
    """

    __tablename__ = "hour_ledger"
    __table_args__ = (
        CheckConstraint("kind IN ('purchase', 'debit', 'goodwill', 'correction')", name="kind"),
        CheckConstraint("minutes <> 0", name="minutes"),
        Index("ix_hour_ledger_customer_id_on", "customer_id", "on"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))
    kind: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]  # day of purchase or of work
    minutes: Mapped[int]
    logged_minutes: Mapped[int | None]
    pack: Mapped[str | None] = mapped_column(String(50))  # purchase: grid code, e.g. assist-5h
    expires_on: Mapped[date | None]  # purchase: first day on which the pack is no longer valid
    what: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reverses_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("hour_ledger.id"), unique=True)
    customer: Mapped[Customer] = relationship()
