"""``dcops meters archive`` and ``archives``: old readings to files, and the files there are."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dcops.commands import dry_run_option, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Unavailable
from inventory.french import counted


class Month(click.ParamType[date]):
    """A civil month written 2024-03."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value!r} is not a month such as 2024-03", param, ctx)


@click.command()
@click.option("--until", type=Month(), help="Not beyond this month, e.g. 2024-03.")
@dry_run_option
@json_option
@pass_parts
def archive(parts: Parts, until: date | None, dry_run: bool, as_json: bool) -> None:
    """Move the readings of months older than metering.keep_readings_months to files."""
    from dcops.jobs import reading_archives

    if dry_run:
        months = [f"{month:%Y-%m}" for month in reading_archives.due(parts, until)]
        emit({"months": months}, as_json, f"à archiver : {', '.join(months) or 'rien'}.")
        return
    found = [one.document() for one in reading_archives.archive(parts, until)]
    lines = [f"{one['file']} : {counted(one['removed'], 'relevé archivé', 'relevés archivés')}." for one in found]
    emit(found, as_json, "\n".join(lines) or "rien à archiver.")


@click.command()
@click.option("--check", is_flag=True, help="Read every file and compare it with what was written.")
@json_option
@pass_parts
def archives(parts: Parts, check: bool, as_json: bool) -> None:
    """The files that hold readings of old months."""
    from dcops.jobs.reading_archives import described
    from metering.archive.archive_store import archives as all_archives
    from metering.archive.archiving import damaged

    with parts.database.transaction() as tx:
        found = [described(one) for one in all_archives(tx)]
        _, wrong = damaged(tx, thoroughly=check)
    lines = [f"{one['month']}  {one['rows']:>12}  {one['bytes']:>12} o  {one['file']}" for one in found]
    emit({"archives": found, "wrong": wrong}, as_json, "\n".join(lines) or "aucune archive de relevés.")
    if wrong:
        raise Unavailable(f"archives à remettre à leur place depuis leur copie : {' ; '.join(wrong)}.")
