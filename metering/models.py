"""Tables of meters, readings, intervals and polling; readings and intervals are append only; no query."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import NasUnit, Rack, Share
from inventory.orm import Base, BigId, Energy, EpochSeconds, Key, Price, UtcDateTime


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
    driver: Mapped[str] = mapped_column(String(20))  # snmp, csv, simulated
    address: Mapped[str] = mapped_column(String(200))  # host[:port][?community=C]; empty for csv
    profile: Mapped[str | None] = mapped_column(String(50))
    point: Mapped[str] = mapped_column(String(50), default="inlet:1")  # kind:index as `meters probe` prints them
    scope: Mapped[str] = mapped_column(String(10), default="rack")
    share_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shares.id"), index=True)
    max_w: Mapped[int]
    modulus_wh: Mapped[int | None] = mapped_column(BigInteger)  # the register returns to 0 after this; None: unknown
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rack: Mapped[Rack] = relationship()
    share: Mapped[Share | None] = relationship()


class MeterReading(Base):
    """One register value of one meter at one instant, in whole Wh, with how it came. Append only."""

    __tablename__ = "readings"
    __table_args__ = ({"sqlite_with_rowid": False},)

    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(EpochSeconds, primary_key=True)
    wh: Mapped[int] = mapped_column(Energy)
    power_w: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(20))  # poll, csv
    received_at: Mapped[datetime] = mapped_column(EpochSeconds)


class MeterExchange(Base):
    """A meter's device replaced: the closing index of the old register, the opening index of the new one."""

    __tablename__ = "meter_exchanges"

    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(EpochSeconds, primary_key=True)
    closing_wh: Mapped[int] = mapped_column(Energy)
    opening_wh: Mapped[int] = mapped_column(Energy)
    author: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)


class ReadingFault(Base):
    """A reading or an interval set aside for a person: never billed, never dropped."""

    __tablename__ = "reading_faults"
    __table_args__ = (Index("ix_reading_faults_meter_id_at", "meter_id", "at", "kind", unique=True),)

    id: Mapped[Key]
    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"))
    at: Mapped[datetime] = mapped_column(EpochSeconds)
    kind: Mapped[str] = mapped_column(String(30))  # reset, high-limit, spike, different-value, clock
    wh: Mapped[int | None] = mapped_column(Energy)
    message: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    meter: Mapped[Meter] = relationship()


class EnergyInterval(Base):
    """Validated energy of a meter over [start, end); a better value is a new version, the old one stays."""

    __tablename__ = "intervals"
    __table_args__ = (
        CheckConstraint('start < "end"', name="period"),
        CheckConstraint("wh >= 0", name="wh"),
        {"sqlite_with_rowid": False},
    )

    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"), primary_key=True)
    start: Mapped[datetime] = mapped_column(EpochSeconds, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, default=1)
    end: Mapped[datetime] = mapped_column(EpochSeconds)
    wh: Mapped[int] = mapped_column(Energy)
    flag: Mapped[str] = mapped_column(String(12))  # ACTUAL, ESTIMATED, CALCULATED, EDITED; MISSING: withdrawn
    method: Mapped[str] = mapped_column(String(30))
    recorded_at: Mapped[datetime] = mapped_column(EpochSeconds)


class BackupMeasure(Base):
    """GB that a backup box held on a day; append only, the last measure of a day counts."""

    __tablename__ = "backup_measures"
    __table_args__ = (
        CheckConstraint("gb >= 0", name="gb"),
        Index("ix_backup_measures_nas_unit_id_on", "nas_unit_id", "on"),
    )

    id: Mapped[Key]
    nas_unit_id: Mapped[int] = mapped_column(BigId, ForeignKey("nas_units.id"))
    on: Mapped[date]
    gb: Mapped[Decimal] = mapped_column(Price)
    author: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    nas_unit: Mapped[NasUnit] = relationship()


class RollUpMark(Base):
    """A meter whose readings from an instant on are not all rolled up into intervals; no row: nothing to do."""

    __tablename__ = "roll_up_marks"

    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"), primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(EpochSeconds)


class PollRun(Base):
    """One round of polling: what answered, what did not, how many readings were kept."""

    __tablename__ = "poll_runs"

    id: Mapped[Key]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    devices_ok: Mapped[int]
    devices_failed: Mapped[int]
    readings: Mapped[int]
    failures: Mapped[list[PollFailure]] = relationship()


class PollFailure(Base):
    """A device that did not give its registers in a round, and its words."""

    __tablename__ = "poll_failures"

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("poll_runs.id"), index=True)
    address: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
