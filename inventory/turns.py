"""One transaction at a time for what two must not do together, on SQLite and on PostgreSQL."""

from __future__ import annotations

from zlib import crc32

from sqlalchemy import false, func, select, update

from inventory.models import Finding
from inventory.orm import Transaction

FINDINGS = "reconcile"
"""The turn of whoever changes findings: a run, a person who decides."""
IMPORTS = "imports"
"""The turn of whoever changes what is sold and to whom: a file, a person."""


def take_turn(tx: Transaction, what: str) -> None:
    """Wait until no other transaction is at the same thing; held until this one ends. Call it before reading.

    PostgreSQL locks the name; SQLite has one writer at a time, so a write that changes nothing waits for it. There, a
    transaction that reads before it writes is refused at once, not kept waiting, while another one writes.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(crc32(what.encode()))))
    else:
        nothing = update(Finding).where(false()).values(frozen=Finding.frozen)
        tx.execute(nothing, execution_options={"synchronize_session": False})
