"""Bearer tokens of the API: shown once, kept as a hash, revoked by name."""

from __future__ import annotations

from datetime import datetime

from dcops.auth import accounts, store
from dcops.auth.models import ApiToken
from dcops.auth.permissions import Actor
from dcops.auth.secret import hashed, made
from inventory.errors import Conflict, NotFound
from inventory.orm import Transaction
from inventory.turns import take_turn

PREFIX = "dcops_"


def create_token(tx: Transaction, name: str, role: str, now: datetime, customer: str | None = None) -> str:
    """Record a token; returns its secret, which cannot be read again. Raises Conflict, Invalid or NotFound."""
    name = accounts.named(name, "nom de jeton")
    take_turn(tx, accounts.TURN)
    if store.token_by_name(tx, name) is not None:
        raise Conflict(f"le jeton « {name} » existe déjà : en choisir un autre nom.")
    secret = PREFIX + made()
    holder = accounts.holder(tx, role, customer)
    tx.add(ApiToken(name=name, sha256=hashed(secret), role=role, customer=holder, created_at=now))
    tx.flush()
    return secret


def actor_of_token(tx: Transaction, secret: str) -> Actor | None:
    """The actor of a secret, or None when unknown or revoked."""
    if not secret.startswith(PREFIX):
        return None
    token = store.token_by_hash(tx, hashed(secret))
    return None if token is None or token.revoked_at is not None else accounts.actor(token)


def revoke(tx: Transaction, name: str, now: datetime) -> None:
    """End a token for ever; the row stays as a trace. Raises NotFound."""
    take_turn(tx, accounts.TURN)
    token = store.token_by_name(tx, name)
    if token is None:
        raise NotFound(f"jeton inconnu : « {name} ». Voir « dcops users list ».")
    token.revoked_at = token.revoked_at or now
