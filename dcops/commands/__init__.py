"""The command line: one file per group of commands."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from dcops.wiring import Parts
from inventory.errors import Invalid
from inventory.orm import LARGEST_ID, Transaction

Command = TypeVar("Command", bound=Callable[..., Any])
Done = TypeVar("Done")

pass_parts = click.make_pass_decorator(Parts)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
author_option = click.option("--author", default=getpass.getuser, show_default="login name", help="Who does it.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what it would do; nothing is recorded.")


class CivilDate(click.ParamType[date]):
    """A calendar day written 2024-03-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2024-03-01", param, ctx)


class Instant(click.ParamType[datetime]):
    """An instant with its offset, written 2024-05-14T11:30:00+02:00."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant such as 2024-05-14T11:30:00+02:00", param, ctx)
        if at.tzinfo is None:
            self.fail(f"{value!r} has no offset: write {value}+02:00 or {value}Z", param, ctx)
        return at.astimezone(UTC)


DATE, INSTANT = CivilDate(), Instant()
ID = click.IntRange(1, LARGEST_ID)
xlsx_option = click.option(
    "--xlsx", type=click.Path(path_type=Path, dir_okay=False), help="Also write a workbook to this file."
)


def write_file(path: Path, content: bytes) -> None:
    """Write what was asked for. Raises Invalid naming the file."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Invalid(f"fichier impossible à écrire : {path} ({error.strerror}).") from None


class _RolledBack(Exception):
    """Ends a transaction that was only a rehearsal."""


def kept_or_rehearsed(parts: Parts, dry_run: bool, act: Callable[[Transaction], Done]) -> Done:
    """What an act answers in one transaction, which is undone when it was only a rehearsal."""
    try:
        with parts.database.transaction() as tx:
            done = act(tx)
            if dry_run:
                raise _RolledBack
    except _RolledBack:
        pass
    return done


def emit(document: Any, as_json: bool, human: str) -> None:
    """Print one JSON document, or the text for a person."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else human)
