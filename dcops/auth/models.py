"""Tables of users, of where they are logged in, and of API tokens; a secret is only ever kept as a hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Customer
from inventory.orm import Base, BigId, Key, UtcDateTime


class User(Base):
    """A person who logs in. A commune's user belongs to one customer."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role <> 'commune' OR customer_id IS NOT NULL", name="customer"),)

    id: Mapped[Key]
    login: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))  # technician, accountant, commune
    password_hash: Mapped[str] = mapped_column(String(200))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled: Mapped[bool] = mapped_column(default=False)
    customer: Mapped[Customer | None] = relationship()


class Session(Base):
    """A browser in which somebody is logged in; the row goes when they log out."""

    __tablename__ = "sessions"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A bearer token: shown once, kept as SHA-256; carries a role like a user."""

    __tablename__ = "api_tokens"
    __table_args__ = (CheckConstraint("role <> 'commune' OR customer_id IS NOT NULL", name="customer"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    customer: Mapped[Customer | None] = relationship()
