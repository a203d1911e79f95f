"""Moving the readings of old months to files, step by step: whatever stops it, the next run goes on from there.

A file gets its name once it is on the disk and was read back; then the database says that it exists; only then do the
readings that are in the file leave the database, by their keys and values.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from inventory.clock import civil_date
from inventory.errors import Conflict, Unavailable
from inventory.orm import Transaction
from metering.archive import archive_store
from metering.archive.archived import Row
from metering.columns import instant
from metering.models import ReadingArchive
from metering.period import Period, midnight, split

_DELETE_SQLITE = "DELETE FROM readings WHERE meter_id = ? AND at = ? AND wh = ?"
_DELETE_POSTGRESQL = (
    "DELETE FROM readings USING unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS kept (meter_id, at, wh) "
    "WHERE readings.meter_id = kept.meter_id AND readings.at = kept.at AND readings.wh = kept.wh"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is whole and that the database does not know yet."""

    month: Period
    part: int
    name: str
    rows: int
    bytes: int
    sha256: str
    received_until: datetime


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Archive alone in a folder. Raises Conflict when somebody else does, Unavailable when it cannot be written."""
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise Unavailable(
            f"dossier d'archives {folder} inutilisable ({error.strerror}) : voir metering.archive_dir."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict("un archivage de relevés est déjà en cours : attendre qu'il finisse.") from None
    finally:
        os.close(lock)


def months_due(tx: Transaction, today: date, keep_months: int, until: date | None = None) -> list[Period]:
    """The civil months whose readings may leave the database, oldest first; ``until``: not beyond that month.

    A reading of the month that ended ``keep_months`` ago, or later, stays; 0: all do.
    """
    first = archive_store.first_reading(tx) if keep_months else None
    limit = _months_before(today, keep_months)
    last = limit if until is None else min(limit, _months_before(until, -1))
    start = civil_date(first).replace(day=1) if first else last
    if start >= last:
        return []
    months = split(Period(midnight(start), midnight(last)), "month")
    return [month for month in months if archive_store.meters_to_archive(tx, month)]


def _months_before(day: date, months: int) -> date:
    """The first day of a month so many before that of a day."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def write(tx: Transaction, month: Period) -> Written | None:
    """Write the readings of a month that are in the database to a file, checked; None when there are none."""
    from metering.archive.archive_file import Writer, check, on_disk

    folder, part = archive_store.folder(tx), archive_store.next_part(tx, month)
    partial = folder / f"{_named(month)}-{part}.partial"
    try:
        with Writer(partial) as out:
            for meter_id in archive_store.meters_to_archive(tx, month):
                out.add(archive_store.rows_to_archive(tx, meter_id, month))
        if not out.sums.rows:
            partial.unlink()
            return None
        sha256 = on_disk(partial)
        check(partial, out.sums)
        name = f"{_named(month)}-{part}-{sha256[:12]}.parquet"
        size = partial.stat().st_size
        partial.replace(folder / name)
        _sync(folder)
    except OSError as error:
        raise Unavailable(f"archive impossible dans {folder} ({error}) ; les relevés restent dans la base.") from error
    return Written(month, part, name, out.sums.rows, size, sha256, instant(out.sums.newest))


def _named(month: Period) -> str:
    return f"readings-{civil_date(month.start):%Y-%m}"


def _sync(folder: Path) -> None:
    """Force the names of a folder to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def record(tx: Transaction, written: Written, now: datetime) -> ReadingArchive:
    """Say that a file holds the readings of a month: from then on they may leave the database."""
    archive = ReadingArchive(
        month=civil_date(written.month.start), part=written.part, path=written.name,
        start=written.month.start, end=written.month.end, received_until=written.received_until,
        rows=written.rows, bytes=written.bytes, sha256=written.sha256, archived_at=now,
    )  # fmt: skip
    tx.add(archive)
    tx.flush()
    return archive


def unfinished(tx: Transaction) -> list[ReadingArchive]:
    """The archives of which readings may still be in the database: their removal was interrupted."""
    found = archive_store.archives(tx)
    months = {one.start: Period(one.start, one.end) for one in found}
    dirty = {start for start, month in months.items() if archive_store.meters_to_archive(tx, month)}
    return [one for one in found if one.start in dirty]


def remove(tx: Transaction, rows: Sequence[Row]) -> int:
    """Delete from the database readings that an archive holds, as it has them; returns how many were there.

    The last reading of a meter stays, whatever the file holds.
    """
    last = archive_store.last_seconds(tx, {row[0] for row in rows})
    keys = [row[:3] for row in rows if row[0] in last and row[1] < last[row[0]]]
    if not keys:
        return 0
    connection, options = tx.connection(), {"preserve_rowcount": True}
    if connection.dialect.name == "postgresql":
        columns = tuple(list(column) for column in zip(*keys, strict=True))
        return connection.exec_driver_sql(_DELETE_POSTGRESQL, columns, execution_options=options).rowcount
    return connection.exec_driver_sql(_DELETE_SQLITE, keys, execution_options=options).rowcount


def damaged(tx: Transaction, *, thoroughly: bool) -> tuple[int, list[str]]:
    """How many archives there are, and what is wrong with their files; ``thoroughly``: read all their bytes."""
    from metering.archive.archive_file import digest

    folder, found = archive_store.folder(tx), archive_store.archives(tx)
    wrong: list[str] = []
    for one in found:
        path = folder / one.path
        if not path.is_file():
            wrong.append(f"{path} n'est pas là")
        elif path.stat().st_size != one.bytes or (thoroughly and digest(path) != one.sha256):
            wrong.append(f"{path} a changé depuis son écriture")
    return len(found), wrong
