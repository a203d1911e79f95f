"""The table of jobs: what each does, when by default, and running one exactly once."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from dcops.jobs import alerting, archives, claims, polling, reading_archives, store, work
from dcops.jobs.models import JobRun
from dcops.jobs.schedule import OFF, Schedule
from dcops.wiring import Parts
from inventory.errors import DomainError, Invalid, NotFound

log = logging.getLogger(__name__)
TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of work. ``run`` answers one sentence; ``lease`` is how long a dead instance blocks it."""

    name: str
    title: str
    cron: str
    run: Callable[[Parts], str]
    lease: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Overview:
    """A job as people look at it; ``late`` when a run was due and did not start."""

    name: str
    title: str
    cron: str
    last_started_at: datetime | None
    last_success_at: datetime | None
    next_at: datetime | None
    late: bool
    outcome: str | None
    message: str

    def document(self) -> dict[str, Any]:
        instants = {name: getattr(self, name) for name in ("last_started_at", "last_success_at", "next_at")}
        told = {name: at.isoformat() if at else None for name, at in instants.items()}
        plain = {"name": self.name, "title": self.title, "cron": self.cron, "late": self.late}
        return {**plain, **told, "outcome": self.outcome, "message": self.message}


POLL = "poll-meters"
JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job(POLL, "Relever les compteurs", "*/5 * * * *", work.poll_meters, timedelta(minutes=15)),
        Job("roll-up", "Calculer les courbes de charge", "7 * * * *", work.roll_up_readings),
        Job("synchronise", "Interroger les sources", "15 * * * *", work.synchronise),
        Job("reconcile", "Comparer vendu, documenté et réel", "30 5 * * *", work.reconcile_sources),
        Job("alerts", "Chercher les alertes et prévenir", "2-59/5 * * * *", alerting.watch, timedelta(minutes=15)),
        Job("prune-polling", "Effacer le détail des relèves anciennes", "40 3 * * *", polling.prune),
        Job("archive-readings", "Archiver les relevés anciens", "10 3 2 * *", reading_archives.run, timedelta(hours=9)),
        Job("archives", "Finir les archives de factures demandées", "*/5 * * * *", archives.finish),
    )
}


def schedules(parts: Parts) -> dict[str, Schedule]:
    """When each job runs: the table's, replaced by the settings'. Raises Invalid naming the setting.

    Meters are read every ``metering.poll_interval_s`` where that is set, and ``jobs`` has the last word.
    """
    wanted = {name.replace("_", "-"): cron for name, cron in parts.settings.jobs.items()}
    for name in wanted.keys() - JOBS.keys():
        raise Invalid(f"réglage jobs.{name} : tâche inconnue. Tâches : {', '.join(JOBS)}.")
    zone = parts.settings.operator.timezone
    planned = {job.name: Schedule(wanted.get(job.name, job.cron), zone, f"jobs.{job.name}") for job in JOBS.values()}
    if POLL not in wanted and "poll_interval_s" in parts.settings.metering.model_fields_set:
        planned[POLL] = Schedule.every(parts.settings.metering.poll_interval_s)
    return planned


def run_job(parts: Parts, name: str, by: str | None = None, schedule: Schedule | None = None) -> JobRun | None:
    """Run a job now, unless another instance has it; its failure is recorded, never raised.

    With a ``schedule``, also not when a run has started since its last fire time. Returns the run, or None
    when there was nothing to do here. Raises NotFound for an unknown name, Unavailable without database.
    """
    job = JOBS.get(name)
    if job is None:
        raise NotFound(f"tâche inconnue : « {name} ». Tâches : {', '.join(JOBS)}.")
    return run(parts, job, by, schedule)


def run(parts: Parts, job: Job, by: str | None = None, schedule: Schedule | None = None) -> JobRun | None:
    """Claim, do, record: ``run_job`` for a job in hand."""
    mine = f"{by or instance()}:{uuid4().hex[:8]}"
    now = parts.clock.now()
    claimed = claims.claim(
        parts.database, job.name, mine, now, job.lease, lambda last: schedule is None or schedule.due(last, now)
    )
    if claimed is None:
        return None
    outcome, message = _outcome(parts, job)
    ended = parts.clock.now()

    def finish() -> None:
        with parts.database.transaction() as tx:
            claims.finish(tx, claimed, mine, outcome, message, ended)

    claims.finish_or_later(finish, job.lease)
    return JobRun(id=claimed.id, name=job.name, started_at=now, ended_at=ended, outcome=outcome, message=message)


def overview(parts: Parts) -> list[Overview]:
    """Every job with its schedule, its last run and whether it is late."""
    now, planned = parts.clock.now(), schedules(parts)
    with parts.database.transaction() as tx:
        states, runs = store.states(tx), store.last_runs(tx)
    found = []
    for job in JOBS.values():
        state, last, schedule = states.get(job.name), runs.get(job.name), planned[job.name]
        started = state.last_started_at if state else None
        late = started is not None and schedule.due(started, now - TOLERANCE)
        success = state.last_success_at if state else None
        outcome, message = (last.outcome, last.message) if last else (None, "")
        upcoming = schedule.next_after(now)
        found.append(Overview(job.name, job.title, schedule.cron, started, success, upcoming, late, outcome, message))
    return found


def enabled(parts: Parts) -> dict[str, Schedule]:
    """The schedules of the jobs that are not off."""
    return {name: schedule for name, schedule in schedules(parts).items() if schedule.cron != OFF}


def instance() -> str:
    """Which process this is, for people who read the runs."""
    return f"{socket.gethostname()}:{os.getpid()}"[:80]


def _outcome(parts: Parts, job: Job) -> tuple[str, str]:
    try:
        return "ok", job.run(parts)
    except DomainError as error:
        log.warning("job %s failed: %s", job.name, error)
        return "failed", str(error)
    except Exception as error:
        log.exception("job %s failed", job.name)
        return "failed", f"erreur interne : {type(error).__name__} (voir le journal)."
