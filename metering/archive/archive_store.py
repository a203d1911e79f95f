"""What is read of the readings that left the database, and of those that may: one meter costs one group of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import aliased

from inventory.orm import ARCHIVE_DIR, Transaction
from metering.archive.archived import Row, Rows, together
from metering.columns import Column, instant, seconds
from metering.models import Meter, MeterReading, ReadingArchive
from metering.period import Period
from metering.readings import Reading

AGES = 2**62


def archives(tx: Transaction) -> Sequence[ReadingArchive]:
    """Every archive, oldest month first."""
    return tx.scalars(select(ReadingArchive).order_by(ReadingArchive.start, ReadingArchive.part)).all()


def archived_until(tx: Transaction) -> int:
    """The second before which readings may be in archives."""
    return tx.scalar(select(func.max(type_coerce(ReadingArchive.end, BigInteger)))) or 0


def next_part(tx: Transaction, month: Period) -> int:
    """The number of the next file of a month."""
    return (tx.scalar(select(func.max(ReadingArchive.part)).where(ReadingArchive.start == month.start)) or 0) + 1


def folder(tx: Transaction) -> Path:
    """Where the files are."""
    return Path(tx.info[ARCHIVE_DIR])


def first_reading(tx: Transaction) -> datetime | None:
    """The oldest reading in the database: one seek for each meter."""
    mine = select(func.min(MeterReading.at)).where(MeterReading.meter_id == Meter.id).correlate(Meter)
    return min(
        (at for at in tx.scalars(select(mine.scalar_subquery()).select_from(Meter)) if at is not None), default=None
    )


def meters_to_archive(tx: Transaction, month: Period) -> list[int]:
    """The meters with readings of a month in the database, their last one excepted: that one stays, as what is known.

    Two seeks for each meter.
    """
    last = select(func.max(MeterReading.at)).where(MeterReading.meter_id == Meter.id).correlate(Meter).scalar_subquery()
    there = aliased(MeterReading)
    inside = there.meter_id == Meter.id, there.at >= month.start, there.at < month.end, there.at < last
    found = select(there.at).where(*inside).limit(1).correlate(Meter).exists()
    return list(tx.scalars(select(Meter.id).where(found).order_by(Meter.id)))


def rows_to_archive(tx: Transaction, meter_id: int, month: Period) -> list[Row]:
    """The readings of a meter in a month that are in the database, the last of all its readings excepted."""
    table = MeterReading.__table__.c
    last = select(func.max(table.at)).where(table.meter_id == meter_id).scalar_subquery()
    at, received = (type_coerce(column, BigInteger) for column in (table.at, table.received_at))
    chosen = select(table.meter_id, at, table.wh, table.power_w, table.source, received)
    chosen = chosen.where(table.meter_id == meter_id, table.at >= month.start, table.at < month.end, table.at < last)
    return [tuple(row) for row in tx.execute(chosen.order_by(table.at))]


def last_seconds(tx: Transaction, meter_ids: Collection[int]) -> dict[int, int]:
    """The second of the last reading of each meter that is in the database."""
    last = select(func.max(MeterReading.at)).where(MeterReading.meter_id == Meter.id).correlate(Meter)
    rows = tx.execute(select(Meter.id, type_coerce(last.scalar_subquery(), BigInteger)).where(Meter.id.in_(meter_ids)))
    return {meter_id: at for meter_id, at in rows if at is not None}


class Archives:
    """The archives as they are in a transaction; what was read of them is kept as long as this object."""

    def __init__(self, tx: Transaction) -> None:
        self._folder = folder(tx)
        found = ((seconds(one.start), seconds(one.end), one) for one in archives(tx))
        self._months = [(start, end, [one for *_, one in some]) for (start, end), some in groupby(found, _bounds)]
        self._read: dict[tuple[int, int], Rows | None] = {}

    def rows(self, spans: Mapping[int, tuple[int, int]]) -> dict[int, list[Rows]]:
        """By meter id, its readings over [start, end) in seconds: a list of months in time order."""
        found: defaultdict[int, list[Rows]] = defaultdict(list)
        for start, end, files in self._months:
            asked = {one: span for one, span in spans.items() if span[0] < end and start < span[1]}
            for meter_id, rows in self._sought(files, asked).items():
                found[meter_id].append(rows)
        return found

    def prepare(self, asked: Iterable[tuple[int, int]]) -> None:
        """Read the whole months of (meter id, second) at once for all the meters of each."""
        by_month: defaultdict[int, set[int]] = defaultdict(set)
        for meter_id, at in asked:
            for number, (start, end, _) in enumerate(self._months):
                if start <= at <= end and (number, meter_id) not in self._read:
                    by_month[number].add(meter_id)
        for number, meters in by_month.items():
            self._load(number, meters)

    def before(self, meter_id: int, at: int, count: int) -> Iterator[Reading]:
        """The last readings before a second, latest first: so many, or all those of the month where there are more."""
        for number in reversed(range(len(self._months))):
            if self._months[number][0] < at and count > 0:
                rows = self._month(number, meter_id)
                cut = int(np.searchsorted(rows.at, at)) if rows else 0
                if rows and cut:
                    yield from reversed(list(rows.readings())[max(0, cut - count) : cut])
                    count -= cut

    def after(self, meter_id: int, at: int, count: int) -> Iterator[Reading]:
        """The first readings after a second, in time order, as ``before``."""
        for number, (_, end, _) in enumerate(self._months):
            if end > at and count > 0:
                rows = self._month(number, meter_id)
                cut = int(np.searchsorted(rows.at, at, "right")) if rows else 0
                if rows and cut < len(rows.at):
                    yield from list(rows.readings())[cut : cut + count]
                    count -= len(rows.at) - cut

    def _month(self, number: int, meter_id: int) -> Rows | None:
        if (number, meter_id) not in self._read:
            self._load(number, {meter_id})
        return self._read[number, meter_id]

    def _load(self, number: int, meters: Collection[int]) -> None:
        found = self._sought(self._months[number][2], dict.fromkeys(meters, (-AGES, AGES)))
        for meter_id in meters:
            self._read[number, meter_id] = found.get(meter_id)

    def _sought(self, files: Sequence[ReadingArchive], spans: Mapping[int, tuple[int, int]]) -> dict[int, Rows]:
        from metering.archive.archive_file import sought

        parts: defaultdict[int, list[Rows]] = defaultdict(list)
        for one in files if spans else ():
            for meter_id, rows in sought(self._folder / one.path, spans).items():
                parts[meter_id].append(rows)
        return {meter_id: together(some) for meter_id, some in parts.items()}


def _bounds(one: tuple[int, int, Any]) -> tuple[int, int]:
    return one[:2]


def archived_between(tx: Transaction, meter_id: int, start: datetime, end: datetime | None) -> list[Reading]:
    """The archived readings of a meter over [start, end], in time order."""
    if seconds(start) >= archived_until(tx):
        return []
    span = seconds(start), AGES if end is None else seconds(end) + 1
    return [reading for rows in Archives(tx).rows({meter_id: span})[meter_id] for reading in rows.readings()]


def archived_beside(tx: Transaction, meter_id: int, at: datetime, count: int) -> tuple[list[Reading], list[Reading]]:
    """The last archived readings of a meter before an instant, latest first, and the first after it."""
    if not archived_until(tx):
        return [], []
    kept = Archives(tx)
    return list(kept.before(meter_id, seconds(at), count)), list(kept.after(meter_id, seconds(at), count))


def archived_rows(tx: Transaction, meter_id: int, period: Period) -> list[Rows]:
    """The archived readings of a meter in a period, by month, with how they came."""
    if seconds(period.start) >= archived_until(tx):
        return []
    return Archives(tx).rows({meter_id: (seconds(period.start), seconds(period.end))})[meter_id]


def archived_readings(
    tx: Transaction, meter_id: int, period: Period, after: datetime | None, limit: int
) -> list[MeterReading]:
    """The first archived readings of a meter in a period, after an instant, as the database had them."""
    parts = archived_rows(tx, meter_id, period)
    since = seconds(after) if after else -AGES
    rows = (row for part in parts for row in part.tuples(meter_id) if row[1] > since)
    return [
        MeterReading(meter_id=id_, at=instant(at), wh=wh, power_w=power, source=source, received_at=instant(received))
        for id_, at, wh, power, source, received in islice(rows, limit)
    ]


def archived_values(tx: Transaction, asked: Iterable[tuple[int, datetime]]) -> dict[tuple[int, int], Reading]:
    """The archived reading of each (meter id, instant) that has one, by meter id and second."""
    until = archived_until(tx)
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for meter_id, at in asked if until else ():
        if seconds(at) < until:
            wanted[meter_id].add(seconds(at))
    if not wanted:
        return {}
    found = Archives(tx).rows({meter_id: (min(some), max(some) + 1) for meter_id, some in wanted.items()})
    told = ((meter_id, one) for meter_id, months in found.items() for rows in months for one in rows.readings())
    return {(id_, seconds(one.at)): one for id_, one in told if seconds(one.at) in wanted[id_]}


def completed(tx: Transaction, since: Mapping[int, int], known: dict[int, Columns]) -> dict[int, Columns]:
    """Registers of meters from an instant on, those of archives put before and among those of the database."""
    until = archived_until(tx)
    old = {meter_id: (at, until) for meter_id, at in since.items() if at < until}
    found = Archives(tx).rows(old) if old else {}
    return known | {meter_id: _merged(months, known.get(meter_id)) for meter_id, months in found.items() if months}


Columns = tuple[Column, Column]


def _merged(months: Sequence[Rows], known: Columns | None) -> Columns:
    at, wh = known or (np.zeros(0, np.int64), np.zeros(0, np.int64))
    at, wh = np.concatenate([*(one.at for one in months), at]), np.concatenate([*(one.wh for one in months), wh])
    at, first = np.unique(at, return_index=True)  # one whose removal from the database was interrupted is there twice
    return at, wh[first]


def around_with_archived(
    tx: Transaction, found: dict[tuple[int, datetime], list[datetime]]
) -> dict[tuple[int, datetime], list[datetime]]:
    """The instants of readings on each side of others, when the nearest ones may be in archives."""
    last = archived_until(tx)
    if not last:
        return found
    until = instant(last)
    old = [pair for pair, told in found.items() if pair[1] <= until or not told or told[0] > pair[1]]
    if not old:
        return found
    kept = Archives(tx)
    kept.prepare((meter_id, seconds(at)) for meter_id, at in old)
    return found | {pair: _around(kept, pair, found[pair]) for pair in old}


def _around(kept: Archives, pair: tuple[int, datetime], known: Sequence[datetime]) -> list[datetime]:
    meter_id, at = pair
    told = [*known, *(one.at for one in kept.before(meter_id, seconds(at) + 1, 1))]
    told += [one.at for one in kept.after(meter_id, seconds(at) - 1, 1)]
    before, after = [one for one in told if one <= at], [one for one in told if one >= at]
    return [*([max(before)] if before else []), *([min(after)] if after else [])]
