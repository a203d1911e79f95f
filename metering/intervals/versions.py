"""New versions of intervals: what is new, what changed and what is withdrawn; what was written stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from inventory.orm import Transaction
from metering.bulk import Bulk, Row, insert_tuples
from metering.readings import Flag, Interval
from metering.validation.estimates import METHODS

INTERVALS = Bulk(
    'INSERT INTO intervals (meter_id, start, version, "end", wh, flag, method, recorded_at) '
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    'INSERT INTO intervals (meter_id, start, version, "end", wh, flag, method, recorded_at) SELECT * FROM '
    "unnest(%s::bigint[], %s::bigint[], %s::integer[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], "
    "%s::bigint[])",
)
Version = tuple[int, Interval]
"""The number of a version, and what it says."""


def changes(stored: Mapping[datetime, Version], settled: Sequence[Interval], until: datetime) -> Iterator[Version]:
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


def rows(meter_id: int, versions: Iterable[Version], now: datetime) -> Iterator[Row]:
    """Versions of intervals of a meter as rows of the table."""
    for number, item in versions:
        start, end = int(item.start.timestamp()), int(item.end.timestamp())
        yield meter_id, start, number, end, item.wh, item.flag.value, item.method, int(now.timestamp())


def write(tx: Transaction, meter_id: int, versions: Iterable[Version], now: datetime) -> None:
    """Add versions of intervals of a meter."""
    insert_tuples(tx, INTERVALS, list(rows(meter_id, versions, now)))
