"""Tables of what the sources told, whom each machine was known to be, and what each run concluded; no query."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inventory.orm import Base, Key, Money, UtcDateTime


class SourceSnapshot(Base):
    """One scope of one answer of a source, kept as evidence; ``facts`` is the list of its facts as JSON.

    The same answer again makes no new row: ``taken_at`` moves on, ``since`` keeps the instant of the first.
    """

    __tablename__ = "source_snapshots"
    __table_args__ = (Index("ix_source_snapshots_source_taken_at", "source", "taken_at"),)

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(20))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_s: Mapped[float]
    object_count: Mapped[int]
    facts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    faults: Mapped[list[str]] = mapped_column(JSON)
    digest: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the facts, `inventory.evidence`


class SourceLock(Base):
    """Who is asking a source now: nobody else does until it is done, or until the lease of a dead one ends."""

    __tablename__ = "source_locks"

    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class GuestLink(Base):
    """What is known of a real guest: its place, its fingerprint, and what was found to be the same machine.

    ``sold`` and ``documented`` are their identities, see ``inventory.match.identity``. A fingerprint is the
    SMBIOS uuid and the MAC addresses; ``state`` is "reused" from the day another one shows at the same place until a
    person decides. A truth that no longer tells its guest is missing since an instant and for some runs; ``gone`` once
    that is believed.
    """

    __tablename__ = "guest_links"
    __table_args__ = (
        UniqueConstraint("cluster", "vmid"),
        CheckConstraint("state IN ('known', 'reused')", name="state"),
    )

    id: Mapped[Key]
    cluster: Mapped[str] = mapped_column(String(100))
    vmid: Mapped[int]
    kind: Mapped[str | None] = mapped_column(String(10))
    uuid: Mapped[str | None] = mapped_column(String(64), index=True)
    macs: Mapped[list[str]] = mapped_column(JSON)
    name: Mapped[str | None] = mapped_column(String(200))
    node: Mapped[str | None] = mapped_column(String(100))
    sold: Mapped[str | None] = mapped_column(String(250))
    documented: Mapped[str | None] = mapped_column(String(250))
    state: Mapped[str] = mapped_column(String(10), default="known")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missing_runs: Mapped[int] = mapped_column(default=0)
    undocumented_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undocumented_runs: Mapped[int] = mapped_column(default=0)
    gone: Mapped[bool] = mapped_column(default=False)
    approved_by: Mapped[str | None] = mapped_column(String(100))  # who let a removal beyond the ceiling through


class Reconciliation(Base):
    """What runs concluded; one that concludes the same as the last makes no row, it prolongs it to ``last_at``.

    ``withheld`` names the scopes where more is missing than the ceiling lets be believed, with how many.
    """

    __tablename__ = "reconciliations"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened: Mapped[int]
    reopened: Mapped[int]
    resolved: Mapped[int]
    frozen: Mapped[int]
    active: Mapped[int]
    eur_per_year: Mapped[Decimal] = mapped_column(Money)
    withheld: Mapped[dict[str, int]] = mapped_column(JSON)
