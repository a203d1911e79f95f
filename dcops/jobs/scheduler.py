"""What fires the jobs: APScheduler inside one process, a heartbeat, and missed runs caught up at start."""

from __future__ import annotations

import logging
from datetime import UTC, timedelta
from typing import Any

from dcops.jobs import claims, store
from dcops.jobs.polling import poll
from dcops.jobs.schedule import Schedule
from dcops.jobs.table import POLL, enabled, run_job
from dcops.monitoring.readiness import HEARTBEAT
from dcops.wiring import Parts
from inventory.clock import SystemClock
from inventory.errors import DomainError

log = logging.getLogger(__name__)
BEAT = timedelta(minutes=1)


def start(parts: Parts) -> Any:
    """Start firing the jobs of the settings; returns the APScheduler, to give to ``stop``. Raises Invalid."""
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    _beat(parts)
    scheduler.add_job(_beat, "interval", args=[parts], seconds=BEAT.total_seconds(), id=HEARTBEAT)
    missed = _missed(parts)
    for name, schedule in enabled(parts).items():
        when = {"next_run_time": SystemClock().now()} if name in missed else {}
        scheduler.add_job(_fire, schedule.trigger, args=[parts, name, schedule], id=name, **when)
    scheduler.start()
    return scheduler


def stop(parts: Parts, scheduler: Any) -> None:
    """Let the running jobs end, then say that the silence is meant."""
    scheduler.shutdown(wait=True)
    with parts.database.transaction() as tx:
        claims.beat(tx, HEARTBEAT, None)


def _fire(parts: Parts, name: str, schedule: Schedule) -> None:
    try:
        run_job(parts, name, schedule=schedule)
    except DomainError as error:
        log.error("job %s could not be started: %s", name, error)
        if name == POLL:
            _poll_anyway(parts)


def _poll_anyway(parts: Parts) -> None:
    """Without the database nobody can claim the job: each machine asks, and keeps what it hears for later."""
    try:
        poll(parts)
    except DomainError as error:
        log.warning("polled without claim: %s", error)


def _beat(parts: Parts) -> None:
    try:
        with parts.database.transaction() as tx:
            claims.beat(tx, HEARTBEAT, parts.clock.now())
    except DomainError as error:
        log.error("no heartbeat: %s", error)


def _missed(parts: Parts) -> set[str]:
    """Jobs whose fire time passed while nothing was running."""
    now = parts.clock.now()
    with parts.database.transaction() as tx:
        states = store.states(tx)
    last = {name: state.last_started_at for name, state in states.items() if state.last_started_at}
    return {name for name, schedule in enabled(parts).items() if name in last and schedule.due(last[name], now)}
