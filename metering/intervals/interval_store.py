"""What is read from the table of validated intervals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Select,
    bindparam,
    cast,
    column,
    false,
    func,
    select,
    type_coerce,
    values,
)
from sqlalchemy.orm import aliased

from inventory.orm import EpochSeconds, Transaction
from metering.cells import Cells, Quality, integers, micros, quality
from metering.models import EnergyInterval
from metering.period import Period
from metering.readings import RESET, Flag
from metering.validation.estimates import METHODS

SECOND = 1_000_000  # in microseconds
HOUR_S = 3600
MISSING = Flag.MISSING.value


def newest(table: type[EnergyInterval] = EnergyInterval) -> ColumnElement[bool]:
    """The condition that an interval is the last version of its start."""
    newer = aliased(EnergyInterval)
    same = (newer.meter_id == table.meter_id, newer.start == table.start)
    return ~select(newer.version).where(*same, newer.version > table.version).exists()


def intervals(tx: Transaction, meter_id: int, period: Period) -> Cells:
    """The validated intervals of a meter that touch a period, in time order, newest versions only.

    Every version is read and the last one of each start kept, which is cheaper than asking the database for each
    start. No object is made of a row: a year is 8,784 hours.
    """
    asked = {"meter_id": meter_id, "start": period.start, "end": period.end}
    newest = {row[0]: row for row in tx.connection().execute(_intervals(), asked).all()}
    after = micros(period.start)
    kept = [row for row in newest.values() if row[3] != MISSING and row[1] > after]
    if not kept:
        return Cells()
    starts, ends, wh, flags, methods = zip(*kept, strict=True)
    return Cells(integers(starts), integers(ends), integers(wh), list(map(quality, flags, methods)))


@cache
def _intervals() -> Executable:
    """The rows of a meter from the interval that straddles ``start`` until ``end``; instants in microseconds."""
    table = EnergyInterval.__table__.c  # the table, not the model: no row is mapped
    start, end = (bindparam(name, type_=EpochSeconds) for name in ("start", "end"))
    first = func.coalesce(straddling(bindparam("meter_id"), start).scalar_subquery(), start)
    bounds = (type_coerce(table[name], BigInteger) * SECOND for name in ("start", "end"))
    chosen = select(*bounds, table.wh, table.flag, table.method).where(table.meter_id == bindparam("meter_id"))
    return chosen.where(table.start >= first, table.start < end).order_by(table.start, table.version)


def straddling(meter_id: Any, at: Any) -> Select[datetime]:
    """The start of the last interval that begins before an instant."""
    table = aliased(EnergyInterval)
    chosen = select(table.start).where(table.meter_id == meter_id, table.start < at, table.flag != MISSING)
    return chosen.where(newest(table)).order_by(table.start.desc()).limit(1)


def whole_hours(tx: Transaction, asked: Sequence[tuple[int, Period]]) -> dict[tuple[int, Period], tuple[int, Quality]]:
    """Wh and quality of each (meter id, period) that its intervals fill hour by hour, all alike and never corrected.

    Such a period loses nothing by being told as one sum; of the others nothing is said here. Bounds: whole seconds.
    """
    found: dict[tuple[int, Period], tuple[int, Quality]] = {}
    for first in range(0, len(asked), 500):
        some = asked[first : first + 500]
        for number, wh, flag, method in tx.execute(_whole_hours(some)):
            found[some[number]] = wh, quality(flag, method)
    return found


def _whole_hours(asked: Sequence[tuple[int, Period]]) -> Executable:
    """Correlated sums, because each is one walk along the primary key: a GROUP BY of the same rows takes five times."""
    rows = [(n, meter, int(at.start.timestamp()), int(at.end.timestamp())) for n, (meter, at) in enumerate(asked)]
    names = "number", "meter_id", "start", "end"
    span = values(*(column(name, BigInteger) for name in names), name="span").data(rows).cte().c
    first, each = (EnergyInterval.__table__.alias(name).c for name in ("first", "each"))
    start, end = (type_coerce(each[name], BigInteger) for name in ("start", "end"))
    inside = each.meter_id == span.meter_id, start >= span.start, start < span.end
    alike = each.flag == first.flag, each.method == first.method, each.version == 1, end - start == HOUR_S
    counts = [select(func.count()).where(*inside, *some).scalar_subquery() for some in ((), (*alike, end <= span.end))]
    wh = cast(select(func.sum(each.wh)).where(*inside).scalar_subquery(), BigInteger)
    chosen = select(span.number, wh, first.flag, first.method).where(first.meter_id == span.meter_id)
    chosen = chosen.where(type_coerce(first.start, BigInteger) == span.start, first.version == 1)
    return chosen.where(*(count * HOUR_S == span.end - span.start for count in counts))


def last_interval_end(tx: Transaction, meter_id: int) -> datetime | None:
    """Until when a meter's readings are rolled up."""
    table = EnergyInterval
    chosen = select(table.end).where(table.meter_id == meter_id, table.flag != MISSING, newest())
    return tx.scalar(chosen.order_by(table.start.desc()).limit(1))


def counted_until(meter_id: Any, at: Any) -> ColumnElement[bool]:
    """The condition that the energy just before an instant is known, all readings considered, and not by a guess."""
    table = aliased(EnergyInterval)
    told = select((table.end >= at) & table.method.not_in((RESET, *METHODS))).where(table.meter_id == meter_id)
    told = told.where(table.start < at, table.flag != MISSING, newest(table)).order_by(table.start.desc()).limit(1)
    return func.coalesce(told.scalar_subquery(), false())
