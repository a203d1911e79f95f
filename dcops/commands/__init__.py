"""The command line: one file per group of commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from dcops.wiring import Parts

Command = TypeVar("Command", bound=Callable[..., Any])

pass_parts = click.make_pass_decorator(Parts)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


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


DATE = CivilDate()


def emit(document: Any, as_json: bool, human: str) -> None:
    """Print one JSON document, or the text for a person."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else human)
