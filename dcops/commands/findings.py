"""``dcops findings``: list the differences by euros, show one, decide of one or many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import DATE, ID, emit, json_option, pass_parts
from dcops.commands.findings_places import approve, choose, reused
from dcops.commands.findings_plans import abandon, apply, author_option, plan, plan_show, plans
from dcops.wiring import Parts

if TYPE_CHECKING:
    from inventory.models import Finding
    from inventory.orm import Transaction


@click.group()
def findings() -> None:
    """Differences between sold, documented and real."""


@findings.command("list")
@click.option("--rule", help="Only this rule, e.g. vm.unbilled.")
@click.option("--state", help="Only this state, or 'all'; by default those still to be dealt with.")
@click.option("--customer", help="Only this customer code.")
@json_option
@pass_parts
def list_findings(parts: Parts, rule: str | None, state: str | None, customer: str | None, as_json: bool) -> None:
    """List findings, the dearest first."""
    from inventory import store
    from inventory.findings import states_asked
    from inventory.rules import rule_asked

    with parts.database.transaction() as tx:
        if customer is not None:
            store.customer(tx, customer)
        rows = store.findings(tx, rule_asked(rule), states_asked(state), customer)
        now, last_run = parts.clock.now(), store.last_run_at(tx)
        told = [document(row, now, last_run) for row in rows] if as_json else []
        emit(told, as_json, "\n".join(map(_line, rows)) or "aucun écart.")


def document(row: Finding, now: datetime, last_run: datetime | None) -> dict[str, Any]:
    """A finding as scripts read it."""
    from inventory.findings import State, eur_since_seen, last_seen

    return {
        "id": row.id,
        "rule": row.rule,
        "thing": row.thing,
        "field": row.field,
        "title": row.title,
        "customer": row.customer.code if row.customer else None,
        "sold": row.sold,
        "documented": row.documented,
        "real": row.real,
        "eur_per_year": f"{row.eur_per_year:.2f}",
        "eur_since_seen": f"{eur_since_seen(row.eur_per_year, row.first_seen, now):.2f}",
        "state": row.state,
        "frozen": row.frozen,
        "first_seen": row.first_seen.isoformat(),
        "last_seen": last_seen(State(row.state), row.frozen, row.last_seen, last_run).isoformat(),
        "ignored_until": row.ignored_until.isoformat() if row.ignored_until else None,
        "sources": row.sources,
    }


def _line(row: Finding) -> str:
    from inventory.findings import IN_FRENCH, State
    from inventory.french import euros

    waits = " (source sans réponse)" if row.frozen else ""
    worth, state = f"{euros(row.eur_per_year)}/an", IN_FRENCH[State(row.state)]
    return f"{row.id:>5}  {worth:>16}  {row.rule:<18} {state}{waits}  {row.title}"


@findings.command()
@click.argument("id", type=ID)
@json_option
@pass_parts
def show(parts: Parts, id: int, as_json: bool) -> None:
    """Show one finding with its history."""
    from inventory import store

    with parts.database.transaction() as tx:
        _show(tx, store.finding(tx, id), parts.clock.now(), as_json)


def _show(tx: Transaction, row: Finding, now: datetime, as_json: bool) -> None:
    from inventory import store

    told = document(row, now, store.last_run_at(tx))
    moves = [
        {"at": move.at.isoformat(), "before": move.before, "after": move.after, "who": move.who, "why": move.why}
        for move in row.moves
    ]
    listed = [f"  {name} : {value}" for name, value in told.items() if value is not None]
    history = [f"  {move['at']}  {move['after']}  {move['who']} : {move['why']}" for move in moves]
    emit({**told, "moves": moves}, as_json, "\n".join([_line(row), *listed, *history]))


@findings.command()
@click.argument("ids", type=ID, nargs=-1, required=True, metavar="ID...")
@click.option("--why", required=True, help="What is being done about it.")
@author_option
@json_option
@pass_parts
def ack(parts: Parts, ids: tuple[int, ...], why: str, author: str, as_json: bool) -> None:
    """Take findings into account: all of them, or none when one does not allow it."""
    from inventory.decisions import acknowledge_all

    with parts.database.transaction() as tx:
        _show_all(tx, acknowledge_all(tx, ids, author, why, parts.clock.now()), parts.clock.now(), as_json)


@findings.command()
@click.argument("ids", type=ID, nargs=-1, required=True, metavar="ID...")
@click.option("--reason", required=True, help="Why it may stay as it is.")
@click.option("--until", type=DATE, help="It comes back on that day; by default when its values change.")
@author_option
@json_option
@pass_parts
def ignore(
    parts: Parts, ids: tuple[int, ...], reason: str, until: date | None, author: str, as_json: bool
) -> None:  # fmt: skip
    """Leave findings as they are, for the values seen: all of them, or none when one does not allow it."""
    from inventory.decisions import ignore_all

    with parts.database.transaction() as tx:
        _show_all(tx, ignore_all(tx, ids, author, reason, parts.clock.now(), until), parts.clock.now(), as_json)


@findings.command()
@click.argument("id", type=ID)
@click.option("--why", required=True, help="What was done.")
@author_option
@json_option
@pass_parts
def done(parts: Parts, id: int, why: str, author: str, as_json: bool) -> None:
    """Say that what a plan left to people is done; the next run says whether it is so."""
    from inventory.decisions import done as decide

    with parts.database.transaction() as tx:
        _show(tx, decide(tx, id, author, why, parts.clock.now()), parts.clock.now(), as_json)


def _show_all(tx: Transaction, rows: Sequence[Finding], now: datetime, as_json: bool) -> None:
    """One finding as it is shown alone, several as a list."""
    from inventory import store

    if len(rows) == 1:
        _show(tx, rows[0], now, as_json)
    else:
        last_run = store.last_run_at(tx)
        emit([document(row, now, last_run) for row in rows], as_json, "\n".join(map(_line, rows)))


for command in (plan, plans, plan_show, apply, abandon, approve, reused, choose):
    findings.add_command(command)
