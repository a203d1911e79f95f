"""Tables of alerts and of what was sent of them; no query."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.orm import Base, BigId, Key, UtcDateTime

OPEN = text("closed_at IS NULL")
DUE = text("sent_at IS NULL")


class Alert(Base):
    """Something to look at, from when it was seen to when it was no more; one open at a time of a kind and subject.

    Without ``opened_at`` it has not lasted long enough yet: nobody was told, and it is forgotten when it is no more.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint("severity IN ('warning', 'critical')", name="severity"),
        Index("ix_alerts_open", "kind", "subject", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))  # feed-load, feed-silent, meter-stale, register-frozen, …
    subject: Mapped[str] = mapped_column(String(200))  # baie:A01/A, compteur:PDU-1
    rack: Mapped[str | None] = mapped_column(String(100))  # where to look, when it is in a rack
    severity: Mapped[str] = mapped_column(String(10))  # the worst it had since it opened
    message: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when somebody said to deal with it
    taken_by: Mapped[str | None] = mapped_column(String(100))
    taken_why: Mapped[str] = mapped_column(Text, default="")
    notices: Mapped[list[AlertNotice]] = relationship(back_populates="alert", order_by="AlertNotice.id")


class AlertNotice(Base):
    """One message about an alert to one channel: due until it is sent, with what went wrong meanwhile."""

    __tablename__ = "alert_notices"
    __table_args__ = (
        CheckConstraint("what IN ('opened', 'worsened', 'closed')", name="what"),
        Index("ix_alert_notices_due", "channel", "id", sqlite_where=DUE, postgresql_where=DUE),
    )

    id: Mapped[Key]
    alert_id: Mapped[int] = mapped_column(BigId, ForeignKey("alerts.id"), index=True)
    channel: Mapped[str] = mapped_column(String(100))  # email, or the name of a webhook
    what: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivery: Mapped[str | None] = mapped_column(String(40))  # the message that took it away, until its fate is known
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")
    alert: Mapped[Alert] = relationship(back_populates="notices")
