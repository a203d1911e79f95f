"""``dcops db``: schema upgrade and check, backup and restore."""

from __future__ import annotations

from pathlib import Path

import click

from dcops import db as database_module
from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def db() -> None:
    """Database schema and backups."""


@db.command()
@json_option
@pass_parts
def upgrade(parts: Parts, as_json: bool) -> None:
    """Make or upgrade the schema, then load the shipped tariff grids that are missing."""
    database_module.upgrade(parts.database)
    from dcops.catalogue.grids import load_shipped

    with parts.database.transaction() as tx:
        loaded = load_shipped(tx)
    for name in loaded:
        click.echo(f"grille {name} chargée", err=True)
    where, revision = parts.database.safe_url, database_module.head()
    emit(
        {"database": where, "revision": revision, "tariffs_loaded": list(loaded)},
        as_json,
        f"base à jour : {where} ({revision})",
    )


@db.command()
@json_option
@pass_parts
def check(parts: Parts, as_json: bool) -> None:
    """Say whether the schema is the one this version expects."""
    parts.database.require_current()
    where = parts.database.safe_url
    emit({"database": where, "revision": database_module.head(), "current": True}, as_json, f"base à jour : {where}")


@db.command()
@file_argument
@json_option
@pass_parts
def backup(parts: Parts, file: Path, as_json: bool) -> None:
    """Save an SQLite database to a new FILE, while it is in use (PostgreSQL: use pg_dump)."""
    from dcops.backup import backup as save

    revision = save(parts.database, file)
    size = file.stat().st_size
    document = {"database": parts.database.safe_url, "file": str(file), "revision": revision, "bytes": size}
    archived = any(parts.database.archive_dir.glob("*.parquet"))
    more = f" ; copier aussi les archives de relevés, {parts.database.archive_dir}" if archived else ""
    emit(document, as_json, f"sauvegarde écrite : {file} ({size // 1024} Ko, version {revision}){more}")


@db.command()
@file_argument
@json_option
@pass_parts
def restore(parts: Parts, file: Path, as_json: bool) -> None:
    """Put a saved FILE in place of an SQLite database; what was there is kept beside it (PostgreSQL: pg_restore)."""
    from dcops.backup import restore as put_back

    revision, kept = put_back(parts.database, file, parts.clock.now())
    document = {
        "database": parts.database.safe_url,
        "file": str(file),
        "revision": revision,
        "kept": str(kept) if kept else None,
    }
    note = f" ; l'ancienne est gardée dans {kept}" if kept else ""
    late = "" if revision == database_module.head() else " Lancer maintenant « dcops db upgrade »."
    emit(document, as_json, f"base restaurée depuis {file} (version {revision}){note}.{late}")
