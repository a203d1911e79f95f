"""Tables of customers: who buys, members since when, how many inhabitants; no query."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.orm import Base, BigId, Key


class Customer(Base):
    """A public body that buys services."""

    __tablename__ = "customers"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))  # commune, epci, department, metropole, syndicate, other
    siren: Mapped[str | None] = mapped_column(String(9))
    siret: Mapped[str | None] = mapped_column(String(14))
    insee: Mapped[str | None] = mapped_column(String(5))
    address: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str | None] = mapped_column(String(5))
    city: Mapped[str | None] = mapped_column(String(100))
    paying_service: Mapped[str | None] = mapped_column(String(100))  # its "code service exécutant"
    order_number_required: Mapped[bool] = mapped_column(default=False)
    order_number: Mapped[str | None] = mapped_column(String(50))  # its standing "numéro d'engagement"
    memberships: Mapped[list[Membership]] = relationship(order_by="Membership.start", cascade="all, delete-orphan")
    populations: Mapped[list[Population]] = relationship(order_by="Population.year", cascade="all, delete-orphan")


class Membership(Base):
    """A dated membership of the syndicate: decides the price class. Half open; ``end`` None = running."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint('"end" IS NULL OR start < "end"', name="period"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    start: Mapped[date]
    end: Mapped[date | None]


class Population(Base):
    """Inhabitants of a customer from the 1st of January of ``year``; ``year`` None: at any time not told otherwise."""

    __tablename__ = "populations"
    __table_args__ = (
        UniqueConstraint("customer_id", "year"),
        CheckConstraint("inhabitants >= 0", name="inhabitants"),
        CheckConstraint("base IN ('municipal', 'total')", name="base"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    year: Mapped[int | None]
    base: Mapped[str] = mapped_column(String(10), default="municipal")
    inhabitants: Mapped[int]
