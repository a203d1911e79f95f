"""``dcops alerts``: what is wrong now, who was told of it, trying a channel, looking at once."""

from __future__ import annotations

from typing import Any

import click

from dcops.commands import ID, author_option, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import NotFound, Unavailable


@click.group()
def alerts() -> None:
    """What must be looked at: overloaded or silent feeds, meters, jobs, sources."""


@alerts.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over too.")
@json_option
@pass_parts
def list_(parts: Parts, everything: bool, as_json: bool) -> None:
    """Open alerts, the latest first, and who was told of each."""
    from dcops.alerts import store
    from dcops.alerts.shown import document, human

    with parts.database.transaction() as tx:
        found = tx.scalars(store.select_alerts("all" if everything else "open")).all()
        documents, lines = [document(row) for row in found], [human(row) for row in found]
    emit(documents, as_json, "\n".join(lines) or "Aucune alerte ouverte.")


@alerts.command()
@click.argument("channel")
@pass_parts
def test(parts: Parts, channel: str) -> None:
    """Send a trial message to CHANNEL: "email", or the name of a webhook."""
    from dcops.alerts.telling import send, trial

    known = {one.name: one for one in parts.settings.alerts.channels}
    if channel not in known:
        names = ", ".join(known) or "aucun, régler [alerts.email] ou [[alerts.webhook]]"
        raise NotFound(f"canal inconnu : « {channel} ». Canaux réglés : {names}.")
    outcome = send(known[channel], trial(parts.settings, parts.clock.now()), parts.environ)
    if not outcome.sent:
        raise Unavailable(outcome.remark)
    click.echo(f"Message d'essai remis à « {channel} »." + (f" {outcome.remark}" if outcome.remark else ""))


@alerts.command()
@json_option
@pass_parts
@click.pass_context
def run(context: click.Context, parts: Parts, as_json: bool) -> None:
    """Look at everything now and tell the channels: the job "alerts"."""
    from dcops.commands.jobs import run as run_job

    context.invoke(run_job, name="alerts", as_json=as_json)


@alerts.command()
@click.argument("number", type=ID)
@click.option("--reason", required=True, help="What is done about it.")
@author_option
@json_option
@pass_parts
def take(parts: Parts, number: int, reason: str, author: str, as_json: bool) -> None:
    """Say who deals with the open alert NUMBER: it stays open, and no longer counts as waiting."""
    from dcops.alerts.shown import document
    from dcops.alerts.watching import take as record_take

    with parts.database.transaction() as tx:
        told: dict[str, Any] = document(record_take(tx, number, author, reason, parts.clock.now()))
    emit(told, as_json, f"Alerte n° {number} : {author} s'en occupe.")
