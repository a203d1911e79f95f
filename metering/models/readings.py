"""Tables of readings, of the intervals made of them and of what people decided; append only; no query."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.orm import Base, BigId, Energy, EpochSeconds, Key, UtcDateTime
from metering.models.meters import Meter

_ESTIMATED = text("flag = 'ESTIMATED'")


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


class ReadingFault(Base):
    """A reading or an interval set aside for a person: never billed, never dropped."""

    __tablename__ = "reading_faults"
    __table_args__ = (Index("ix_reading_faults_meter_id_at", "meter_id", "at", "kind", unique=True),)

    id: Mapped[Key]
    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"))
    at: Mapped[datetime] = mapped_column(EpochSeconds)
    kind: Mapped[str] = mapped_column(String(30))  # reset, high-limit, spike, different-value, clock
    wh: Mapped[int | None] = mapped_column(Energy)  # what the register said
    since: Mapped[datetime | None] = mapped_column(EpochSeconds)  # the last believed reading before it, where told
    stake_wh: Mapped[int | None] = mapped_column(Energy)  # the energy it is about, where told
    message: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    meter: Mapped[Meter] = relationship()


class VeeDecision(Base):
    """What a person decided of [start, end) of a meter, and why; append only, the last decision of a span counts.

    ``kind``: accept (the reading at ``end`` is believed), reject (it is not), estimate (the span is estimated by the
    usual methods), edit (its energy is ``wh``).
    """

    __tablename__ = "vee_decisions"
    __table_args__ = (
        CheckConstraint("kind IN ('accept', 'reject', 'estimate', 'edit')", name="kind"),
        CheckConstraint("(kind = 'edit') = (wh IS NOT NULL)", name="wh"),
        CheckConstraint('start < "end"', name="period"),
        Index("ix_vee_decisions_meter_id_start", "meter_id", "start"),
    )

    id: Mapped[Key]
    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"))
    fault_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("reading_faults.id"), index=True)
    start: Mapped[datetime] = mapped_column(EpochSeconds)
    end: Mapped[datetime] = mapped_column(EpochSeconds)
    kind: Mapped[str] = mapped_column(String(10))
    wh: Mapped[int | None] = mapped_column(Energy)
    author: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    meter: Mapped[Meter] = relationship()


class EnergyInterval(Base):
    """Validated energy of a meter over [start, end); a better value is a new version, the old one stays."""

    __tablename__ = "intervals"
    __table_args__ = (
        CheckConstraint('start < "end"', name="period"),
        CheckConstraint("wh >= 0", name="wh"),
        Index(
            "ix_intervals_estimated", "start", sqlite_where=_ESTIMATED, postgresql_where=_ESTIMATED
        ),  # few rows: what is estimated for long is found without reading the others
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


class RollUpMark(Base):
    """A meter whose readings from an instant on are not all rolled up into intervals; no row: nothing to do."""

    __tablename__ = "roll_up_marks"

    meter_id: Mapped[int] = mapped_column(BigId, ForeignKey("meters.id"), primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(EpochSeconds)


class ReadingArchive(Base):
    """A Parquet file that holds readings of one civil month, received until an instant, and no longer the database."""

    __tablename__ = "reading_archives"
    __table_args__ = (UniqueConstraint("month", "part"),)

    id: Mapped[Key]
    month: Mapped[date]  # its first day
    part: Mapped[int]  # from 1: readings that came after the month was archived make another file
    path: Mapped[str] = mapped_column(String(200), unique=True)  # relative to the folder of the settings
    start: Mapped[datetime] = mapped_column(EpochSeconds)  # of the month
    end: Mapped[datetime] = mapped_column(EpochSeconds)
    received_until: Mapped[datetime] = mapped_column(EpochSeconds)
    rows: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    archived_at: Mapped[datetime] = mapped_column(UtcDateTime)
