"""The SELECTs over what backup boxes hold: the last measure of each day, summed up by the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, ScalarSelect, Subquery, case, func, or_, select, type_coerce

from inventory.models import Customer, NasPlan, NasUnit
from inventory.orm import Price, Transaction
from metering.backups.held import Stored
from metering.models import BackupMeasure


def stored(tx: Transaction, first: date, end: date, customer: str | None = None) -> dict[int, list[Stored]]:
    """By id of the box, what was measured on the days of [first, end) on which it was held; one query.

    In the order of the days, cut wherever the plan of the box changes. ``customer``: the boxes of that code only.
    """
    day = _days(first, end, customer)
    scaled = type_coerce(day.c.gb, BigInteger)
    last = func.max(case((day.c.from_last == 1, scaled)))
    sums = func.count(), func.sum(scaled), func.max(scaled), last
    wanted = select(day.c.nas_unit_id, *sums, func.min(day.c.on), func.max(day.c.on), func.max(day.c.id))
    of_plan = wanted.where(day.c.from_latest == 1).group_by(day.c.nas_unit_id, day.c.plan)
    found: dict[int, list[Stored]] = {}
    for box, days, total, peak, last_gb, first_on, last_on, until in tx.execute(of_plan.order_by(func.min(day.c.on))):
        gb = _gb(total), _gb(peak), _gb(last_gb)
        found.setdefault(box, []).append(Stored(days, *gb, first_on, last_on, until))
    return found


def _days(first: date, end: date, customer: str | None) -> Subquery:
    """Measures in the days a box was held, ranked: of one day from the latest, of one plan from its last day."""
    table, plan = BackupMeasure, _plan_since()
    same_day = func.row_number().over(partition_by=(table.nas_unit_id, table.on), order_by=table.id.desc())
    same_plan = func.row_number().over(
        partition_by=(table.nas_unit_id, plan), order_by=(table.on.desc(), table.id.desc())
    )
    told = table.id, table.nas_unit_id, table.on, table.gb
    wanted = (
        select(*told, plan.label("plan"), same_day.label("from_latest"), same_plan.label("from_last"))
        .join(NasUnit, NasUnit.id == table.nas_unit_id)
        .where(table.on >= first, table.on < end, table.on >= NasUnit.start)
        .where(or_(NasUnit.end.is_(None), table.on < NasUnit.end))
    )
    if customer is not None:
        wanted = wanted.join(Customer, Customer.id == NasUnit.customer_id).where(Customer.code == customer)
    return wanted.subquery()


def _plan_since() -> ScalarSelect[date]:
    """The first day of the plan that a box has on the day of a measure; None while it has its first one."""
    ours = NasPlan.nas_unit_id == BackupMeasure.nas_unit_id, NasPlan.start <= BackupMeasure.on
    return select(func.max(NasPlan.start)).where(*ours).correlate(BackupMeasure).scalar_subquery()


def _gb(scaled: int | Decimal) -> Decimal:
    return Decimal(int(scaled)).scaleb(-Price.places)


def measures(tx: Transaction, box: int) -> dict[date, Decimal]:
    """GB of a box by day, the last measure of each."""
    chosen = (
        select(BackupMeasure.on, BackupMeasure.gb).where(BackupMeasure.nas_unit_id == box).order_by(BackupMeasure.id)
    )
    return {row.on: row.gb for row in tx.execute(chosen)}


def measures_of_day(tx: Transaction, on: date) -> dict[int, Decimal]:
    """GB by id of the box, the last measure of a day."""
    chosen = select(BackupMeasure.nas_unit_id, BackupMeasure.gb).where(BackupMeasure.on == on)
    return {row.nas_unit_id: row.gb for row in tx.execute(chosen.order_by(BackupMeasure.id))}


def last_measures(tx: Transaction) -> dict[int, tuple[date, Decimal]]:
    """The last day on which each box was measured, and the GB that it then held, by id of the box."""
    table = BackupMeasure
    newest = func.row_number().over(partition_by=table.nas_unit_id, order_by=(table.on.desc(), table.id.desc()))
    ranked = select(table.nas_unit_id, table.on, table.gb, newest.label("rank")).subquery()
    rows = tx.execute(select(ranked.c.nas_unit_id, ranked.c.on, ranked.c.gb).where(ranked.c.rank == 1))
    return {box: (on, gb) for box, on, gb in rows}
