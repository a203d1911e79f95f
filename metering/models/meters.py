"""Tables of meters: what each counts and where, the exchange of its device, how racks are divided; no query."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Rack, Share
from inventory.orm import Base, BigId, Energy, EpochSeconds, Key, UtcDateTime


class Meter(Base):
    """A point that counts energy: one register of one device, in service over [start, end). Where: its places."""

    __tablename__ = "meters"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    driver: Mapped[str] = mapped_column(String(20))  # snmp, modbus, prometheus, csv, simulated
    address: Mapped[str] = mapped_column(String(500))  # as its driver writes it; empty for csv
    profile: Mapped[str | None] = mapped_column(String(50))
    point: Mapped[str] = mapped_column(String(50), default="inlet:1")  # kind:index as `meters probe` prints them
    max_w: Mapped[int]
    serial: Mapped[str | None] = mapped_column(String(64))  # of the device, as its plate says
    resettable: Mapped[bool] = mapped_column(default=False)  # whether somebody may put the register back to 0
    modulus_wh: Mapped[int | None] = mapped_column(BigInteger)  # the register returns to 0 after this; None: unknown
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    places: Mapped[list[MeterPlace]] = relationship(
        back_populates="meter", order_by="MeterPlace.start, MeterPlace.id", cascade="all, delete-orphan"
    )


class MeterPlace(Base):
    """Where a meter counts over [start, end): one place at a time, but for a busbar, that has one for each feed.

    ``scope``: rack (the whole rack, one feed or all of them), share or outlet (one share of it), check (compared with
    what counts, never billed), busbar (it supplies that feed of that rack, among others), site (the whole site).
    """

    __tablename__ = "meter_places"
    __table_args__ = (
        CheckConstraint("scope IN ('rack', 'share', 'outlet', 'check', 'busbar', 'site')", name="scope"),
        CheckConstraint("(scope IN ('share', 'outlet')) = (share_id IS NOT NULL)", name="share"),
        CheckConstraint("(scope = 'site') = (rack_id IS NULL)", name="rack"),
        CheckConstraint('"end" IS NULL OR start < "end"', name="period"),
    )

    id: Mapped[Key]
    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"), index=True)
    rack_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("racks.id"), index=True)
    feed: Mapped[str | None] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(10), default="rack")
    share_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shares.id"), index=True)
    start: Mapped[datetime] = mapped_column(EpochSeconds)
    end: Mapped[datetime | None] = mapped_column(EpochSeconds)
    meter: Mapped[Meter] = relationship(back_populates="places")
    rack: Mapped[Rack | None] = relationship()
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
    recorded_at: Mapped[datetime | None] = mapped_column(EpochSeconds)  # unknown of those told before it was kept


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
