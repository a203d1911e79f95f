"""What is known of the meters whose samples stay in another database, and over which times to read them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, func, select, type_coerce

from inventory.orm import Transaction
from metering.columns import instant, whole
from metering.intervals import roll_up_store, vee_store
from metering.models import Meter, MeterExchange, MeterReading, VeeDecision
from metering.period import HOUR, Period, floor_hour
from metering.telemetry.boundaries import Samples
from metering.validation.tolerances import Validation
from metering.validation.vee_columns import Told

EDGES = 6
"""Readings kept on each side of a time that is read again, so that it is judged as it is among them."""
LONGEST = timedelta(days=400)
"""How far back a meter that was never read is read."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a meter: the readings kept so far, its limits, what people told; and what to read again."""

    meter_id: int
    start: datetime
    readings: Samples
    told: Told
    periods: list[Period]


def last_readings(tx: Transaction, meter_ids: Collection[int]) -> dict[int, int]:
    """The second of the last reading of each meter."""
    last = select(func.max(MeterReading.at)).where(MeterReading.meter_id == Meter.id).correlate(Meter)
    rows = tx.execute(select(Meter.id, type_coerce(last.scalar_subquery(), BigInteger)).where(Meter.id.in_(meter_ids)))
    return {meter_id: at for meter_id, at in rows if at is not None}


def known(
    tx: Transaction, since: Mapping[int, int], now: datetime, lookback: timedelta, validation: Validation
) -> Iterator[Known]:
    """Of each meter to read from a second on: also around what people told of its past since the last hours."""
    exchanges, decisions = roll_up_store.exchanges(tx, since), vee_store.decisions(tx, since)
    told_of = _told_lately(tx, since, now - lookback)
    rows = tx.execute(
        select(Meter.id, Meter.max_w, Meter.modulus_wh, Meter.start, Meter.end).where(Meter.id.in_(since))
    ).all()
    times = {
        meter_id: list(_periods(start, min(now, end or now), instant(since[meter_id]), told_of[meter_id]))
        for meter_id, _, _, start, end in rows
    }
    first = {meter_id: int(some[0].start.timestamp()) for meter_id, some in times.items() if some}
    registers = roll_up_store.registers(tx, roll_up_store.back(tx, first, EDGES, before=False)) if first else {}
    for meter_id, max_w, modulus_wh, start, _ in rows:
        if times[meter_id]:
            told = Told(
                whole([]), whole([]), validation.rules(max_w, modulus_wh), exchanges[meter_id], decisions[meter_id]
            )
            readings = Samples(*registers.get(meter_id, (whole([]), whole([]))))
            yield Known(meter_id, start, readings, told, times[meter_id])


def _told_lately(tx: Transaction, meter_ids: Collection[int], since: datetime) -> dict[int, list[datetime]]:
    """The instants that people told of each meter since an instant: of exchanges, and of the spans they decided of."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    table, decided = MeterExchange, VeeDecision
    exchanges = select(table.meter_id, table.at).where(table.meter_id.in_(meter_ids), table.recorded_at >= since)
    for meter_id, at in tx.execute(exchanges):
        found[meter_id].append(at)
    spans = select(decided.meter_id, decided.start, decided.end).where(decided.meter_id.in_(meter_ids))
    for meter_id, start, end in tx.execute(spans.where(decided.decided_at >= since)):
        found[meter_id] += (start, end)
    return found


def _periods(start: datetime, end: datetime, since: datetime, told: Iterable[datetime]) -> Iterator[Period]:
    """From ``since`` on, and the hours around older instants, in time order, while the meter is in service."""
    wanted = [(floor_hour(at) - HOUR, floor_hour(at) + 2 * HOUR) for at in sorted(told)]
    joined: list[tuple[datetime, datetime]] = []
    for first, last in sorted([*wanted, (floor_hour(since), end)]):
        first, last = max(first, start), min(last, end)
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        elif first < last:
            joined.append((first, last))
    return (Period(first, last) for first, last in joined)
