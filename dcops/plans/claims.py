"""Who is sending a write to NetBox right now: two people do not send it both, and a process that died frees it."""

from __future__ import annotations

from datetime import datetime, timedelta

from inventory.french import instant
from inventory.models import SourceLock
from inventory.orm import Transaction

LEASE = timedelta(minutes=2)
"""How long a write that nobody ends is waited for; sending it again afterwards does what was left."""
LONGEST_HOLDER = 100


def take(tx: Transaction, action_id: int, who: str, now: datetime) -> str:
    """Claim an action, in the turn of findings; who has it, in French, when somebody does."""
    held = tx.get(SourceLock, _name(action_id), populate_existing=True)
    if held is not None and held.until > now:
        return f"{held.holder} l'envoie depuis le {instant(held.taken_at)}, attendre le {instant(held.until)}."
    if held is None:
        held = SourceLock(source=_name(action_id))
        tx.add(held)
    held.holder, held.taken_at, held.until = who[:LONGEST_HOLDER], now, now + LEASE
    tx.flush()
    return ""


def free(tx: Transaction, action_id: int) -> None:
    """Give an action back."""
    held = tx.get(SourceLock, _name(action_id), populate_existing=True)
    if held is not None:
        tx.delete(held)


def _name(action_id: int) -> str:
    return f"plan-action/{action_id}"
