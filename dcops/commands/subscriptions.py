"""``dcops subscriptions``: import, list and show them, sell a new one, amend, end or resume one, say what ends soon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import DATE, ID, author_option, dry_run_option, emit, json_option, pass_parts
from dcops.commands.imports import human_of_row, import_options, run_import
from dcops.commands.tariffs import number
from dcops.wiring import Parts
from inventory.clock import civil_date

if TYPE_CHECKING:
    from dcops.contracts.changes import Draft
    from inventory.orm import Transaction

MONTHS = click.IntRange(0, 600)
WITHIN = click.IntRange(0, 3660)
reason_option = click.option("--reason", required=True, help="Why.")


@click.group()
def subscriptions() -> None:
    """Subscriptions."""


@subscriptions.command("import")
@import_options
@pass_parts
def import_file(parts: Parts, file: Path, dry_run: bool, skip_bad: bool, as_json: bool) -> None:
    """Import a CSV file: everything, or nothing when a row is bad."""
    from dcops.billing.order_store import billed_subscriptions
    from dcops.contracts.imports import import_subscriptions

    with parts.database.transaction() as tx:
        billed = billed_subscriptions(tx)
    now = parts.clock.now()
    run_import(parts, import_subscriptions, file, dry_run, skip_bad, as_json, now=now, billed=billed)


@subscriptions.command("list")
@click.option("--on", type=DATE, help="Only those that run on that day, as they were then (default: all, as today).")
@click.option("--customer", help="Customer code.")
@click.option("--ending-within", type=WITHIN, help="Only those with an end, a commitment or a notice within DAYS.")
@json_option
@pass_parts
def list_rows(parts: Parts, on: date | None, customer: str | None, ending_within: int | None, as_json: bool) -> None:
    """List subscriptions with the quantity and the price that hold on a day."""
    from dcops.contracts import listing, store
    from dcops.contracts.changes import term_on
    from dcops.contracts.ending import ending
    from dcops.contracts.holdings import terms_of

    day = on or civil_date(parts.clock.now())
    with parts.database.transaction() as tx:
        _check_customer(tx, customer)
        held = [(row, terms_of(row)) for row in store.subscriptions(tx, customer)]
        rows = [listing.row(row, terms, day) for row, terms in held if on is None or term_on(terms, on)]
        if ending_within is not None:
            soon = [one for one in ending(tx, day, ending_within, customer) if one.order == "subscription"]
            last: dict[int, list[dict[str, str]]] = {}
            for one in soon:
                last.setdefault(one.id, []).append({"last_day": one.on.isoformat(), "what": one.what})
            rows = [{**row, "ending": last[row["id"]]} for row in rows if row["id"] in last]
    emit(rows, as_json, "\n".join(map(human_of_row, rows)) or "aucun abonnement.")


@subscriptions.command()
@click.option("--within", type=WITHIN, default=90, show_default=True, help="Days to look ahead.")
@click.option("--on", type=DATE, help="The day to look from (default: today).")
@click.option("--customer", help="Customer code.")
@json_option
@pass_parts
def ending(parts: Parts, within: int, on: date | None, customer: str | None, as_json: bool) -> None:
    """What ends soon, orders included: contracts, commitments, last days to give notice."""
    from dcops.contracts.ending import WHAT
    from dcops.contracts.ending import ending as find

    day = on or civil_date(parts.clock.now())
    with parts.database.transaction() as tx:
        _check_customer(tx, customer)
        found = find(tx, day, within, customer)
    human = "\n".join(
        f"{one.on:%d/%m/%Y}  {WHAT[one.what].lower()} : {one.customer.name}, {one.label} ({one.name})" for one in found
    )
    document = {"on": day.isoformat(), "within": within, "items": [one.document() for one in found]}
    emit(document, as_json, human or f"rien ne finit dans les {within} jours.")


@subscriptions.command()
@click.argument("id", type=ID)
@click.option("--exit", "leaving", type=DATE, help="Say what leaving costs: the first day that it is no longer held.")
@json_option
@pass_parts
def show(parts: Parts, id: int, leaving: date | None, as_json: bool) -> None:
    """Show one subscription: its terms, its amendments, what binds it."""
    from dcops.contracts import detail

    with parts.database.transaction() as tx:
        found = detail.of(tx, id, civil_date(parts.clock.now()), leaving)
        billed = _billed_until(tx, id)
    document = {**found.document(), "billed_to": billed.isoformat() if billed else None}
    emit(document, as_json, "" if as_json else found.human())


@subscriptions.command()
@click.argument("customer")
@click.argument("code")
@click.option("--quantity", type=number, required=True)
@click.option("--from", "start", type=DATE, required=True, help="First day.")
@click.option("--to", "end", type=DATE, help="Day after the last one (default: it runs on).")
@click.option("--agreed-price", type=number, help="Euros per unit, for a line on quotation or a price of its own.")
@click.option("--supplier-price", type=number, help="For lines priced from a supplier's price.")
@click.option("--commitment-months", type=MONTHS, help="Minimum term (default: that of the grid line).")
@click.option("--notice-months", type=MONTHS, help="Notice before the end of a term.")
@click.option("--renewal-months", type=MONTHS, help="Tacit renewal after the commitment, by so many months.")
@dry_run_option
@json_option
@pass_parts
def add(parts: Parts, /, dry_run: bool, as_json: bool, **told: Any) -> None:
    """Sell a quantity of the grid line CODE to a CUSTOMER."""
    from dcops.contracts import listing
    from dcops.contracts.sale import Offer, assess, sell
    from dcops.money import french

    offer = Offer(**told)
    with parts.database.transaction() as tx:
        row, quoted = (None, assess(tx, offer)) if dry_run else sell(tx, offer)
    number_of = None if row is None else row.id
    head = "Essai : rien n'a été enregistré" if row is None else f"abonnement n° {row.id}"
    lines = [f"{head} : {quoted.line.label}, {french(quoted.amount)} HT {listing.RHYTHMS[quoted.rhythm]}."]
    lines += [f"  attention : {each}" for each in quoted.warnings]
    document = {"id": number_of, "dry_run": dry_run, "customer": offer.customer, "price": listing.price(quoted)}
    emit({**document, "warnings": list(quoted.warnings)}, as_json, "\n".join(lines))


@subscriptions.command()
@click.argument("id", type=ID)
@click.option("--from", "effective", type=DATE, required=True, help="First day of the change.")
@click.option("--quantity", type=number)
@click.option("--agreed-price", type=number)
@click.option("--supplier-price", type=number)
@reason_option
@author_option
@dry_run_option
@json_option
@pass_parts
def amend(
    parts: Parts, id: int, effective: date, quantity: Decimal | None, agreed_price: Decimal | None,
    supplier_price: Decimal | None, reason: str, author: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Change the quantity or the prices of subscription ID from a day on."""
    from dcops.contracts.changes import Draft

    draft = Draft("change", effective, quantity, agreed_price, supplier_price)
    _amend(parts, id, lambda tx: draft, reason, author, dry_run, as_json)


