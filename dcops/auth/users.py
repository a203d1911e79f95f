"""People who log in: adding them, recognising them."""

from __future__ import annotations

from datetime import datetime

from dcops.auth import accounts, passwords, store
from dcops.auth.models import User
from dcops.auth.permissions import Actor
from inventory.errors import Conflict, NotFound
from inventory.orm import Transaction
from inventory.turns import take_turn


def add_user(
    tx: Transaction, login: str, name: str, role: str, password: str, now: datetime, customer: str | None = None
) -> User:
    """Record a person. Raises Conflict (login taken), Invalid (role, password) or NotFound (customer)."""
    login = accounts.named(login, "identifiant")
    take_turn(tx, accounts.TURN)
    if store.user_by_login(tx, login) is not None:
        raise Conflict(f"l'identifiant « {login} » existe déjà.")
    user = User(
        login=login,
        name=accounts.named(name, "nom"),
        role=role,
        customer=accounts.holder(tx, role, customer),
        password_hash=passwords.hashed(password),
        created_at=now,
    )
    tx.add(user)
    tx.flush()
    return user


def authenticate(tx: Transaction, login: str, password: str) -> Actor | None:
    """The actor of a login and password, or None; an unknown login costs as much work as a wrong password."""
    user = store.user_by_login(tx, login)
    known = user is not None and not user.disabled
    if not passwords.matches(password, user.password_hash if user and known else None):
        return None
    assert user is not None
    return accounts.actor(user)


def change_password(tx: Transaction, login: str, password: str) -> None:
    """Give a person another password and log them out everywhere. Raises Invalid (too short) or NotFound."""
    user = _known(tx, login)
    user.password_hash = passwords.hashed(password)
    store.forget_sessions_of(tx, user.id)


def disable(tx: Transaction, login: str) -> None:
    """Close an account and log its person out everywhere; its history stays. Raises NotFound."""
    user = _known(tx, login)
    user.disabled = True
    store.forget_sessions_of(tx, user.id)


def enable(tx: Transaction, login: str) -> None:
    """Open a closed account again, with its password. Raises NotFound."""
    _known(tx, login).disabled = False


def _known(tx: Transaction, login: str) -> User:
    take_turn(tx, accounts.TURN)
    user = store.user_by_login(tx, login)
    if user is None:
        raise NotFound(f"identifiant inconnu : « {login} ».")
    return user
