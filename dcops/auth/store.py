"""Reads of users, sessions and tokens; sessions are forgotten here too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from dcops.auth.models import ApiToken, Session, User
from inventory.orm import Transaction


def user_by_login(tx: Transaction, login: str) -> User | None:
    """Logins are compared without case."""
    query = select(User).options(joinedload(User.customer))
    return tx.scalar(query.where(func.lower(User.login) == login.strip().lower()))


def users(tx: Transaction) -> Sequence[User]:
    return tx.scalars(select(User).options(joinedload(User.customer)).order_by(User.login)).all()


def user_of_session(tx: Transaction, sha256: str, since: datetime) -> User | None:
    """The user of a session opened after an instant."""
    query = select(User).options(joinedload(User.customer)).join(Session, Session.user_id == User.id)
    return tx.scalar(query.where(Session.sha256 == sha256, Session.opened_at > since))


def forget_session(tx: Transaction, sha256: str) -> None:
    tx.execute(delete(Session).where(Session.sha256 == sha256))


def forget_sessions_of(tx: Transaction, user_id: int) -> None:
    tx.execute(delete(Session).where(Session.user_id == user_id))


def forget_sessions_before(tx: Transaction, opened_until: datetime) -> None:
    tx.execute(delete(Session).where(Session.opened_at <= opened_until))


def token_by_hash(tx: Transaction, sha256: str) -> ApiToken | None:
    return tx.scalar(select(ApiToken).options(joinedload(ApiToken.customer)).where(ApiToken.sha256 == sha256))


def token_by_name(tx: Transaction, name: str) -> ApiToken | None:
    return tx.scalar(select(ApiToken).where(ApiToken.name == name))


def tokens(tx: Transaction) -> Sequence[ApiToken]:
    return tx.scalars(select(ApiToken).options(joinedload(ApiToken.customer)).order_by(ApiToken.name)).all()
