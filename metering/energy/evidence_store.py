"""The readings behind an energy, by the ids that its evidence keeps: ``meter@instant``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from inventory.orm import Transaction
from metering.archive.archive_store import Archives, archived_until
from metering.columns import instant, seconds
from metering.models import Meter, MeterReading

_AT_ONCE = 400


@dataclass(frozen=True)
class NamedReading:
    """One register value, whole Wh, with how and when it came."""

    meter: str
    at: datetime
    wh: int
    source: str
    received_at: datetime


def readings_of(tx: Transaction, evidence: Iterable[str]) -> list[NamedReading]:
    """The readings of evidence ids, by meter and instant; an id that names none is left out."""
    asked = [(meter, datetime.fromisoformat(at)) for meter, _, at in (one.rpartition("@") for one in evidence)]
    found: list[NamedReading] = []
    for first in range(0, len(asked), _AT_ONCE):
        some = asked[first : first + _AT_ONCE]
        wanted = (
            select(Meter.name, MeterReading.at, MeterReading.wh, MeterReading.source, MeterReading.received_at)
            .join(Meter, Meter.id == MeterReading.meter_id)
            .where(Meter.name.in_({meter for meter, _ in some}), MeterReading.at.in_({at for _, at in some}))
        )
        rows = {(row[0], row[1]): NamedReading(*row) for row in tx.execute(wanted)}
        found += [rows[pair] for pair in some if pair in rows]
        found += _archived(tx, [pair for pair in some if pair not in rows])
    return sorted(found, key=lambda reading: (reading.meter, reading.at))


def _archived(tx: Transaction, missing: Iterable[tuple[str, datetime]]) -> Iterator[NamedReading]:
    """Those that left the database: each meter is looked up in the months between its first and its last instant."""
    until = archived_until(tx)
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for meter, at in missing:
        if seconds(at) < until:
            wanted[meter].add(seconds(at))
    if not wanted:
        return
    names = {row.id: row.name for row in tx.execute(select(Meter.id, Meter.name).where(Meter.name.in_(wanted)))}
    spans = {meter_id: (min(wanted[name]), max(wanted[name]) + 1) for meter_id, name in names.items()}
    for meter_id, months in Archives(tx).rows(spans).items():
        name = names[meter_id]
        for rows in months:
            told = zip(rows.at.tolist(), rows.wh.tolist(), rows.source, rows.received_at, strict=True)
            yield from (NamedReading(name, instant(a), w, s, instant(r)) for a, w, s, r in told if a in wanted[name])
