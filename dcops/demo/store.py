"""Whether a database holds the demo, or anything at all: the SELECTs of the demo."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dcops.auth.models import User
from dcops.jobs.models import JobRun
from inventory.models import Customer, Rack
from inventory.orm import Transaction
from metering.models import Meter

MARK = "demo-load"
"""The name of the run that is recorded when a database is filled with the demo."""


def is_demo(tx: Transaction) -> bool:
    """Whether the demo made this database."""
    return tx.scalar(select(JobRun.id).where(JobRun.name == MARK).limit(1)) is not None


def is_empty(tx: Transaction) -> bool:
    """Whether nobody has put anything in this database yet; grids that came with the product do not count."""
    return all(tx.scalar(select(table.id).limit(1)) is None for table in (Customer, User, Rack, Meter))


def mark(tx: Transaction, started: datetime, ended: datetime, message: str) -> None:
    """Record that the demo made this database."""
    tx.add(JobRun(name=MARK, started_at=started, ended_at=ended, outcome="ok", message=message))
