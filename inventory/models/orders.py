"""Tables of what was ordered and is looked for in what runs: machines, backup boxes, licences; no query."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models.customers import Customer
from inventory.orm import Base, BigId, Key, UtcDateTime


class Machine(Base):
    """A virtual machine as it was ordered: the sold truth of a guest. GB are GiB, as the grid's VM1 is built."""

    __tablename__ = "machines"
    __table_args__ = (
        CheckConstraint("vcpu > 0 AND ram_gb > 0 AND disk_gb >= 0", name="sizes"),
        CheckConstraint('"end" IS NULL OR start < "end"', name="period"),
        Index("ix_machines_cluster_vmid", "cluster", "vmid"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), index=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    cluster: Mapped[str | None] = mapped_column(String(100))
    vmid: Mapped[int | None]
    vcpu: Mapped[int]
    ram_gb: Mapped[int]
    disk_gb: Mapped[int]
    backup_days: Mapped[int | None]  # days that its backups are kept; None: no backup was ordered
    start: Mapped[date]
    end: Mapped[date | None]
    customer: Mapped[Customer] = relationship()


class NasUnit(Base):
    """A backup box at a customer's; ``plan_gb`` is its first plan, those that followed are ``plans``."""

    __tablename__ = "nas_units"
    __table_args__ = (CheckConstraint('"end" IS NULL OR start < "end"', name="period"),)

    id: Mapped[Key]
    serial: Mapped[str] = mapped_column(String(64), unique=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    model: Mapped[str | None] = mapped_column(String(100))
    plan_gb: Mapped[int] = mapped_column(default=60)
    start: Mapped[date]
    end: Mapped[date | None]
    customer: Mapped[Customer] = relationship()
    plans: Mapped[list[NasPlan]] = relationship(order_by="NasPlan.id")


class NasPlan(Base):
    """A plan in GB that a backup box has from a day on: who, when, why; append only, the last one told counts."""

    __tablename__ = "nas_plans"
    __table_args__ = (CheckConstraint("plan_gb >= 0", name="plan_gb"),)

    id: Mapped[Key]
    nas_unit_id: Mapped[int] = mapped_column(BigId, ForeignKey("nas_units.id"), index=True)
    start: Mapped[date]
    plan_gb: Mapped[int]
    author: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AntivirusSeats(Base):
    """A dated quantity of antivirus licences of one kind held by a customer."""

    __tablename__ = "antivirus_seats"
    __table_args__ = (
        CheckConstraint("kind IN ('workstation', 'server')", name="kind"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint('"end" IS NULL OR start < "end"', name="period"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    start: Mapped[date]
    end: Mapped[date | None]
    customer: Mapped[Customer] = relationship()
