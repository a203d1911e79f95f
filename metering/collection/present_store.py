"""The SELECTs on the present of meters: what each last said, and whether its register moves; seeks, never scans."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, tuple_

from inventory.orm import Transaction
from metering.intervals.interval_store import counted_until
from metering.models import Meter, MeterReading, ReadingFault, VeeDecision
from metering.readings import RESET, Reading

CHUNK = 400
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Present:
    """A meter in service: its last reading (None: never read), and its register some time before.

    ``hour_ago``: the last reading that was an hour old. ``before``: the register when the span that was asked for
    began; ``day_before``: a day earlier.
    """

    meter_id: int
    meter: str
    driver: str
    since: datetime
    last: Reading | None
    hour_ago: Reading | None
    before_wh: int | None
    day_before_wh: int | None


@dataclass(frozen=True, slots=True)
class Still:
    """A register that does not move: since when, and the mean watts that the meter told meanwhile, if it told any."""

    since: datetime
    mean_w: float | None


def presents(tx: Transaction, now: datetime, span: timedelta) -> list[Present]:
    """Every meter in service at an instant, by name; ``before_wh`` is its register a ``span`` ago."""
    table, hour = MeterReading, now - timedelta(hours=1)
    columns = [
        *(_at_or_before(now, column) for column in (table.at, table.wh, table.power_w)),
        *(_at_or_before(hour, column) for column in (table.at, table.wh)),
        _at_or_before(now - span, table.wh),
        _at_or_before(now - span - DAY, table.wh),
    ]
    chosen = select(Meter.id, Meter.name, Meter.driver, Meter.start, *columns).order_by(Meter.name)
    chosen = chosen.where(Meter.start <= now, or_(Meter.end.is_(None), Meter.end > now))
    return [_present(row) for row in tx.execute(chosen)]


def _at_or_before(at: datetime, column: Any) -> Any:
    """A column of the last reading of a meter until an instant: one seek."""
    found = select(column).where(MeterReading.meter_id == Meter.id, MeterReading.at <= at).correlate(Meter)
    return found.order_by(MeterReading.at.desc()).limit(1).scalar_subquery()


def _present(row: Any) -> Present:
    meter_id, name, driver, start, at, wh, watts, hour_at, hour_wh, before, day_before = row
    last = None if at is None else Reading(at, wh, watts)
    hour_ago = None if hour_at is None else Reading(hour_at, hour_wh)
    return Present(meter_id, name, driver, start, last, hour_ago, before, day_before)


def stills(tx: Transaction, registers: Sequence[tuple[int, int]], since: datetime) -> dict[int, Still]:
    """Of (meter, Wh) whose register shows that now: since when it does, as far back as ``since``."""
    table, found = MeterReading, {}
    for some in _chunks(registers):
        chosen = select(table.meter_id, func.min(table.at), func.avg(table.power_w)).group_by(table.meter_id)
        chosen = chosen.where(table.meter_id.in_([one for one, _ in some]), table.at >= since)
        for meter_id, at, watts in tx.execute(chosen.where(tuple_(table.meter_id, table.wh).in_(some))):
            found[meter_id] = Still(at, None if watts is None else float(watts))
    return found


def drew_power(tx: Transaction, meter_ids: Collection[int], since: datetime) -> set[int]:
    """The meters that told some power since an instant."""
    found: set[int] = set()
    for some in _chunks(sorted(meter_ids)):
        chosen = select(MeterReading.meter_id).where(MeterReading.meter_id.in_(some), MeterReading.at >= since)
        found |= set(tx.scalars(chosen.where(MeterReading.power_w > 0).distinct()))
    return found


def undecided_resets(tx: Transaction) -> list[tuple[str, datetime, str]]:
    """(meter, instant, words) of the last reset of each meter that nothing explained and nobody decided of."""
    table = ReadingFault
    decided = select(VeeDecision.id).where(VeeDecision.fault_id == table.id).exists()
    explained = counted_until(table.meter_id, table.at)
    chosen = select(Meter.name, table.at, table.message).join(Meter, Meter.id == table.meter_id)
    chosen = chosen.where(table.kind == RESET, ~explained, ~decided).order_by(Meter.name, table.at)
    newest = {name: (name, at, words) for name, at, words in tx.execute(chosen)}
    return list(newest.values())


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """A few at a time: a statement has so many parameters at most."""
    for first in range(0, len(items), CHUNK):
        yield items[first : first + CHUNK]
