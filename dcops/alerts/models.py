"""Tables of alerts and of what was sent of them; no query."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.orm import Base, BigId, Key, UtcDateTime

OPEN = text("closed_at IS NULL")


class Alert(Base):
    """Something to look at, from when it was seen to when it was no more; one open at a time of a kind and subject."""

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint("severity IN ('warning', 'critical')", name="severity"),
        Index("ix_alerts_open", "kind", "subject", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))  # feed-load, feed-silent, meter-stale, register-frozen, …
    subject: Mapped[str] = mapped_column(String(200))  # baie:A01/A, compteur:PDU-1
    severity: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notices: Mapped[list[AlertNotice]] = relationship(back_populates="alert", order_by="AlertNotice.id")


class AlertNotice(Base):
    """One message about an alert to one channel: due until it is sent, with what went wrong meanwhile."""

    __tablename__ = "alert_notices"
    __table_args__ = (CheckConstraint("what IN ('opened', 'closed')", name="what"),)

    id: Mapped[Key]
    alert_id: Mapped[int] = mapped_column(BigId, ForeignKey("alerts.id"), index=True)
    channel: Mapped[str] = mapped_column(String(100))  # email, or the name of a webhook
    what: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")
    alert: Mapped[Alert] = relationship(back_populates="notices")