@subscriptions.command()
@click.argument("id", type=ID)
@click.option("--to", "end", type=DATE, required=True, help="Day after the last one.")
@reason_option
@author_option
@dry_run_option
@json_option
@pass_parts
def end(parts: Parts, id: int, end: date, reason: str, author: str, dry_run: bool, as_json: bool) -> None:
    """End subscription ID, and say what leaving early costs."""
    from dcops.contracts.changes import Draft

    _amend(parts, id, lambda tx: Draft("end", end), reason, author, dry_run, as_json)


@subscriptions.command()
@click.argument("id", type=ID)
@reason_option
@author_option
@dry_run_option
@json_option
@pass_parts
def resume(parts: Parts, id: int, reason: str, author: str, dry_run: bool, as_json: bool) -> None:
    """Take back the end of subscription ID: it runs on."""
    from dcops.contracts.amendments import resumption

    _amend(parts, id, lambda tx: resumption(tx, id), reason, author, dry_run, as_json)


def _amend(
    parts: Parts, id: int, draft_of: Callable[[Transaction], Draft], reason: str, author: str, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    from dcops.contracts import amendments, detail, listing

    now = parts.clock.now()
    with parts.database.transaction() as tx:
        draft = draft_of(tx)
        if dry_run:
            recorded, effect = None, amendments.preview(tx, id, draft, civil_date(now))
        else:
            recorded, effect = amendments.record(tx, id, draft, author, reason, now)
        billed, left = _billed_until(tx, id), detail.exit_cost(tx, id, draft)
    head = "Essai : rien n'a été enregistré" if recorded is None else f"avenant n° {recorded.id} enregistré"
    lines = [f"{head} ; {listing.effect_text(effect)}.", *detail.remarks(draft, billed, left)]
    document = {
        "amendment": None if recorded is None else listing.amendment(recorded), "dry_run": dry_run,
        "subscription": id, "effect": listing.effect(effect), "exit": None if left is None else listing.leaving(left),
        "billed_to": billed.isoformat() if billed else None,
    }  # fmt: skip
    emit(document, as_json, "\n  ".join(lines))


def _billed_until(tx: Transaction, id: int) -> date | None:
    from dcops.billing.order_store import billed_until

    return billed_until(tx, "subscription", id)


def _check_customer(tx: Transaction, code: str | None) -> None:
    """Raise NotFound for a customer that does not exist, rather than answer with nothing."""
    from inventory import store

    if code is not None:
        store.customer(tx, code)
