"""``dcops meters exceptions``: what validation set aside or found odd, and what a person decides of it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import ID, INSTANT, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Invalid
from inventory.french import counted, instant, kwh

if TYPE_CHECKING:
    from inventory.orm import Transaction
    from metering.exceptions.decisions import Answer
    from metering.models import VeeDecision


@click.group()
def exceptions() -> None:
    """Exceptions: what waits for a person, and decisions."""


@exceptions.command("list")
@click.option("--meter", help="Of one meter, by name.")
@click.option("--all", "everything", is_flag=True, help="Also what was decided, or explained since.")
@json_option
@pass_parts
def list_(parts: Parts, meter: str | None, everything: bool, as_json: bool) -> None:
    """What waits for a person, newest first."""
    from metering.exceptions.shown import queue

    with parts.database.transaction() as tx:
        rows = [one.document() for one in queue(tx, everything=everything, meter=meter)]
    emit(rows, as_json, "\n".join(map(_line, rows)) or "aucune exception à décider.")


@exceptions.command()
@click.argument("number", type=ID)
@json_option
@pass_parts
def show(parts: Parts, number: int, as_json: bool) -> None:
    """One exception: the readings around it, what each method says, and decisions."""
    from metering.exceptions.shown import detail

    with parts.database.transaction() as tx:
        document = detail(tx, number, parts.settings.metering.vee.validation).document()
    emit(document, as_json, _detail_text(document))


def wh_of(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """An energy in kWh, in Wh."""
    try:
        exact = Decimal(value.replace(",", ".")) * 1000
    except InvalidOperation:
        raise click.BadParameter(f"{value!r} is not a number of kWh such as 12.5") from None
    if not exact.is_finite() or abs(exact) >= 2**63 or exact != exact.to_integral_value():
        raise click.BadParameter(f"{value!r} is not a number of kWh with three decimals at most")
    return int(exact)


def decision_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Of what: an exception by its number, or a span of a meter; why, and who says so."""
    for option in (
        pass_parts,
        json_option,
        click.option("--again", is_flag=True, help="Change what was decided of this exception."),
        click.option("--author", default=getpass.getuser, show_default="login name", help="Who decides."),
        click.option("--reason", required=True, help="Why, for who reads the bill one day."),
        click.option("--to", "end", type=INSTANT, help="End of the span."),
        click.option("--from", "start", type=INSTANT, help="Start of the span."),
        click.option("--meter", help="The meter of a span, instead of NUMBER."),
        click.argument("number", type=ID, required=False),
    ):
        command = option(command)
    return command


@exceptions.command()
@decision_options
def accept(parts: Parts, /, **told: Any) -> None:
    """Believe the reading of exception NUMBER (or that of a meter at --to)."""
    _decide(parts, "accept", **told)


@exceptions.command()
@decision_options
def reject(parts: Parts, /, **told: Any) -> None:
    """Ignore the reading of exception NUMBER (or those of a span): the register bridges it."""
    _decide(parts, "reject", **told)


@exceptions.command()
@decision_options
def estimate(parts: Parts, /, **told: Any) -> None:
    """Estimate the span of exception NUMBER (or a span): other meter, straight line, weeks before."""
    _decide(parts, "estimate", **told)


@exceptions.command()
@click.option("--kwh", "wh", callback=wh_of, required=True, help="The energy of the span.")
@click.option("--sure", is_flag=True, help="Even if it is more than the circuit can carry.")
@decision_options
def edit(parts: Parts, /, **told: Any) -> None:
    """Write the energy of the span of exception NUMBER (or of a span)."""
    _decide(parts, "edit", **told)


def _decide(
    parts: Parts,
    kind: str,
    *,
    number: int | None,
    meter: str | None,
    start: datetime | None,
    end: datetime | None,
    again: bool,
    as_json: bool,
    **said: Any,
) -> None:
    from metering.exceptions.checking import validate
    from metering.exceptions.decisions import Answer

    now, validation = parts.clock.now(), parts.settings.metering.vee.validation
    answer = Answer(kind, **said)
    with parts.database.transaction() as tx:
        if number is not None and meter is None and start is None and end is None:
            decision = _of_exception(tx, parts, number, answer, again)
        elif number is None and meter is not None and start is not None and end is not None:
            decision = _of_span(tx, parts, meter, start, end, answer)
        else:
            raise Invalid("dire le numéro d'une exception, ou bien --meter, --from et --to.")
        written = validate(tx, now, [decision.meter_id], validation).intervals
        document = {**_decision_document(decision), "intervals": written}
    emit(document, as_json, _decision_text(document))


def _of_exception(tx: Transaction, parts: Parts, number: int, answer: Answer, again: bool) -> VeeDecision:
    from metering.exceptions.decisions import decide
    from metering.exceptions.exception_store import last_decision

    last = last_decision(tx, number) if again else None
    known, validation = last.id if last else None, parts.settings.metering.vee.validation
    return decide(tx, number, answer, parts.clock.now(), known=known, validation=validation)


def _of_span(tx: Transaction, parts: Parts, meter: str, start: datetime, end: datetime, answer: Answer) -> VeeDecision:
    from metering.exceptions.decisions import decide_span

    validation = parts.settings.metering.vee.validation
    return decide_span(tx, meter, start, end, answer, parts.clock.now(), validation=validation)


def _decision_document(decision: VeeDecision) -> dict[str, Any]:
    return {
        "meter": decision.meter.name,
        "exception": decision.fault_id,
        "decision": decision.kind,
        "from": decision.start.isoformat(),
        "to": decision.end.isoformat(),
        "wh": decision.wh,
        "author": decision.author,
        "reason": decision.reason,
    }


def _decision_text(row: dict[str, Any]) -> str:
    from metering.exceptions.exception_words import DECISIONS

    start, end = instant(datetime.fromisoformat(row["from"])), instant(datetime.fromisoformat(row["to"]))
    worth = f", {kwh(row['wh'])} kWh" if row["wh"] is not None else ""
    written = counted(row["intervals"], "intervalle écrit", "intervalles écrits")
    return f"compteur {row['meter']}, du {start} au {end} : {DECISIONS[row['decision']]}{worth} ; {written}."


def _line(row: dict[str, Any]) -> str:
    from metering.exceptions.exception_words import STATES, kind_name

    at = instant(datetime.fromisoformat(row["at"]))
    stake = f"{kwh(row['stake_wh'])} kWh" if row["stake_wh"] is not None else "-"
    where = f"{row['rack'] or '-'} {row['feed'] or ''}".strip()
    head = f"{row['id']:>6}  {at}  {row['meter']:<20} {where:<10} {stake:>16}  {kind_name(row['kind'])}"
    return f"{head} ({STATES[row['state']].lower()}) : {row['message']}"


def _detail_text(row: dict[str, Any]) -> str:
    from metering.exceptions.exception_words import DECISIONS, METHODS

    lines = [_line(row), "", "Relevés autour :"]
    lines += [f"  {instant(datetime.fromisoformat(one['at']))}  {kwh(one['wh']):>16} kWh" for one in row["readings"]]
    if row["proposals"]:
        lines += ["", "Énergie de la période, selon :"]
        lines += [f"  {METHODS[name]:<24} {kwh(wh):>16} kWh" for name, wh in row["proposals"].items()]
    for one in row["decisions"]:
        worth = f" {kwh(one['wh'])} kWh" if one["wh"] is not None else ""
        lines += ["", f"Décision : {DECISIONS[one['decision']]}{worth}, {one['author']} : {one['reason']}"]
    return "\n".join(lines)
