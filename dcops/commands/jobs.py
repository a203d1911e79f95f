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
        raise Conflict(f"la tâche « {name} » est déjà en cours ailleurs : voir « dcops jobs list ».")
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


def _instant(at: datetime | None) -> str:
    return instant(at) if at else "jamais"
