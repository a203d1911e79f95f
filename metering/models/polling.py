"""Tables of polling: each round, what each device gave in it, and which are left alone for a while; no query."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.orm import Base, BigId, Key, UtcDateTime


class PollRun(Base):
    """One round of polling: what answered, what did not, how many readings were kept.

    ``token`` names a round before the database knows it, so that one which was kept aside is never recorded twice.
    """

    __tablename__ = "poll_runs"

    id: Mapped[Key]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    devices_ok: Mapped[int]
    devices_failed: Mapped[int]
    devices_skipped: Mapped[int] = mapped_column(default=0)  # left alone after failures
    readings: Mapped[int]
    token: Mapped[str | None] = mapped_column(String(32), index=True, unique=True)
    note: Mapped[str] = mapped_column(Text, default="")  # interrupted, or written later: what a person should know
    failures: Mapped[list[PollFailure]] = relationship()


class PollFailure(Base):
    """A device that did not give its registers in a round, and its words."""

    __tablename__ = "poll_failures"

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("poll_runs.id"), index=True)
    address: Mapped[str] = mapped_column(String(500))
    message: Mapped[str] = mapped_column(Text)


class PolledDevice(Base):
    """One device as polling knows it: when it last answered, and until when it is left alone after failures."""

    __tablename__ = "polled_devices"
    __table_args__ = (UniqueConstraint("driver", "address"),)

    id: Mapped[Key]
    driver: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(500))
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message: Mapped[str] = mapped_column(Text, default="")  # of the last failure
    took_ms: Mapped[int | None]  # of its last answer: those that are slow are asked after the others


class PollResult(Base):
    """What became of one device in one round; kept for some days."""

    __tablename__ = "poll_results"
    __table_args__ = (
        CheckConstraint("outcome IN ('ok', 'partial', 'failed', 'skipped')", name="outcome"),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("poll_runs.id"), primary_key=True, autoincrement=False)
    device_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("polled_devices.id"), primary_key=True, autoincrement=False
    )
    outcome: Mapped[str] = mapped_column(String(10))
    readings: Mapped[int]
    took_ms: Mapped[int]
