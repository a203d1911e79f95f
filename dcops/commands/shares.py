"""``dcops shares``: import and list them, book one, move its end, take it back; private cages of whole racks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import (
    DATE,
    ID,
    author_option,
    dry_run_option,
    emit,
    json_option,
    kept_or_rehearsed,
    pass_parts,
)
from dcops.commands.imports import group_of, human_of_row, share_row
from dcops.commands.tariffs import number
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.orm import Transaction
from inventory.racks import KINDS

if TYPE_CHECKING:
    from inventory.booking import By
    from inventory.models import Cage

WATTS = click.IntRange(1, 1_000_000)
reason_option = click.option("--reason", default="", help="Why.")


def _with(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options of a command, said once."""

    def decorated(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


_sold = _with(
    click.option("--customer", required=True),
    click.option("--from", "start", type=DATE, required=True, help="First day."),
    click.option("--to", "end", type=DATE, help="Day after the last one (default: without end)."),
    click.option("--power", "power_w", type=WATTS, help="Watts that it is promised, each rack of a cage."),
)
_done = _with(reason_option, author_option, dry_run_option, json_option, pass_parts)
_ended = _with(
    click.argument("id", type=ID),
    click.option("--to", "end", type=DATE, help="Day after the last one; without it, the end is taken back."),
    _done,
)


def _shares(tx: Transaction) -> list[dict[str, Any]]:
    from inventory import store

    return [share_row(share) for share in store.shares(tx)]


shares = group_of("shares", "Sold shares of racks.", "inventory.imports:import_shares", _shares)


@shares.command()
@click.argument("rack")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--position", type=click.IntRange(1, 100), default=1, help="Lowest U, or number from the bottom.")
@click.option("--units", type=click.IntRange(1, 100), default=1, help="How many U, for --kind unit.")
@_sold
@_done
def book(
    parts: Parts, rack: str, kind: str, position: int, units: int, customer: str, start: date, end: date | None,
    power_w: int | None, reason: str, author: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Book a share of RACK; refused, with whose it is, when somebody has it."""
    from inventory.booking import Wish
    from inventory.booking import book as record

    wish = Wish(rack, kind, customer, start, end, position, units, power_w)
    found = kept_or_rehearsed(parts, dry_run, lambda tx: share_row(record(tx, wish, _by(parts, author, reason))))
    _emit(found, dry_run, as_json)


@shares.command("end")
@_ended
def end_share(parts: Parts, id: int, end: date | None, reason: str, author: str, dry_run: bool, as_json: bool) -> None:
    """End share ID, move its end, or take it back; what was billed beyond is credited by the next run."""
    from inventory.booking import move_end

    found = kept_or_rehearsed(parts, dry_run, lambda tx: share_row(move_end(tx, id, end, _by(parts, author, reason))))
    _emit(found, dry_run, as_json)


@shares.command()
@click.argument("id", type=ID)
@reason_option
@author_option
@json_option
@pass_parts
def cancel(parts: Parts, id: int, reason: str, author: str, as_json: bool) -> None:
    """Take back share ID, which has not begun and was never billed."""
    from dcops.billing.order_store import billed_until
    from inventory.booking import cancel as take_back

    by = _by(parts, author, reason)
    with parts.database.transaction() as tx:
        take_back(tx, id, partial(billed_until, tx), by, civil_date(by.now))
    emit({"cancelled": id}, as_json, f"part n° {id} annulée.")


@shares.command()
@click.argument("name")
@click.option("--rack", "racks", multiple=True, required=True, help="A rack of it; give five or more.")
@_sold
@click.option("--agreed-price", type=number, help="Euros a year: sells the subscription that pays for it.")
@_done
def cage(
    parts: Parts, name: str, racks: tuple[str, ...], customer: str, start: date, end: date | None,
    power_w: int | None, agreed_price: Decimal | None, reason: str, author: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Book the private cage NAME: more than four whole racks of one room, all of them or none."""
    from dcops.contracts import cages
    from inventory.cages import CageWish

    wish = CageWish(name, racks, customer, start, end, power_w)

    def booked(tx: Transaction) -> dict[str, Any]:
        made, paying = cages.book(tx, wish, agreed_price, _by(parts, author, reason))
        return _cage_row(made, None if paying is None else paying.id)

    found = kept_or_rehearsed(parts, dry_run, booked)
    _emit(found, dry_run, as_json, "" if agreed_price is not None else cages.NO_PRICE)


@shares.command("end-cage")
@_ended
def end_cage(parts: Parts, id: int, end: date | None, reason: str, author: str, dry_run: bool, as_json: bool) -> None:
    """End cage ID with all its racks and the subscription that pays for it, move that end, or take it back."""
    from dcops.contracts import cages

    def ended(tx: Transaction) -> dict[str, Any]:
        made, paying = cages.move_end(tx, id, end, _by(parts, author, reason))
        return _cage_row(made, None if paying is None else paying.id)

    _emit(kept_or_rehearsed(parts, dry_run, ended), dry_run, as_json)


@shares.command("cages")
@json_option
@pass_parts
def list_cages(parts: Parts, as_json: bool) -> None:
    """List private cages, past and future ones too."""
    from dcops.contracts.cages import subscription_of
    from inventory import space_store

    with parts.database.transaction() as tx:
        found = [(cage, subscription_of(tx, cage)) for cage in space_store.cages(tx)]
        rows = [_cage_row(cage, None if paying is None else paying.id) for cage, paying in found]
    emit(rows, as_json, "\n".join(map(human_of_row, rows)) or "aucun espace privatif.")


def _by(parts: Parts, author: str, reason: str) -> By:
    from inventory.booking import By

    return By(author, parts.clock.now(), reason)


def _emit(document: dict[str, Any], dry_run: bool, as_json: bool, more: str = "") -> None:
    lines = [human_of_row(document), more, "Essai : rien n'a été enregistré." if dry_run else ""]
    emit({**document, "dry_run": dry_run}, as_json, "\n".join(filter(None, lines)))


def _cage_row(cage: Cage, subscription: int | None) -> dict[str, Any]:
    return {
        "id": cage.id,
        "name": cage.name,
        "site": cage.room.site.name,
        "room": cage.room.name,
        "customer": cage.customer.code,
        "racks": [share.rack.name for share in cage.shares],
        "from": cage.start.isoformat(),
        "to": cage.end and cage.end.isoformat(),
        "subscription": subscription,
    }
