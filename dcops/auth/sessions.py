"""Browsers in which somebody is logged in: each can be closed, so that a copied cookie is worth nothing afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

from dcops.auth import accounts, store
from dcops.auth.models import Session
from dcops.auth.permissions import Actor
from dcops.auth.secret import hashed, made
from inventory.orm import Transaction

LONGEST = timedelta(days=7)
"""After this, the password is asked again, however often the session is used."""


def open_session(tx: Transaction, user_id: int, now: datetime) -> str:
    """Record a session of a user; returns its key, for the cookie. Sessions of anybody that lapsed are forgotten."""
    store.forget_sessions_before(tx, now - LONGEST)
    key = made()
    tx.add(Session(sha256=hashed(key), user_id=user_id, opened_at=now))
    return key


def actor_of_session(tx: Transaction, key: str, now: datetime) -> Actor | None:
    """Who is logged in; None when the session is closed or lapsed, or its user gone or disabled."""
    user = store.user_of_session(tx, hashed(key), now - LONGEST)
    return None if user is None or user.disabled else accounts.actor(user)


def close_session(tx: Transaction, key: str) -> None:
    """End one session."""
    store.forget_session(tx, hashed(key))
