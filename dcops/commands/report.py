"""``dcops report``: what the accounts and the budget debate ask for."""

from __future__ import annotations

from pathlib import Path

import click

from dcops.commands import emit, json_option, pass_parts, write_file, xlsx_option
from dcops.wiring import Parts
from inventory.clock import civil_date


@click.group()
def report() -> None:
    """Reports for the accounts."""


@report.command()
@click.option("--year", type=click.IntRange(1903, 9998), help="Last of the three civil years (default: this one).")
@click.option(
    "--history", type=click.Path(path_type=Path, dir_okay=False),
    help="CSV file of earlier years: code,label,amount_2022… (default: the setting accounting.history).",
)  # fmt: skip
@xlsx_option
@json_option
@pass_parts
def contributions(parts: Parts, year: int | None, history: Path | None, xlsx: Path | None, as_json: bool) -> None:
    """Revenue by service over three years, and its variation: issued, else from the history, else the dry run."""
    from dcops.accounting.contributions import contributions
    from dcops.accounting.contributions_shown import text, workbook

    settings = parts.settings
    if history is not None:
        accounting = settings.accounting.model_copy(update={"history": history})
        settings = settings.model_copy(update={"accounting": accounting})
    with parts.database.transaction() as tx:
        found = contributions(tx, year or civil_date(parts.clock.now()).year, settings)
    if xlsx is not None:
        write_file(xlsx, workbook(found))
    emit(found.document(), as_json, "" if as_json else text(found))
