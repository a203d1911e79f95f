"""The SELECTs over the highest power that the feeds of racks drew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, Executable, func, or_, select, type_coerce

from inventory.models import Rack
from inventory.orm import Transaction
from metering.interval_store import MISSING, newest
from metering.models import EnergyInterval, Meter, MeterReading

HOUR_S = 3600


def peaks(tx: Transaction, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """Watts of each (rack, feed): the highest that its meters of the whole rack told over [since, until).

    From the power of each reading; of a meter that tells none, from its energy hour by hour. Several meters of one
    feed add up, as if they peaked together; one that was taken away draws nothing beside the one that replaced it. A
    feed of which nothing is known is not there.
    """
    found: dict[tuple[str, str], int] = {}
    silent: list[int] = []
    for meter_id, rack, feed, watts in tx.execute(_of_readings(since, until)):
        if watts is None:
            silent.append(meter_id)
        else:
            found[rack, feed or ""] = found.get((rack, feed or ""), 0) + watts
    for rack, feed, watts in tx.execute(_of_hours(silent, since, until)) if silent else ():
        if watts is not None:
            found[rack, feed or ""] = found.get((rack, feed or ""), 0) + watts
    return found


def _of_readings(since: datetime, until: datetime) -> Executable:
    """One walk along the primary key per meter."""
    table = MeterReading
    highest = select(func.max(table.power_w)).where(table.meter_id == Meter.id, table.at >= since, table.at < until)
    chosen = select(Meter.id, Rack.name, Meter.feed, highest.correlate(Meter).scalar_subquery())
    counting = Meter.scope == "rack", or_(Meter.end.is_(None), Meter.end > until)
    return chosen.join(Rack, Rack.id == Meter.rack_id).where(*counting)


def _of_hours(meter_ids: Iterable[int], since: datetime, until: datetime) -> Executable:
    table = EnergyInterval
    seconds = type_coerce(table.end, BigInteger) - type_coerce(table.start, BigInteger)
    told = (table.meter_id == Meter.id, table.start >= since, table.start < until, table.flag != MISSING, newest())
    highest = select(func.max(table.wh * HOUR_S // seconds)).where(*told)
    chosen = select(Rack.name, Meter.feed, highest.correlate(Meter).scalar_subquery())
    return chosen.join(Rack, Rack.id == Meter.rack_id).where(Meter.id.in_(list(meter_ids)))
