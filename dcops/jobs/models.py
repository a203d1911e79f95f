"""What the scheduler remembers: one state row per job, claimed by one process at a time, and its runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from inventory.orm import Base, Key, UtcDateTime


class JobState(Base):
    """The claim on a job: ``claimed_until`` in the future means somebody runs it."""

    __tablename__ = "job_states"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_success_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRun(Base):
    """One run of a job: when, how it ended, what it said."""

    __tablename__ = "job_runs"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(50), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(10), default="running")  # running, ok, failed
    message: Mapped[str] = mapped_column(Text, default="")
