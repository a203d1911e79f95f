"""Tables of meters: what each counts and where, the exchange of its device, how racks are divided; no query."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Rack, Share
from inventory.orm import Base, BigId, Energy, EpochSeconds, Key, UtcDateTime


class Meter(Base):
    """A point that counts energy: one register of one device. Its place: a rack and feed, or a share."""

    __tablename__ = "meters"
    __table_args__ = (
        CheckConstraint("scope IN ('rack', 'share', 'outlet')", name="scope"),
        CheckConstraint("scope = 'rack' OR share_id IS NOT NULL", name="share"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    rack_id: Mapped[int] = mapped_column(BigId, ForeignKey("racks.id"), index=True)
    feed: Mapped[str | None] = mapped_column(String(10))
    driver: Mapped[str] = mapped_column(String(20))  # snmp, modbus, prometheus, csv, simulated
    address: Mapped[str] = mapped_column(String(500))  # as its driver writes it; empty for csv
    profile: Mapped[str | None] = mapped_column(String(50))
    point: Mapped[str] = mapped_column(String(50), default="inlet:1")  # kind:index as `meters probe` prints them
    scope: Mapped[str] = mapped_column(String(10), default="rack")
    share_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shares.id"), index=True)
    max_w: Mapped[int]
    serial: Mapped[str | None] = mapped_column(String(64))  # of the device, as its plate says
    resettable: Mapped[bool] = mapped_column(default=False)  # whether somebody may put the register back to 0
    modulus_wh: Mapped[int | None] = mapped_column(BigInteger)  # the register returns to 0 after this; None: unknown
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rack: Mapped[Rack] = relationship()
    share: Mapped[Share | None] = relationship()


class MeterExchange(Base):
    """A meter's device replaced: the closing index of the old register, the opening index of the new one."""

    __tablename__ = "meter_exchanges"

    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(EpochSeconds, primary_key=True)
    closing_wh: Mapped[int] = mapped_column(Energy)
    opening_wh: Mapped[int] = mapped_column(Energy)
    author: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)


class AllocationPolicy(Base):
    """From an instant on, how the energy that no meter of a share counts is divided: of one rack, or of all of them.

    A policy of the rack goes before that of all racks; the last start counts. Append only: a bill may rest on it.
    """

    __tablename__ = "allocation_policies"
    __table_args__ = (CheckConstraint("policy IN ('units', 'power', 'equal')", name="policy"),)

    id: Mapped[Key]
    rack_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("racks.id"), index=True)
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    policy: Mapped[str] = mapped_column(String(10))
    author: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rack: Mapped[Rack | None] = relationship()
