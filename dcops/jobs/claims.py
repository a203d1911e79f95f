"""One instance at a time: claiming a job by a conditional UPDATE, recording its run, beating the heart."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from sqlalchemy import CursorResult, Insert, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from dcops.db import Database
from dcops.jobs import store
from dcops.jobs.models import JobRun, JobState
from inventory.errors import DomainError, Unavailable
from inventory.orm import Transaction

log = logging.getLogger(__name__)
AGAIN = timedelta(seconds=5)
Due = Callable[[datetime | None], bool]
LONGEST_MESSAGE = 2000


def claim(database: Database, name: str, by: str, now: datetime, lease: timedelta, due: Due) -> JobRun | None:
    """Take a job for ``lease`` and record its start; None when somebody has it, or has just done it.

    ``due`` judges the last start. What was read is compared again by the UPDATE, so that of two instances
    firing at the same minute exactly one acts. A claim that outlives its holder can be taken again.
    """
    with database.transaction() as tx:
        tx.execute(_insert_missing(tx, name))
        seen = store.state(tx, name)
        last = seen.last_started_at if seen else None
    if not due(last):
        return None
    with database.transaction() as tx:
        return _start(tx, name, by, now) if _take(tx, name, by, now, lease, last) else None


def finish(tx: Transaction, run: JobRun, by: str, outcome: str, message: str, now: datetime) -> None:
    """Record how a run ended and free the job, unless its claim expired and another instance took it."""
    tx.execute(
        update(JobRun)
        .where(JobRun.id == run.id)
        .values(ended_at=now, outcome=outcome, message=message[:LONGEST_MESSAGE])
    )
    freed: dict[str, Any] = {"claimed_by": None, "claimed_until": None}
    freed |= {"last_success_at": now} if outcome == "ok" else {}
    tx.execute(update(JobState).where(JobState.name == run.name, JobState.claimed_by == by).values(**freed))


def finish_or_later(finish: Callable[[], None], lease: timedelta) -> None:
    """Free a job; when the database does not answer, try again from time to time until the claim expires by itself."""
    try:
        finish()
    except Unavailable as error:
        log.warning("the end of a job could not be recorded: %s", error)
        Thread(target=_keep_trying, args=(finish, lease), name="end of a job", daemon=True).start()


def _keep_trying(finish: Callable[[], None], lease: timedelta) -> None:
    for _ in range(lease // AGAIN):
        Event().wait(AGAIN.total_seconds())
        try:
            return finish()
        except DomainError:
            continue


def beat(tx: Transaction, name: str, now: datetime | None) -> None:
    """Say that a scheduler lives; None when it stops on purpose."""
    tx.execute(_insert_missing(tx, name))
    tx.execute(update(JobState).where(JobState.name == name).values(last_success_at=now))


def _insert_missing(tx: Transaction, name: str) -> Insert:
    insert: Any = sqlite.insert if tx.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement: Insert = insert(JobState).values(name=name).on_conflict_do_nothing()
    return statement


def _take(tx: Transaction, name: str, by: str, now: datetime, lease: timedelta, last: datetime | None) -> bool:
    result = tx.execute(
        update(JobState)
        .where(
            JobState.name == name,
            JobState.last_started_at.is_not_distinct_from(last),
            or_(JobState.claimed_until.is_(None), JobState.claimed_until <= now),
        )
        .values(claimed_by=by, claimed_until=now + lease, last_started_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return bool(result.rowcount == 1)


def _start(tx: Transaction, name: str, by: str, now: datetime) -> JobRun:
    """A run, after saying of one left open by an instance that died what became of it."""
    lost = {"outcome": "failed", "ended_at": now, "message": "interrompue : l'instance s'est arrêtée en cours."}
    tx.execute(update(JobRun).where(JobRun.name == name, JobRun.outcome == "running").values(**lost))
    run = JobRun(name=name, started_at=now, outcome="running", message=f"par {by}")
    tx.add(run)
    tx.flush()
    return run
