"""``dcops findings plan``, ``plans``, ``plan-show``, ``apply``, ``abandon``: from findings to what settles them."""

from __future__ import annotations

import getpass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import DATE, ID, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Conflict
from inventory.plan import Kind

if TYPE_CHECKING:
    from dcops.plans.choices import Choices

author_option = click.option("--author", default=getpass.getuser, show_default="login name", help="Who does it.")
PLANNABLE = ("OPEN", "REOPENED", "ACKNOWLEDGED", "FAILED")


class Pair(click.ParamType[tuple[int, str]]):
    """A finding and what is chosen for it, written 12=albert."""

    name = "id=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        if isinstance(value, tuple):
            return value
        id, equal, chosen = value.partition("=")
        if not equal or not id.isdecimal() or not chosen:
            self.fail(f"{value!r} is not written ID=VALUE, e.g. 12=albert", param, ctx)
        return int(id), chosen


@click.command()
@click.argument("ids", type=ID, nargs=-1, metavar="[ID]...")
@click.option("--rule", help="Those of a rule that can be planned, e.g. vm.unbilled.")
@click.option("--customer", help="Those of a customer code that can be planned.")
@click.option("--from", "start", type=DATE, required=True, help="First day of the orders.")
@click.option("--customer-of", type=Pair(), multiple=True, help="Whose a finding is, where nobody knows.")
@click.option("--kind", "kinds", type=Pair(), multiple=True, help=f"Another action: {', '.join(Kind)}.")
@click.option("--reason", help="Why; needed unless --dry-run.")
@click.option("--approve", is_flag=True, help="Keep it although it takes away more than the ceiling.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, to the request; nothing is kept.")
@author_option
@json_option
@pass_parts
def plan(
    parts: Parts, ids: tuple[int, ...], rule: str | None, customer: str | None, start: date,
    customer_of: tuple[tuple[int, str], ...], kinds: tuple[tuple[int, str], ...], reason: str | None, approve: bool,
    dry_run: bool, author: str, as_json: bool,
) -> None:  # fmt: skip
    """Plan what settles findings: orders from a day on, corrections of NetBox, proposals to people.

    Nothing is done until the plan is applied.
    """
    from dcops.plans import listing
    from dcops.plans.planning import keep, propose

    if not dry_run and not reason:
        raise click.UsageError("Give --reason, or --dry-run to look at what would be done.")
    chosen, choices = _chosen(parts, ids, rule, customer), _choices(start, customer_of, kinds)
    proposal = propose(parts, chosen, choices)
    document, human = listing.proposal_document(parts, proposal), listing.proposal_text(parts, proposal)
    if not dry_run:
        number = keep(parts, chosen, choices, proposal.checksum, author, reason or "", approve)
        document["plan"] = number
        told = f"dcops findings apply {number} --checksum {proposal.checksum[:12]}"
        human = f"Plan n° {number} enregistré ; l'appliquer : {told}\n{human}"
    emit(document, as_json, human)


def _chosen(parts: Parts, ids: tuple[int, ...], rule: str | None, customer: str | None) -> list[int]:
    """The findings named, and those of a rule or of a customer that can be planned."""
    from inventory import store
    from inventory.rules import rule_asked

    if rule is None and customer is None:
        if not ids:
            raise click.UsageError("Name findings, or give --rule or --customer.")
        return list(ids)
    with parts.database.transaction() as tx:
        if customer is not None:
            store.customer(tx, customer)
        found = store.findings(tx, rule_asked(rule), PLANNABLE, customer)
    return [*ids, *(row.id for row in found if not row.frozen)]


def _choices(start: date, customers: tuple[tuple[int, str], ...], kinds: tuple[tuple[int, str], ...]) -> Choices:
    from dcops.plans.choices import Choices

    for _, kind in kinds:
        if kind not in tuple(Kind):
            raise click.UsageError(f"'{kind}' is not an action: {', '.join(Kind)}.")
    return Choices(start, dict(customers), {id: Kind(kind) for id, kind in kinds})


@click.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, the latest.")
@json_option
@pass_parts
def plans(parts: Parts, limit: int, as_json: bool) -> None:
    """List the latest plans."""
    from dcops.plans import listing
    from inventory import plan_store

    with parts.database.transaction() as tx:
        rows = plan_store.plans(tx, limit)
    documents = [listing.plan_document(row) for row in rows]
    emit(documents, as_json, "\n".join(map(listing.plan_line, rows)) or "aucun plan.")


@click.command("plan-show")
@click.argument("number", type=ID, metavar="PLAN")
@json_option
@pass_parts
def plan_show(parts: Parts, number: int, as_json: bool) -> None:
    """Show one plan: its checksum, its actions, what became of each."""
    from dcops.plans import listing
    from inventory import plan_store

    with parts.database.transaction() as tx:
        row = plan_store.plan(tx, number)
    emit(listing.plan_detail(parts, row), as_json, listing.plan_text(parts, row))


@click.command()
@click.argument("number", type=ID, metavar="PLAN")
@click.option("--checksum", required=True, help="That of the reviewed plan, or its first 8 characters.")
@click.option("--retry", is_flag=True, help="Also what failed, where its findings are still as they were left.")
@author_option
@json_option
@pass_parts
def apply(parts: Parts, number: int, checksum: str, retry: bool, author: str, as_json: bool) -> None:
    """Carry out a reviewed plan; one that was interrupted goes on where it stopped."""
    from dcops.plans import listing
    from dcops.plans.applying import apply as carry_out

    outcome = carry_out(parts, number, checksum, author, retry)
    emit(listing.outcome_document(number, outcome), as_json, listing.outcome_text(outcome))
    if not outcome.whole:
        raise Conflict(f"le plan n° {number} n'est pas fait en entier : {outcome.first_refusal}")


@click.command()
@click.argument("number", type=ID, metavar="PLAN")
@click.option("--reason", required=True, help="Why.")
@author_option
@json_option
@pass_parts
def abandon(parts: Parts, number: int, reason: str, author: str, as_json: bool) -> None:
    """Drop what a plan has not done yet; its findings are to be dealt with again."""
    from dcops.plans import listing
    from dcops.plans.planning import abandon as drop
    from inventory import plan_store

    with parts.database.transaction() as tx:
        drop(tx, number, author, reason, parts.clock.now())
    with parts.database.transaction() as tx:
        row = plan_store.plan(tx, number)
    emit(listing.plan_detail(parts, row), as_json, listing.plan_line(row))
