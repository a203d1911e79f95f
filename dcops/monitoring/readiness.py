"""What must hold before requests are sent here: database, schema, and a scheduler that beats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from dcops.jobs import store
from dcops.wiring import Parts
from inventory.errors import DomainError, Unavailable

HEARTBEAT = "heartbeat"
"""The row of ``job_states`` that a running scheduler touches every minute."""
SILENCE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ``message`` is for a person and carries no secret."""

    name: str
    ok: bool
    message: str


def checks(parts: Parts, jobs: bool = True) -> list[Check]:
    """Every check, whether it holds or not; the scheduler's only where jobs are expected to run."""
    found = [check("database", lambda: _database(parts))]
    if jobs and found[0].ok:
        found.append(check("scheduler", lambda: _scheduler(parts)))
    return found


def check(name: str, question: Callable[[], str]) -> Check:
    """Ask one question: a refusal or a database that fails is an answer, not a crash."""
    try:
        return Check(name, True, question())
    except DomainError as error:
        return Check(name, False, str(error))
    except (DBAPIError, OSError) as error:
        return Check(name, False, type(error).__name__)


def _database(parts: Parts) -> str:
    parts.database.require_current()
    return "à jour"


def _scheduler(parts: Parts) -> str:
    """Late only where one has been started: an installation may run jobs elsewhere or by hand."""
    with parts.database.transaction() as tx:
        beat = store.state(tx, HEARTBEAT)
    if beat is None or beat.last_success_at is None:
        return "jamais démarré"
    age = parts.clock.now() - beat.last_success_at
    if age > SILENCE:
        raise Unavailable(f"l'ordonnanceur ne bat plus depuis {int(age.total_seconds())} s : relancer « dcops serve ».")
    return "actif"
