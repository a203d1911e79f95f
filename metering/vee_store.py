"""The SELECTs that validation and estimation need: what people decided, the holes, what is estimated for long."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import aliased

from inventory.orm import Transaction
from metering.estimates import METHODS
from metering.interval_store import newest
from metering.models import EnergyInterval, MeterPlace, ReadingFault, VeeDecision
from metering.period import Period
from metering.readings import DIFFERENT, RESET, Decision, Flag, Interval
from metering.versions import Version


def decisions(tx: Transaction, meter_ids: Collection[int]) -> dict[int, list[Decision]]:
    """What people decided of each of these meters, oldest first; a value chosen among two comes with it."""
    found: dict[int, list[Decision]] = {meter_id: [] for meter_id in meter_ids}
    table = VeeDecision
    chosen = case((and_(table.kind == "accept", ReadingFault.kind == DIFFERENT), ReadingFault.wh), else_=table.wh)
    columns = table.meter_id, table.kind, table.start, table.end, chosen
    rows = select(*columns).outerjoin(ReadingFault, ReadingFault.id == table.fault_id).order_by(table.id)
    ids = sorted(meter_ids)
    for first in range(0, len(ids), 500):
        for meter_id, *values in tx.execute(rows.where(table.meter_id.in_(ids[first : first + 500]))):
            found[meter_id].append(Decision(*values))
    return found


def reset_holes(
    tx: Transaction, since: datetime, until: datetime, rolled: Mapping[int, datetime]
) -> list[tuple[int, Period]]:
    """The times (meter id, period) before a reset that no register and no person tells the energy of.

    Of resets told over (since, until], and of older ones of meters that were rolled up again from an instant on.
    """
    table = ReadingFault
    again = [and_(table.meter_id == meter_id, table.at > at) for meter_id, at in rolled.items() if at < since]
    found: list[tuple[int, Period]] = []
    for first in range(0, max(1, len(again)), 100):
        asked = or_(table.at > since, *again[first : first + 100])
        rows = select(table.meter_id, table.since, table.at, _measured_until(table.meter_id, table.at))
        rows = rows.where(table.kind == RESET, table.at <= until, table.since.is_not(None), asked)
        for meter_id, start, end, measured in tx.execute(rows):
            start = max(start, measured or start)
            if start < end:
                found.append((meter_id, Period(start, end)))
    return list(dict.fromkeys(found))


def _measured_until(meter_id: Any, at: Any) -> Any:
    """Until when the energy before an instant is known otherwise than by an estimate: one seek."""
    table = aliased(EnergyInterval)
    chosen = select(table.end).where(table.meter_id == meter_id, table.start < at, newest(table))
    chosen = chosen.where(table.flag != Flag.MISSING.value, table.method.not_in(METHODS))
    return chosen.order_by(table.start.desc()).limit(1).scalar_subquery()


def racks_of(tx: Transaction, meter_id: int) -> list[int]:
    """The racks in which a meter ever counted."""
    chosen = select(MeterPlace.rack_id).where(MeterPlace.meter_id == meter_id, MeterPlace.rack_id.is_not(None))
    return [rack_id for rack_id in tx.scalars(chosen.distinct()) if rack_id is not None]


def versions_within(tx: Transaction, meter_id: int, period: Period) -> dict[datetime, Version]:
    """By start, the newest version and its interval, withdrawn ones included, of what begins inside a period."""
    table = EnergyInterval
    columns = (table.version, table.start, table.end, table.wh, table.flag, table.method)
    chosen = select(*columns).where(table.meter_id == meter_id, newest())
    chosen = chosen.where(table.start >= period.start, table.start < period.end)
    return {
        row.start: (row.version, Interval(row.start, row.end, row.wh, Flag(row.flag), row.method))
        for row in tx.execute(chosen)
    }
