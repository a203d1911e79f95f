"""What a roll-up reads, for many meters at once: readings come as columns, each by a walk along the primary key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy import CTE, BigInteger, Connection, func, select, type_coerce

from inventory.orm import Transaction
from metering.archive.archive_store import Archives, archived_until, completed
from metering.asked_store import asked
from metering.columns import Column, seconds
from metering.intervals.interval_store import newest, straddling
from metering.intervals.versions import Version
from metering.models import EnergyInterval, Meter, MeterExchange, MeterReading, RollUpMark
from metering.readings import Exchange, Flag, Interval

Since = Mapping[int, int]
"""By meter id, a second since 1970."""
Registers = tuple[Column, Column]
"""Seconds since 1970 and Wh of readings, in time order."""
_FIELD = [("length", ">i4"), ("value", ">i8")]
_ROW = np.dtype([("fields", ">i2"), ("meter_id", _FIELD), ("at", _FIELD), ("wh", _FIELD)])
_HEAD, _TAIL = 19, 2  # bytes around the rows of a binary COPY
COPIED = """
    COPY (SELECT asked.meter_id, told.at, told.wh FROM unnest(%s::bigint[], %s::bigint[]) AS asked (meter_id, since)
    CROSS JOIN LATERAL (
        SELECT at, wh FROM readings WHERE meter_id = asked.meter_id AND at >= since ORDER BY at
    ) AS told) TO STDOUT (FORMAT BINARY)
