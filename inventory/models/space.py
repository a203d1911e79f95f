"""Tables of space: sites, rooms, racks, and what is sold of them, never twice; no query."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models.customers import Customer
from inventory.orm import Base, BigId, Key, UtcDateTime
from inventory.racks import Span, units_text


class Site(Base):
    __tablename__ = "sites"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)


class Room(Base):
    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(BigId, ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(String(100))
    site: Mapped[Site] = relationship()


class Rack(Base):
    """A rack; ``feeds`` is a comma list such as ``A,B``; ``capacity_w`` is per feed.

    ``row`` and ``place`` (from 1 in its row) are where it stands: empty and None when nobody said.
    """

    __tablename__ = "racks"
    __table_args__ = (CheckConstraint("u_height > 0", name="u_height"),)

    id: Mapped[Key]
    room_id: Mapped[int] = mapped_column(BigId, ForeignKey("rooms.id"), index=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    u_height: Mapped[int]
    feeds: Mapped[str] = mapped_column(String(20), default="A,B")
    capacity_w: Mapped[int | None]
    row: Mapped[str] = mapped_column(String(50), default="")
    place: Mapped[int | None]
    room: Mapped[Room] = relationship()
    shares: Mapped[list[Share]] = relationship(back_populates="rack", order_by="Share.first_half_unit")


class Cage(Base):
    """A private cage: racks of one room sold together to one customer; more than four, see ``inventory.racks``."""

    __tablename__ = "cages"
    __table_args__ = (CheckConstraint('"end" IS NULL OR start < "end"', name="period"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    room_id: Mapped[int] = mapped_column(BigId, ForeignKey("rooms.id"))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    start: Mapped[date]
    end: Mapped[date | None]
    room: Mapped[Room] = relationship()
    customer: Mapped[Customer] = relationship()
    shares: Mapped[list[Share]] = relationship(back_populates="cage", order_by="Share.id")


class Share(Base):
    """Space of a rack sold to a customer: half units [first, end), days [start, end).

    Half units because a quarter of 42 U is 10.5 U; unit u covers half units 2(u-1) and 2(u-1)+1. Two shares never
    hold a half unit on the same day: the database refuses it (``dcops.migrations.exclusive``). ``power_w`` is what the
    contract lets it draw; a share of a cage is a full rack of it.
    """

    __tablename__ = "shares"
    __table_args__ = (
        CheckConstraint("first_half_unit >= 0 AND first_half_unit < end_half_unit", name="interval"),
        CheckConstraint('"end" IS NULL OR start < "end"', name="period"),
        CheckConstraint("kind IN ('full', 'half', 'quarter', 'unit')", name="kind"),
    )

    id: Mapped[Key]
    rack_id: Mapped[int] = mapped_column(BigId, ForeignKey("racks.id"), index=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]  # unit: first U; half, quarter: 1-based number from the bottom; full: 1
    first_half_unit: Mapped[int]
    end_half_unit: Mapped[int]
    start: Mapped[date]
    end: Mapped[date | None]
    power_w: Mapped[int | None]
    cage_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cages.id"), index=True)
    rack: Mapped[Rack] = relationship(back_populates="shares")
    customer: Mapped[Customer] = relationship()
    cage: Mapped[Cage | None] = relationship(back_populates="shares")

    @property
    def span(self) -> Span:
        """The space and the days that it holds."""
        return Span(self.first_half_unit, self.end_half_unit, self.start, self.end)

    @property
    def place(self) -> str:
        """Where it lies, as people read it: ``A03 U1 à U21``."""
        return f"{self.rack.name} {units_text(self.first_half_unit, self.end_half_unit)}"


class SpaceMove(Base):
    """What a person did to a share: booked it, moved its end, cancelled it; append only.

    ``share_id`` is the number of the share, which outlives a share that was cancelled; ``values`` is the share as JSON.
    """

    __tablename__ = "space_moves"
    __table_args__ = (CheckConstraint("what IN ('booked', 'end', 'cancelled')", name="what"),)

    id: Mapped[Key]
    rack_id: Mapped[int] = mapped_column(BigId, ForeignKey("racks.id"), index=True)
    share_id: Mapped[int] = mapped_column(BigId, index=True)
    what: Mapped[str] = mapped_column(String(10))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
