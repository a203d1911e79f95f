"""The SELECTs over the highest power that the feeds of racks drew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Executable, case, func, literal, or_, select, type_coerce

from inventory.models import Rack
from inventory.orm import EpochSeconds, Transaction
from metering.intervals.interval_store import MISSING, newest
from metering.models import EnergyInterval, MeterPlace, MeterReading

HOUR_S = 3600


def peaks(tx: Transaction, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """Watts of each (rack, feed): the highest that its meters of the whole rack told over [since, until).

    From the power of each reading; of a meter that tells none, from its energy hour by hour. Several meters of one
    feed add up, as if they peaked together; one that was taken away draws nothing beside the one that replaced it. A
    feed of which nothing is known is not there.
    """
    found: dict[tuple[str, str], int] = {}
    silent: list[int] = []
    for place_id, rack, feed, watts in tx.execute(_of_readings(since, until)):
        if watts is None:
            silent.append(place_id)
        else:
            found[rack, feed or ""] = found.get((rack, feed or ""), 0) + watts
    for rack, feed, watts in tx.execute(_of_hours(silent, since, until)) if silent else ():
        if watts is not None:
            found[rack, feed or ""] = found.get((rack, feed or ""), 0) + watts
    return found


def _of_readings(since: datetime, until: datetime) -> Executable:
    """One walk along the primary key per meter, from when it counts there."""
    table = MeterReading
    told = table.meter_id == MeterPlace.meter_id, table.at >= _from(since), table.at < until
    highest = select(func.max(table.power_w)).where(*told).correlate(MeterPlace).scalar_subquery()
    chosen = select(MeterPlace.id, Rack.name, MeterPlace.feed, highest)
    counting = MeterPlace.scope == "rack", or_(MeterPlace.end.is_(None), MeterPlace.end > until)
    return chosen.join(Rack, Rack.id == MeterPlace.rack_id).where(*counting, MeterPlace.start < until)


def _of_hours(place_ids: Iterable[int], since: datetime, until: datetime) -> Executable:
    table = EnergyInterval
    seconds = type_coerce(table.end, BigInteger) - type_coerce(table.start, BigInteger)
    inside = table.meter_id == MeterPlace.meter_id, table.start >= _from(since), table.start < until
    highest = select(func.max(table.wh * HOUR_S // seconds)).where(*inside, table.flag != MISSING, newest())
    chosen = select(Rack.name, MeterPlace.feed, highest.correlate(MeterPlace).scalar_subquery())
    return chosen.join(Rack, Rack.id == MeterPlace.rack_id).where(MeterPlace.id.in_(list(place_ids)))


def _from(since: datetime) -> ColumnElement[datetime]:
    """When a place begins to count within what is asked."""
    at = literal(since, EpochSeconds)
    return case((MeterPlace.start > at, MeterPlace.start), else_=at)
