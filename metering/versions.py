"""New versions of intervals: what is new, what changed and what is withdrawn; what was written stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert

from inventory.orm import Transaction
from metering.estimates import METHODS
from metering.models import EnergyInterval
from metering.readings import Flag, Interval

Version = tuple[int, Interval]
"""The number of a version, and what it says."""


def changes(stored: dict[datetime, Version], settled: Sequence[Interval], until: datetime) -> Iterator[Version]:
    """What to add so that the newest versions are the settled cells: the new, the changed and the withdrawn.

    Estimates stay until something better is known of their time.
    """
    wanted = {cell.start: cell for cell in settled}
    for start, cell in wanted.items():
        version, known = stored.get(start, (0, None))
        if known != cell:
            yield version + 1, cell
    for start, (version, known) in stored.items():
        gone = start not in wanted and start < until and known.flag is not Flag.MISSING
        if gone and not (known.method in METHODS and not any(_overlap(known, cell) for cell in settled)):
            yield version + 1, withdrawn(known)


def withdrawn(known: Interval) -> Interval:
    """What says that nothing is known any longer of the time of an interval."""
    return replace(known, wh=0, flag=Flag.MISSING, method="withdrawn")


def _overlap(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


def write(tx: Transaction, meter_id: int, rows: Sequence[Version], now: datetime) -> None:
    """Add versions of intervals of a meter."""
    values = [
        {
            "meter_id": meter_id,
            "start": item.start,
            "version": version,
            "end": item.end,
            "wh": item.wh,
            "flag": str(item.flag),
            "method": item.method,
            "recorded_at": now,
        }
        for version, item in rows
    ]
    if values:
        tx.connection().execute(insert(EnergyInterval), values)
