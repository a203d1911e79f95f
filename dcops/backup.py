"""How an SQLite database is saved to one file while it is in use, and put back; PostgreSQL has its own tools."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from dcops.db import Database, revisions
from inventory.errors import Conflict, Invalid, Unavailable

BUSY_S = 30


def backup(database: Database, file: Path) -> str:
    """Write everything the database holds, at one instant, to a new file; its schema's revision.

    Readers and writers go on meanwhile. Raises Conflict when the file exists, Unavailable when it cannot be written
    or when there is nothing to save, Invalid on PostgreSQL.
    """
    found = _path(database, "pg_dump --format=custom --file=FICHIER")
    database.require_current()
    if file.exists():
        raise Conflict(f"{file} existe déjà : choisir un autre nom, une sauvegarde n'est jamais écrasée.")
    partial = file.with_name(f"{file.name}.partial")
    try:
        _save(found, partial)
        revision = _checked(partial)
        partial.replace(file)
    except (OSError, sqlite3.Error) as error:
        for leftover in ("", "-journal", "-wal", "-shm"):
            Path(f"{partial}{leftover}").unlink(missing_ok=True)
        raise Unavailable(f"sauvegarde impossible dans {file} ({error}).") from None
    return revision


def restore(database: Database, file: Path, now: datetime) -> tuple[str, Path | None]:
    """Put a saved file back in place of what the database holds: the revision restored, and where what was is kept.

    What the database held is first saved beside it, byte for byte when it is damaged. Either everything is replaced
    or nothing is. Raises Invalid when the file is not a backup of dcops, Unavailable when the database is in use or
    cannot be written.
    """
    target = _path(database, "pg_restore --clean --if-exists --dbname=BASE")
    revision = _checked(file)
    if revision not in revisions():
        raise Invalid(f"{file} est à la version {revision}, inconnue de ce programme : le mettre à jour d'abord.")
    database.dispose()
    kept = target.with_name(f"{target.name}.{now:%Y%m%d-%H%M%S-%f}.before-restore")
    try:
        if _is_damaged(target):
            _replace(target, file, kept)
        elif _is_empty(target):
            _copy(file, target)
            return revision, None
        else:
            _save(target, kept)
            _copy(file, target)
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(
            f"restauration impossible dans {target} ({error}), rien n'a changé : arrêter « dcops serve » et réessayer."
        ) from None
    return revision, kept


def _path(database: Database, command: str) -> Path:
    """The file of an SQLite database. Raises Invalid, with the tool to use, for any other."""
    if database.url.get_backend_name() != "sqlite":
        raise Invalid(f"{database.safe_url} se sauvegarde avec les outils de PostgreSQL : « {command} ».")
    if not database.url.database or database.url.database == ":memory:":
        raise Invalid("une base en mémoire ne se sauvegarde pas.")
    return Path(database.url.database)


def _save(source: Path, target: Path) -> None:
    """Copy a whole database to a file that stands alone: no journal beside it."""
    _copy(source, target)
    with closing(sqlite3.connect(target)) as saved:
        saved.execute("PRAGMA journal_mode=DELETE")


def _copy(source: Path, target: Path) -> None:
    """Copy a whole database in one transaction of the target."""
    with closing(_reader(source)) as old, closing(sqlite3.connect(target, timeout=BUSY_S)) as new:
        old.backup(new)


def _replace(target: Path, file: Path, kept: Path) -> None:
    """Put a whole database in place of a damaged file, which is kept as it is, journals included."""
    partial = target.with_name(f"{target.name}.partial")
    _save(file, partial)
    for journal in ("", "-wal", "-shm"):
        part = Path(f"{target}{journal}")
        if part.exists():
            part.replace(f"{kept}{journal}")
    partial.replace(target)


def _is_damaged(file: Path) -> bool:
    """Whether a file is there that SQLite cannot read as a whole database."""
    if not file.exists():
        return False
    try:
        with closing(_reader(file)) as present:
            (sound,) = present.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        raise  # in use, or not to be read: that is no damage
    except sqlite3.DatabaseError:
        return True
    return bool(sound != "ok")


def _reader(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)


def _checked(file: Path) -> str:
    """The revision of a saved file. Raises Invalid unless it is a whole database of dcops."""
    if not file.is_file():
        raise Invalid(f"sauvegarde introuvable : {file}.")
    try:
        with closing(_reader(file)) as saved:
            (sound,) = saved.execute("PRAGMA quick_check(1)").fetchone()
            rows = saved.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error as error:
        raise Invalid(f"{file} n'est pas une sauvegarde de dcops ({error}).") from None
    if sound != "ok" or len(rows) != 1:
        raise Invalid(f"{file} est abîmé ({sound}) : prendre une autre sauvegarde.")
    return str(rows[0][0])


def _is_empty(file: Path) -> bool:
    """Whether there is nothing to keep: no file, or a file without any table."""
    if not file.exists():
        return True
    with closing(_reader(file)) as present:
        (tables,) = present.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return not tables
