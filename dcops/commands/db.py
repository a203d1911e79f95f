"""``dcops db``: schema upgrade and check."""

from __future__ import annotations

import click

from dcops import db as database_module
from dcops.commands import pass_parts
from dcops.wiring import Parts


@click.group()
def db() -> None:
    """Database schema and backups."""


@db.command()
@pass_parts
def upgrade(parts: Parts) -> None:
    """Make or upgrade the schema, then load the shipped tariff grids that are missing."""
    database_module.upgrade(parts.database)
    from dcops.catalogue.grids import load_shipped

    with parts.database.transaction() as tx:
        loaded = load_shipped(tx)
    for name in loaded:
        click.echo(f"grille {name} chargée", err=True)
    click.echo(f"base à jour : {parts.database.safe_url} ({database_module.head()})")


@db.command()
@pass_parts
def check(parts: Parts) -> None:
    """Say whether the schema is the one this version expects."""
    parts.database.require_current()
    click.echo(f"base à jour : {parts.database.safe_url}")
