"""Who is asking a source: two runs never ask one at the same time, and a dead one holds it no longer than its lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from inventory import store
from inventory.clock import PARIS
from inventory.errors import Conflict
from inventory.models import SourceLock
from inventory.orm import Transaction
from inventory.turns import FINDINGS, take_turn

Dead = Callable[[str], bool]
"""Whether a holder is known to have ended without a word."""


def take_sources(
    tx: Transaction, names: Sequence[str], holder: str, now: datetime, lease: timedelta, is_dead: Dead
) -> None:
    """Hold sources until ``release_sources``, or until the lease ends. Raises Conflict naming who has one already."""
    take_turn(tx, FINDINGS)
    held = store.source_locks(tx)
    for name in names:
        lock = held.get(name)
        if lock is not None and lock.until > now and not is_dead(lock.holder):
            since = f"{lock.taken_at.astimezone(PARIS):%H:%M}"
            raise Conflict(f"la source {name} est interrogée depuis {since} par {lock.holder} : attendre sa fin.")
    for name in names:
        lock = held.get(name) or SourceLock(source=name)
        lock.holder, lock.taken_at, lock.until = holder, now, now + lease
        tx.add(lock)
    tx.flush()


def release_sources(tx: Transaction, names: Sequence[str], holder: str) -> None:
    """Let sources go, those that the holder still has."""
    take_turn(tx, FINDINGS)
    held = store.source_locks(tx)
    for name in names:
        if name in held and held[name].holder == holder:
            tx.delete(held[name])
    tx.flush()
