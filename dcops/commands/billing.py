"""``dcops billing``: what the bills of a year would be."""

from __future__ import annotations

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Invalid


@click.group()
def billing() -> None:
    """Billing runs."""


@billing.command()
@click.option("--year", type=click.IntRange(1900, 9998), required=True, help="Civil year to bill.")
@click.option("--dry-run", "dry", is_flag=True, help="Compute everything, write nothing.")
@json_option
@pass_parts
def run(parts: Parts, year: int, dry: bool, as_json: bool) -> None:
    """Compute the bills of a year: every line with the grid, the order and the readings it came from."""
    from dcops.billing.dry_run import dry_run
    from dcops.billing.listing import text

    if not dry:
        raise Invalid("cette version ne sait pas encore émettre de factures : ajouter --dry-run pour les simuler.")
    with parts.database.transaction() as tx:
        found = dry_run(tx, year, parts.settings)
    emit(found.document(), as_json, "" if as_json else text(found))
