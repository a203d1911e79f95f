"""Tables of findings, their moves, and the plans that settle them; no query."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models.customers import Customer
from inventory.orm import Base, BigId, Key, Money, UtcDateTime


class Finding(Base):
    """One difference between sold, documented and real; its key is (thing, rule, field)."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("thing", "rule", "field"),
        Index("ix_findings_board", "state", "rule", "first_seen", "eur_per_year"),
    )

    id: Mapped[Key]
    thing: Mapped[str] = mapped_column(String(200))  # "vm:amiens-a/101", "rack:A01"
    rule: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(40), default="")
    scope: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    sold: Mapped[Any] = mapped_column(JSON)
    documented: Mapped[Any] = mapped_column(JSON)
    real: Mapped[Any] = mapped_column(JSON)
    eur_per_year: Mapped[Decimal] = mapped_column(Money)
    state: Mapped[str] = mapped_column(String(20))
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    frozen: Mapped[bool] = mapped_column(default=False)  # its scope did not answer: neither confirmed nor resolved
    ignored_until: Mapped[date | None]  # an ignored finding comes back on that day; None: when its values change
    sources: Mapped[dict[str, Any]] = mapped_column(JSON)  # source name -> snapshot instant
    customer: Mapped[Customer | None] = relationship()
    moves: Mapped[list[FindingMove]] = relationship(order_by="FindingMove.id")


class FindingMove(Base):
    """One move of a finding from state to state: who, when, why. Append only."""

    __tablename__ = "finding_moves"

    id: Mapped[Key]
    finding_id: Mapped[int] = mapped_column(BigId, ForeignKey("findings.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    before: Mapped[str | None] = mapped_column(String(20))
    after: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)


class Plan(Base):
    """A reviewed list of actions: applied as it was reviewed (``checksum``), or not at all."""

    __tablename__ = "plans"
    __table_args__ = (CheckConstraint("state IN ('draft', 'applying', 'applied', 'abandoned')", name="state"),)

    id: Mapped[Key]
    state: Mapped[str] = mapped_column(String(10))
    checksum: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(100))
    approved_by: Mapped[str | None] = mapped_column(String(100))  # who let it go beyond the ceiling
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_by: Mapped[str | None] = mapped_column(String(100))
    actions: Mapped[list[PlanAction]] = relationship(order_by="PlanAction.id", back_populates="plan")

    @property
    def standing(self) -> str:
        """Its state as people are told it: applied, with something refused or out of date, is ``degraded``."""
        whole = all(action.state in ("pending", "applied") for action in self.actions)
        return self.state if whole or self.state != "applied" else "degraded"


class PlanAction(Base):
    """One action of a plan, see ``inventory.plan``.

    ``payload`` is what is to be done, ``expected`` what must still be true, ``message`` the words of what refused it.
    """

    __tablename__ = "plan_actions"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'applied', 'failed', 'outdated')", name="state"),
        UniqueConstraint("plan_id", "finding_id", "kind"),
    )

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"), index=True)
    finding_id: Mapped[int] = mapped_column(BigId, ForeignKey("findings.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    target: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(300))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    expected: Mapped[dict[str, Any]] = mapped_column(JSON)
    eur_per_year: Mapped[Decimal] = mapped_column(Money)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    message: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    plan: Mapped[Plan] = relationship(back_populates="actions")
    finding: Mapped[Finding] = relationship()
