"""Reads of users and tokens."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from dcops.auth.models import ApiToken, User
from inventory.orm import Transaction


def user_by_login(tx: Transaction, login: str) -> User | None:
    """Logins are compared without case."""
    query = select(User).options(joinedload(User.customer))
    return tx.scalar(query.where(func.lower(User.login) == login.strip().lower()))


def user(tx: Transaction, user_id: int) -> User | None:
    return tx.scalar(select(User).options(joinedload(User.customer)).where(User.id == user_id))


def users(tx: Transaction) -> Sequence[User]:
    return tx.scalars(select(User).options(joinedload(User.customer)).order_by(User.login)).all()


def token_by_hash(tx: Transaction, sha256: str) -> ApiToken | None:
    return tx.scalar(select(ApiToken).options(joinedload(ApiToken.customer)).where(ApiToken.sha256 == sha256))


def token_by_name(tx: Transaction, name: str) -> ApiToken | None:
    return tx.scalar(select(ApiToken).where(ApiToken.name == name))


def tokens(tx: Transaction) -> Sequence[ApiToken]:
    return tx.scalars(select(ApiToken).options(joinedload(ApiToken.customer)).order_by(ApiToken.name)).all()