"""


def _second(at: Any) -> Any:
    """An instant as the whole seconds that it is stored as."""
    return type_coerce(at, BigInteger)


def _asked(tx: Transaction, at: Since) -> CTE:
    return asked(tx, list(at.items()), "meter_id", "at")


def marks(tx: Transaction, meter_ids: Iterable[int] | None = None) -> dict[int, tuple[int, int]]:
    """From when on each meter (of all, or of some) is not rolled up yet, and its last reading; no others."""
    table, reading = RollUpMark.__table__.c, MeterReading.__table__.c
    last = select(func.max(_second(reading.at))).where(reading.meter_id == table.meter_id).scalar_subquery()
    chosen = select(table.meter_id, _second(table.since), last).order_by(table.meter_id)
    if meter_ids is not None:
        chosen = chosen.where(table.meter_id.in_(list(meter_ids)))
    rows = tx.execute(chosen.with_for_update(of=RollUpMark))
    return {meter_id: (since, since if last is None else last) for meter_id, since, last in rows}


def limits(tx: Transaction, meter_ids: Collection[int]) -> dict[int, tuple[int, int | None]]:
    """The most power of each meter, and the value at which its register returns to 0."""
    chosen = select(Meter.id, Meter.max_w, Meter.modulus_wh).where(Meter.id.in_(meter_ids))
    return {meter_id: (max_w, modulus_wh) for meter_id, max_w, modulus_wh in tx.execute(chosen)}


def exchanges(tx: Transaction, meter_ids: Collection[int]) -> defaultdict[int, list[Exchange]]:
    """The replacements of the device of each meter, in time order."""
    found: defaultdict[int, list[Exchange]] = defaultdict(list)
    chosen = select(MeterExchange).where(MeterExchange.meter_id.in_(meter_ids)).order_by(MeterExchange.at)
    for row in tx.scalars(chosen):
        found[row.meter_id].append(Exchange(row.at, row.closing_wh, row.opening_wh))
    return found


def last_ends(tx: Transaction, meter_ids: Iterable[int]) -> dict[int, int]:
    """Until when the readings of each meter are rolled up; nothing of a meter without intervals."""
    wanted, table = _asked(tx, dict.fromkeys(meter_ids, 0)), EnergyInterval
    last = select(_second(table.__table__.c.end)).where(table.meter_id == wanted.c.meter_id, newest())
    last = last.where(table.flag != Flag.MISSING.value).order_by(table.start.desc()).limit(1)
    rows = tx.execute(select(wanted.c.meter_id, last.scalar_subquery()))
    return {meter_id: end for meter_id, end in rows if end is not None}


def back(tx: Transaction, at: Since, count: int, *, before: bool) -> dict[int, int]:
    """So many readings back from an instant of each meter, at or before it (or strictly before); else its first one."""
    wanted, table = _asked(tx, at), MeterReading.__table__.c
    until = _second(table.at) < wanted.c.at if before else _second(table.at) <= wanted.c.at
    mine = select(_second(table.at)).where(table.meter_id == wanted.c.meter_id, until)
    nth = mine.order_by(table.at.desc()).limit(1).offset(count - 1).scalar_subquery()
    first = mine.order_by(table.at).limit(1).scalar_subquery()
    rows = tx.execute(select(wanted.c.meter_id, nth, func.coalesce(first, wanted.c.at))).all()
    found = {meter_id: first if nth is None else nth for meter_id, nth, first in rows}
    until = archived_until(tx)
    old = [row[0] for row in rows if until and (row[1] is None or at[row[0]] <= until)]
    return found | further_back(tx, {meter_id: at[meter_id] for meter_id in old}, count, before=before)


def further_back(tx: Transaction, at: Since, count: int, *, before: bool) -> dict[int, int]:
    """``back`` of meters whose readings may be in archives."""
    kept, table = Archives(tx), MeterReading.__table__.c
    kept.prepare(at.items())
    found: dict[int, int] = {}
    for meter_id, second in at.items():
        limit = second if before else second + 1
        mine = select(_second(table.at)).where(table.meter_id == meter_id, _second(table.at) < limit)
        told = {*tx.scalars(mine.order_by(table.at.desc()).limit(count))}
        told |= {seconds(one.at) for one in kept.before(meter_id, limit, count)}
        found[meter_id] = sorted(told, reverse=True)[:count][-1] if told else second
    return found


def registers(tx: Transaction, since: Since) -> dict[int, Registers]:
    """The registers of each meter from an instant on, as columns: by meter id, nothing of a meter without reading."""
    return completed(tx, since, _registers(tx, since))


def _registers(tx: Transaction, since: Since) -> dict[int, Registers]:
    connection = tx.connection()
    if connection.dialect.name == "postgresql":
        return _copied(connection, since)
    wanted, table = _asked(tx, since), MeterReading.__table__.c
    mine = table.meter_id == wanted.c.meter_id, _second(table.at) >= wanted.c.at
    lists = (select(func.group_concat(told)).where(*mine).scalar_subquery() for told in (table.at, table.wh))
    rows = tx.execute(select(wanted.c.meter_id, *lists))
    return {meter_id: (_numbers(at), _numbers(wh)) for meter_id, at, wh in rows if at}


def _numbers(told: str) -> Column:
    """Whole numbers separated by commas: what SQLite gives faster than a row for each."""
    return np.fromstring(told, np.int64, sep=",")


def _copied(connection: Connection, since: Since) -> dict[int, Registers]:
    """The rows as PostgreSQL copies them: numbers of 64 bits, the first byte first."""
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(COPIED, (list(since), list(since.values()))) as copy:
        told = b"".join(copy)
    rows = np.frombuffer(told[_HEAD : len(told) - _TAIL], _ROW)
    ids, at, wh = (rows[name]["value"].astype(np.int64) for name in ("meter_id", "at", "wh"))
    bounds = [0, *(np.flatnonzero(ids[1:] != ids[:-1]) + 1).tolist(), len(ids)]
    return {int(ids[first]): (at[first:end], wh[first:end]) for first, end in pairwise(bounds) if first < end}


def versions_ending_after(tx: Transaction, at: Since) -> defaultdict[int, dict[datetime, Version]]:
    """By meter id and start, the newest version, withdrawn ones included, of what ends after an instant of each."""
    wanted, table = _asked(tx, at), EnergyInterval
    first = func.coalesce(straddling(wanted.c.meter_id, wanted.c.at).scalar_subquery(), wanted.c.at)
    columns = (table.meter_id, table.version, table.start, table.end, table.wh, table.flag, table.method)
    chosen = select(*columns).join(wanted, wanted.c.meter_id == table.meter_id).where(newest())
    chosen = chosen.where(_second(table.start) >= first, _second(table.end) > wanted.c.at)
    found: defaultdict[int, dict[datetime, Version]] = defaultdict(dict)
    for meter_id, version, start, end, wh, flag, method in tx.execute(chosen):
        found[meter_id][start] = version, Interval(start, end, wh, Flag(flag), method)
    return found
