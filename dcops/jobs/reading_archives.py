"""Old readings go from the database to files, month by month; what an earlier run left unfinished comes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.french import counted

if TYPE_CHECKING:
    from metering.models import ReadingArchive


@dataclass(frozen=True, slots=True)
class Moved:
    """An archive, and how many readings left the database for it this time."""

    archive: ReadingArchive
    removed: int

    def document(self) -> dict[str, Any]:
        return {**described(self.archive), "removed": self.removed}


def described(archive: ReadingArchive) -> dict[str, Any]:
    """An archive as commands tell it."""
    return {
        "month": f"{archive.month:%Y-%m}",
        "part": archive.part,
        "file": archive.path,
        "rows": archive.rows,
        "bytes": archive.bytes,
        "sha256": archive.sha256,
        "archived_at": archive.archived_at.isoformat(),
    }


def due(parts: Parts, until: date | None = None) -> list[date]:
    """The first days of the months that would be archived now."""
    from metering.archive.archiving import months_due

    today, keep = civil_date(parts.clock.now()), parts.settings.metering.keep_readings_months
    with parts.database.transaction() as tx:
        return [civil_date(month.start) for month in months_due(tx, today, keep, until)]


def archive(parts: Parts, until: date | None = None) -> list[Moved]:
    """Archive every month that is due. Raises Conflict when somebody else does, Unavailable when a file is refused."""
    from metering.archive.archiving import alone, months_due, record, write

    today, keep = civil_date(parts.clock.now()), parts.settings.metering.keep_readings_months
    with alone(parts.database.archive_dir):
        found = list(_finished(parts))
        with parts.database.transaction() as tx:
            months = months_due(tx, today, keep, until)
        for month in months:
            with parts.database.transaction() as tx:
                written = write(tx, month)
            if written is not None:
                with parts.database.transaction() as tx:
                    kept = record(tx, written, parts.clock.now())
                found.append(Moved(kept, _removed(parts, kept)))
    return found


def _finished(parts: Parts) -> Iterator[Moved]:
    """Remove what an interrupted run had archived and not removed."""
    from metering.archive.archiving import unfinished

    with parts.database.transaction() as tx:
        left = unfinished(tx)
    for one in left:
        removed = _removed(parts, one)
        if removed:
            yield Moved(one, removed)


def _removed(parts: Parts, kept: ReadingArchive) -> int:
    """Remove the readings of an archive from the database, a few thousands at a time."""
    from metering.archive.archive_file import groups
    from metering.archive.archiving import remove

    removed = 0
    for rows in groups(parts.database.archive_dir / kept.path):
        with parts.database.transaction() as tx:
            removed += remove(tx, rows)
    return removed


def run(parts: Parts) -> str:
    """Archive what is due."""
    found = archive(parts)
    moved = sum(one.removed for one in found)
    if not found:
        return "rien à archiver."
    return f"{counted(len(found), 'fichier')}, {counted(moved, 'relevé archivé', 'relevés archivés')}."
