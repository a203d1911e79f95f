"""The SELECTs over what backup boxes hold: the last measure of each day, summed up by the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Subquery, case, func, or_, select, type_coerce

from inventory.models import Customer, NasUnit
from inventory.orm import Price, Transaction
from metering.backups import Stored
from metering.models import BackupMeasure


def stored(tx: Transaction, first: date, end: date, customer: str | None = None) -> dict[int, Stored]:
    """By id of the box, what was measured on the days of [first, end) on which it was held; one query.

    ``customer``: the boxes of that customer code only.
    """
    day = _days(first, end, customer)
    scaled = type_coerce(day.c.gb, BigInteger)
    last = func.max(case((day.c.from_last == 1, scaled)))
    sums = func.count(), func.sum(scaled), func.max(scaled), last
    wanted = select(day.c.nas_unit_id, *sums, func.min(day.c.on), func.max(day.c.on), func.max(day.c.id))
    rows = tx.execute(wanted.where(day.c.from_latest == 1).group_by(day.c.nas_unit_id))
    return {
        box: Stored(days, _gb(total), _gb(peak), _gb(last), first_on, last_on, until)
        for box, days, total, peak, last, first_on, last_on, until in rows
    }


def _days(first: date, end: date, customer: str | None) -> Subquery:
    """Measures in the days a box was held, ranked: of one day from the latest, of one box from the last day."""
    table = BackupMeasure
    same_day = func.row_number().over(partition_by=(table.nas_unit_id, table.on), order_by=table.id.desc())
    same_box = func.row_number().over(partition_by=table.nas_unit_id, order_by=(table.on.desc(), table.id.desc()))
    wanted = (
        select(
            table.id, table.nas_unit_id, table.on, table.gb, same_day.label("from_latest"), same_box.label("from_last")
        )
        .join(NasUnit, NasUnit.id == table.nas_unit_id)
        .where(table.on >= first, table.on < end, table.on >= NasUnit.start)
        .where(or_(NasUnit.end.is_(None), table.on < NasUnit.end))
    )
    if customer is not None:
        wanted = wanted.join(Customer, Customer.id == NasUnit.customer_id).where(Customer.code == customer)
    return wanted.subquery()


def _gb(scaled: int | Decimal) -> Decimal:
    return Decimal(int(scaled)).scaleb(-Price.places)


def measures(tx: Transaction, box: int) -> dict[date, Decimal]:
    """GB of a box by day, the last measure of each."""
    chosen = (
        select(BackupMeasure.on, BackupMeasure.gb).where(BackupMeasure.nas_unit_id == box).order_by(BackupMeasure.id)
    )
    return {row.on: row.gb for row in tx.execute(chosen)}
