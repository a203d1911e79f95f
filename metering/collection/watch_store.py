"""The SELECTs on what people watch: the last readings, the power of feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from inventory.models import Rack
from inventory.orm import Transaction
from metering.models import Meter, MeterPlace, MeterReading
from metering.places.place_store import newest_place
from metering.readings import Reading


@dataclass(frozen=True, slots=True)
class LastReading:
    """The newest reading of a meter, and where it counts; ``rack`` None: the whole site."""

    meter: str
    rack: str | None
    feed: str | None
    scope: str
    reading: Reading


def last_readings(tx: Transaction, in_service: datetime | None = None) -> list[LastReading]:
    """The newest reading of each meter that has one, by meter name: one index seek per meter.

    ``in_service``: leaves out the meters that were taken away by that instant.
    """
    newest = select(func.max(MeterReading.at)).where(MeterReading.meter_id == Meter.id).correlate(Meter)
    chosen = (
        select(Meter.name, Rack.name, MeterPlace.feed, MeterPlace.scope, MeterReading)
        .join(MeterPlace, MeterPlace.id == newest_place(Meter.id))
        .outerjoin(Rack, Rack.id == MeterPlace.rack_id)
        .join(MeterReading, (MeterReading.meter_id == Meter.id) & (MeterReading.at == newest.scalar_subquery()))
        .order_by(Meter.name)
    )
    if in_service is not None:
        chosen = chosen.where(or_(Meter.end.is_(None), Meter.end > in_service))
    return [
        LastReading(name, rack, feed, scope, Reading(row.at, row.wh, row.power_w, row.source))
        for name, rack, feed, scope, row in tx.execute(chosen)
    ]


def power_by_feed(tx: Transaction, not_before: datetime) -> dict[tuple[str, str], int]:
    """Watts of each (rack, feed), summed over its rack meters, from readings no older than an instant."""
    found: dict[tuple[str, str], int] = {}
    for last in last_readings(tx):
        watts = last.reading.power_w
        if last.rack is not None and last.scope == "rack" and watts is not None and last.reading.at >= not_before:
            place = last.rack, last.feed or ""
            found[place] = found.get(place, 0) + watts
    return found
