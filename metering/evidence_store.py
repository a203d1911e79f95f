"""The readings behind an energy, by the ids that its evidence keeps: ``meter@instant``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from inventory.orm import Transaction
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
    return sorted(found, key=lambda reading: (reading.meter, reading.at))
