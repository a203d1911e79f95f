"""Tables of what was sold without an asset of its own: dated subscriptions to a line of the grid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Customer
from inventory.orm import Base, BigId, Key, Price


class Subscription(Base):
    """A dated quantity of a grid line held by a customer; ``agreed_price`` for quote-only lines."""

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
    start: Mapped[date]
    end: Mapped[date | None]
    customer: Mapped[Customer] = relationship()
