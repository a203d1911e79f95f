"""Tables of what was sold without an asset of its own: dated subscriptions to a line of the grid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Customer
from inventory.orm import Base, BigId, Key, Price, UtcDateTime


class Subscription(Base):
    """A quantity of a grid line held by a customer, as first agreed; what changed since are its amendments.

    ``agreed_price`` is for lines on quote, ``supplier_price`` for lines that follow a supplier's. Months of
    commitment, notice and renewal are those of this contract; None: those of the grid line, or none.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint('"end" IS NULL OR start < "end"', name="period"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    code: Mapped[str] = mapped_column(String(50), index=True)
    quantity: Mapped[Decimal] = mapped_column(Price)
    agreed_price: Mapped[Decimal | None] = mapped_column(Price)
    supplier_price: Mapped[Decimal | None] = mapped_column(Price)
    start: Mapped[date]
    end: Mapped[date | None]
    commitment_months: Mapped[int | None]
    notice_months: Mapped[int | None]
    renewal_months: Mapped[int | None]  # tacit renewal by so many months; 0: none
    customer: Mapped[Customer] = relationship()
    amendments: Mapped[list[Amendment]] = relationship(order_by="Amendment.id", back_populates="subscription")


class Amendment(Base):
    """A change of a subscription from a day on: who, when, why; append only. What is None does not change.

    ``kind``: change (quantity or prices from ``effective`` on), end (it ends on ``effective``, the day after its last),
    resume (its end is taken back).
    """

    __tablename__ = "amendments"
    __table_args__ = (
        CheckConstraint("kind IN ('change', 'end', 'resume')", name="kind"),
        CheckConstraint("quantity IS NULL OR quantity > 0", name="quantity"),
    )

    id: Mapped[Key]
    subscription_id: Mapped[int] = mapped_column(BigId, ForeignKey("subscriptions.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    effective: Mapped[date]
    quantity: Mapped[Decimal | None] = mapped_column(Price)
    agreed_price: Mapped[Decimal | None] = mapped_column(Price)
    supplier_price: Mapped[Decimal | None] = mapped_column(Price)
    author: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    subscription: Mapped[Subscription] = relationship(back_populates="amendments")


class UsageCount(Base):
    """How many times a service was used in a civil year (procurements published); append only, the last one counts."""

    __tablename__ = "usage_counts"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    code: Mapped[str] = mapped_column(String(50))
    year: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(Price)
    author: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    customer: Mapped[Customer] = relationship()
