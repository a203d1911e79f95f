"""``dcops hours``: packs sold, interventions logged and corrected, balances and statements."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import date
from typing import Any

import click

from dcops.commands import DATE, ID, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.clock import civil_date

on_option = click.option("--on", type=DATE, default=None, help="Day, such as 2024-03-01 (default: today).")
author_option = click.option("--author", default=None, help="Who does it (default: the session's user).")
NAMES = {"goodwill": "geste commercial"}


@click.group()
def hours() -> None:
    """Hour packs and interventions."""


@hours.command()
@click.argument("customer")
@on_option
@json_option
@pass_parts
def balance(parts: Parts, customer: str, on: date | None, as_json: bool) -> None:
    """Minutes bought, used, left and owed, and the packs they are in."""
    from dcops.support import hours as support

    with parts.database.transaction() as tx:
        found = support.balance(tx, customer, on or _today(parts))
    packs = "".join(
        f"\n  {NAMES.get(pack.code, pack.code)} du {pack.bought_on:%d/%m/%Y} : "
        f"{_clock(pack.remaining_minutes)}, {_until(pack.expires_on)}"
        for pack in found.packs
    )
    human = (
        f"{customer} le {found.on:%d/%m/%Y} : reste {_clock(found.remaining_minutes)} "
        f"(achetées {_clock(found.bought_minutes)}, utilisées {_clock(found.used_minutes)}, "
        f"dues {_clock(found.owed_minutes)}){packs}"
    )
    emit(found.document(), as_json, human)


@hours.command()
@click.argument("customer")
@click.argument("pack")
@on_option
@author_option
@json_option
@pass_parts
def sell(parts: Parts, customer: str, pack: str, on: date | None, author: str | None, as_json: bool) -> None:
    """Credit a PACK of the grid (assist-2h30, assist-5h, assist-10h)."""
    from dcops.support import hours as support

    _record(parts, as_json, lambda tx: support.sell(tx, customer, pack, on or _today(parts), *_by(parts, author)))


@hours.command()
@click.argument("customer")
@click.option("--minutes", type=int, required=True, help="Minutes worked.")
@click.option("--what", required=True, help="What was done.")
@on_option
@author_option
@json_option
@pass_parts
def log(
    parts: Parts, customer: str, minutes: int, what: str, on: date | None, author: str | None, as_json: bool
) -> None:
    """Debit an intervention from the packs valid on its day."""
    from dcops.support import hours as support

    day, rules = on or _today(parts), parts.settings.support
    _record(parts, as_json, lambda tx: support.log(tx, customer, minutes, day, what, *_by(parts, author), rules))


@hours.command()
@click.argument("customer")
@click.option("--minutes", type=int, required=True, help="Minutes given.")
@click.option("--reason", required=True, help="Why they are given.")
@click.option(
    "--expires", type=DATE, default=None, help="First day on which they are no longer valid (default: never)."
)
@on_option
@author_option
@json_option
@pass_parts
def give(
    parts: Parts, customer: str, minutes: int, reason: str, expires: date | None, on: date | None,
    author: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Credit minutes as a goodwill gesture."""
    from dcops.support import hours as support

    day = on or _today(parts)
    _record(parts, as_json, lambda tx: support.give(tx, customer, minutes, day, reason, *_by(parts, author), expires))


@hours.command()
@click.argument("entry", type=ID)
@click.option("--reason", required=True, help="Why the entry is reversed.")
@author_option
@json_option
@pass_parts
def correct(parts: Parts, entry: int, reason: str, author: str | None, as_json: bool) -> None:
    """Reverse one ENTRY of a ledger; both stay."""
    from dcops.support import hours as support

    rules = parts.settings.support
    _record(parts, as_json, lambda tx: support.correct(tx, entry, reason, *_by(parts, author), rules))


@hours.command()
@click.argument("customer")
@click.option("--year", type=int, required=True)
@click.option("--csv", "as_csv", is_flag=True, help="Semicolon-separated entries on stdout.")
@json_option
@pass_parts
def statement(parts: Parts, customer: str, year: int, as_csv: bool, as_json: bool) -> None:
    """What moved in a year, with the balances around it."""
    from dcops.support import hours as support
    from dcops.support.statement import csv_text

    with parts.database.transaction() as tx:
        found = support.statement(tx, customer, year)
    rows = "".join(f"\n  {e.id:>6}  {e.on:%d/%m/%Y}  {e.minutes:>6} min  {e.what}  ({e.author})" for e in found.entries)
    human = (
        f"{customer} en {year} : {_clock(found.opening.remaining_minutes)} au départ, "
        f"{_clock(found.closing.remaining_minutes)} à la fin{rows}"
    )
    emit(found.document(), as_json, csv_text(found.entries).rstrip("\n") if as_csv else human)


def _record(parts: Parts, as_json: bool, action: Callable[[Any], Any]) -> None:
    from dcops.support import hours as support
    from dcops.support.statement import entry_document

    with parts.database.transaction() as tx:
        entry = action(tx)
        left = support.balance(tx, entry.customer.code, _today(parts))
        document = {**entry_document(entry), "balance": left.document()}
    human = f"écriture n° {entry.id} : {entry.minutes:+} min ; reste {_clock(left.remaining_minutes)}"
    emit(document, as_json, human)


def _today(parts: Parts) -> date:
    return civil_date(parts.clock.now())


def _by(parts: Parts, author: str | None) -> tuple[str, Any]:
    """Author and instant of an entry."""
    return author or getpass.getuser(), parts.clock.now()


def _until(expires_on: date) -> str:
    return "sans terme" if expires_on == date.max else f"jusqu'au {expires_on:%d/%m/%Y} exclu"


def _clock(minutes: int) -> str:
    """150 minutes as people say them: 2 h 30."""
    return f"{minutes // 60} h {minutes % 60:02}"
