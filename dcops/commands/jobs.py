"""``dcops jobs``: what runs on schedule, whether it is late, and running one now."""

from __future__ import annotations

from datetime import datetime

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Conflict, DomainError
from inventory.french import instant


@click.group()
def jobs() -> None:
    """Scheduled jobs."""


@jobs.command("list")
@json_option
@pass_parts
def list_(parts: Parts, as_json: bool) -> None:
    """Each job, its schedule, its last success, whether it is late."""
    from dcops.jobs.table import overview

    found = overview(parts)
    lines = [
        f"{job.name:<12} {job.cron:<14} dernière réussite {_instant(job.last_success_at)}"
        f"{'  EN RETARD' if job.late else ''}{f'  {job.outcome} : {job.message}' if job.outcome else ''}"
        for job in found
    ]
    emit([job.document() for job in found], as_json, "\n".join(lines))


@jobs.command()
@click.argument("name")
@json_option
@pass_parts
def run(parts: Parts, name: str, as_json: bool) -> None:
    """Run the job NAME now, unless another instance runs it."""
    from dcops.jobs.table import run_job

    done = run_job(parts, name)
    if done is None:
        raise Conflict(_taken(parts, name))
    if done.outcome == "failed":
        raise DomainError(f"la tâche « {name} » a échoué : {done.message}")
    assert done.ended_at is not None
    document = {
        "job": done.name,
        "outcome": done.outcome,
        "message": done.message,
        "started_at": done.started_at.isoformat(),
        "ended_at": done.ended_at.isoformat(),
    }
    emit(document, as_json, f"{name} : {done.message}")


def _taken(parts: Parts, name: str) -> str:
    """Who has a job, and when it is free again at the latest: an instance that was killed does not say it is dead."""
    from dcops.jobs import store

    with parts.database.transaction() as tx:
        state = store.state(tx, name)
    told = f"la tâche « {name} » est déjà en cours ailleurs"
    if state is None or state.claimed_until is None or state.last_started_at is None:
        return f"{told} : voir « dcops jobs list »."
    since = f"{told}, par {state.claimed_by} depuis le {instant(state.last_started_at)}"
    return f"{since} ; si cette instance est morte, réessayer après le {instant(state.claimed_until)}."


def _instant(at: datetime | None) -> str:
    return instant(at) if at else "jamais"
