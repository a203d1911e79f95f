"""Tables of the tariff grids; a line that was used never changes: a new vote makes a new line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.orm import Base, BigId, Key, Money, Price


class Tariff(Base):
    """One grid in force over [start, end), with the vote that made it."""

    __tablename__ = "tariffs"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(50), unique=True)  # "2024"
    start: Mapped[date]
    end: Mapped[date | None]
    deliberation: Mapped[str] = mapped_column(String(200))
    lines: Mapped[list[TariffLine]] = relationship(
        back_populates="tariff", order_by="TariffLine.position, TariffLine.id"
    )


class TariffLine(Base):
    """One line of a grid. ``*_price`` None with ``*_word`` says why: "quote", "n/a" or "" (not sold)."""

    __tablename__ = "tariff_lines"
    __table_args__ = (UniqueConstraint("tariff_id", "code"),)

    id: Mapped[Key]
    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariffs.id"), index=True)
    position: Mapped[int]
    section: Mapped[str] = mapped_column(String(10))
    service: Mapped[str] = mapped_column(String(50), index=True)
    code: Mapped[str] = mapped_column(String(50), index=True)
    label: Mapped[str] = mapped_column(String(250))
    unit: Mapped[str] = mapped_column(String(50))
    behaviour: Mapped[str] = mapped_column(String(40))
    member_price: Mapped[Decimal | None] = mapped_column(Price)
    nonmember_price: Mapped[Decimal | None] = mapped_column(Price)
    member_word: Mapped[str] = mapped_column(String(60), default="")
    nonmember_word: Mapped[str] = mapped_column(String(60), default="")
    commitment_months: Mapped[int | None]
    quantity_min: Mapped[int | None]  # bracket on quantity (antivirus packages)
    quantity_max: Mapped[int | None]
    population_min: Mapped[int | None]
    population_max: Mapped[int | None]
    floor: Mapped[Decimal | None] = mapped_column(Money)
    cap: Mapped[Decimal | None] = mapped_column(Money)
    included: Mapped[Decimal | None] = mapped_column(Price)
    minutes: Mapped[int | None]  # prepaid minutes of a pack
    validity_months: Mapped[int | None]
    proration: Mapped[str] = mapped_column(String(10), default="day")  # day, month, none
    vat_category: Mapped[str] = mapped_column(String(2), default="S")
    kinds: Mapped[str] = mapped_column(String(80), default="")  # kinds of customers it is for: "commune|epci"; "" = all
    account: Mapped[str | None] = mapped_column(String(12))  # budget account of the revenue; None: that of the settings
    note: Mapped[str] = mapped_column(Text, default="")
    tariff: Mapped[Tariff] = relationship(back_populates="lines")
