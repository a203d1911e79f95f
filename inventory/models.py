"""Tables of what exists: customers, space, ordered things, sources' snapshots and findings; no query."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.orm import Base, BigId, Key, Money, UtcDateTime


class Customer(Base):
    """A public body that buys services."""

    __tablename__ = "customers"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))  # commune, epci, department, metropole, syndicate, other
    siren: Mapped[str | None] = mapped_column(String(9))
    siret: Mapped[str | None] = mapped_column(String(14))
    insee: Mapped[str | None] = mapped_column(String(5))
    address: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str | None] = mapped_column(String(5))
    city: Mapped[str | None] = mapped_column(String(100))
    paying_service: Mapped[str | None] = mapped_column(String(100))  # its "code service exécutant"
    order_number_required: Mapped[bool] = mapped_column(default=False)
    order_number: Mapped[str | None] = mapped_column(String(50))  # its standing "numéro d'engagement"
    memberships: Mapped[list[Membership]] = relationship(order_by="Membership.start", cascade="all, delete-orphan")
    populations: Mapped[list[Population]] = relationship(order_by="Population.year", cascade="all, delete-orphan")


class Membership(Base):
    """A dated membership of the syndicate: decides the price class. Half open; ``end`` None = running."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint('"end" IS NULL OR start < "end"', name="period"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    start: Mapped[date]
    end: Mapped[date | None]


class Population(Base):
    """Inhabitants of a customer from the 1st of January of ``year``; ``year`` None: at any time not told otherwise."""

    __tablename__ = "populations"
    __table_args__ = (
        UniqueConstraint("customer_id", "year"),
        CheckConstraint("inhabitants >= 0", name="inhabitants"),
        CheckConstraint("base IN ('municipal', 'total')", name="base"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    year: Mapped[int | None]
    base: Mapped[str] = mapped_column(String(10), default="municipal")
    inhabitants: Mapped[int]


class Site(Base):
    __tablename__ = "sites"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)


class Room(Base):
    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    id: Mapped[Key]
    site_id: Mapped[int] = mapped_column(BigId, ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(String(100))
    site: Mapped[Site] = relationship()


class Rack(Base):
    """A rack; ``feeds`` is a comma list such as ``A,B``; ``capacity_w`` is per feed."""

    __tablename__ = "racks"
    __table_args__ = (CheckConstraint("u_height > 0", name="u_height"),)

    id: Mapped[Key]
    room_id: Mapped[int] = mapped_column(BigId, ForeignKey("rooms.id"), index=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    u_height: Mapped[int]
    feeds: Mapped[str] = mapped_column(String(20), default="A,B")
    capacity_w: Mapped[int | None]
    room: Mapped[Room] = relationship()
    shares: Mapped[list[Share]] = relationship(back_populates="rack", order_by="Share.first_half_unit")


class Share(Base):
    """Space of a rack sold to a customer: half units [first, end), days [start, end).

    Half units because a quarter of 42 U is 10.5 U; unit u covers half units 2(u-1) and 2(u-1)+1.
    """

    __tablename__ = "shares"
    __table_args__ = (
        CheckConstraint("first_half_unit >= 0 AND first_half_unit < end_half_unit", name="interval"),
        CheckConstraint('"end" IS NULL OR start < "end"', name="period"),
        CheckConstraint("kind IN ('full', 'half', 'quarter', 'unit')", name="kind"),
    )

    id: Mapped[Key]
    rack_id: Mapped[int] = mapped_column(BigId, ForeignKey("racks.id"), index=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]  # unit: first U; half, quarter: 1-based number from the bottom; full: 1
    first_half_unit: Mapped[int]
    end_half_unit: Mapped[int]
    start: Mapped[date]
    end: Mapped[date | None]
    rack: Mapped[Rack] = relationship(back_populates="shares")
    customer: Mapped[Customer] = relationship()


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
    start: Mapped[date]
    end: Mapped[date | None]
    customer: Mapped[Customer] = relationship()


class NasUnit(Base):
    """A backup box at a customer's, with its plan in GB."""

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


class Finding(Base):
    """One difference between sold, documented and real; its key is (thing, rule, field)."""

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("thing", "rule", "field"), Index("ix_findings_state", "state"))

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
