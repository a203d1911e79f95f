"""The SELECTs that validation and estimation need: what people decided, the holes, what is estimated for long."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, and_, case, func, or_, select, text, type_coerce
from sqlalchemy.orm import aliased

from inventory.orm import Transaction
from metering.intervals.interval_store import newest
from metering.intervals.versions import Version
from metering.models import EnergyInterval, Meter, MeterPlace, MeterReading, ReadingFault, VeeDecision
from metering.period import Period
from metering.readings import DIFFERENT, RESET, Decision, Flag, Interval
from metering.validation.estimates import METHODS


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


def told_power(tx: Transaction, meter_id: int, period: Period) -> tuple[int, int] | None:
    """The register at the end of a period, and the least power that each reading of it told; None where one did not."""
    table = MeterReading
    inside = table.meter_id == meter_id, table.at >= period.start, table.at <= period.end
    columns = func.max(table.wh), func.min(table.power_w), func.count(), func.count(table.power_w)
    register, least, readings, told = tx.execute(select(*columns).where(*inside)).one()
    return (register, least) if least is not None and readings == told else None


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


def estimated(tx: Transaction, since: Mapping[int, datetime]) -> dict[int, list[Version]]:
    """By meter, the newest versions that estimate what begins from an instant of that meter on; seldom any."""
    table = EnergyInterval
    columns = (table.meter_id, table.version, table.start, table.end, table.wh, table.method)
    chosen = select(*columns).where(text("intervals.flag = 'ESTIMATED'"), table.method.in_(METHODS), newest())
    found: dict[int, list[Version]] = {}
    ids = sorted(since)
    for first in range(0, len(ids), 500):
        some = ids[first : first + 500]
        later = chosen.where(table.meter_id.in_(some), table.start >= min(since[one] for one in some))
        for meter_id, version, start, end, wh, method in tx.execute(later):
            if start >= since[meter_id]:
                interval = Interval(start, end, wh, Flag.ESTIMATED, method)
                found.setdefault(meter_id, []).append((version, interval))
    return found


@dataclass(frozen=True, slots=True)
class Prolonged:
    """A meter that is estimated for long: since when, and how long in all."""

    meter: str
    since: datetime
    estimated: timedelta


LOOKED_BACK = timedelta(days=31)


def prolonged_estimations(tx: Transaction, now: datetime, days: int) -> list[Prolonged]:
    """The meters of which more than so many days of the last 31 are estimated, by name."""
    table = EnergyInterval
    seconds = func.sum(type_coerce(table.end, BigInteger) - type_coerce(table.start, BigInteger))
    chosen = select(Meter.name, func.min(table.start), seconds).join(Meter, Meter.id == table.meter_id)
    chosen = chosen.where(text("intervals.flag = 'ESTIMATED'"), table.start >= now - LOOKED_BACK, newest())
    chosen = chosen.group_by(Meter.name).having(seconds > days * 86_400).order_by(Meter.name)
    return [Prolonged(name, since, timedelta(seconds=int(total))) for name, since, total in tx.execute(chosen)]
