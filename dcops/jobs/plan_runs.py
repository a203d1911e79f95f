"""Plans applied in the background: one process at a time, and what the last one said, whoever looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from dcops.jobs import store, table
from dcops.jobs.models import JobRun
from dcops.plans.applying import Outcome, apply
from dcops.wiring import Parts
from inventory import plan_store
from inventory.errors import Conflict
from inventory.french import counted
from inventory.orm import Transaction

PREFIX = "plan-"
"""What the names of these jobs begin with."""
PATIENCE_S = 3
"""How long asking waits for the end: most plans are done by then."""
_LEASE = timedelta(minutes=10)


def start(parts: Parts, plan_id: int, checksum: str, who: str, retry: bool = False) -> None:
    """Have a plan applied, see ``applying.apply``; it goes on when one leaves the page.

    Raises NotFound, and Conflict for another plan.
    """
    with parts.database.transaction() as tx:
        plan = plan_store.plan(tx, plan_id)
        if plan.checksum != checksum:
            raise Conflict(f"le plan n° {plan_id} n'est plus celui qui a été montré : le relire, puis l'appliquer.")
        if plan.state == "abandoned":
            raise Conflict(f"le plan n° {plan_id} est abandonné : planifier de nouveau ses écarts.")

    def work(parts: Parts) -> str:
        return _told(apply(parts, plan_id, checksum, who, retry))

    job = table.Job(_name(plan_id), f"Plan n° {plan_id}", "off", work, _LEASE)
    thread = Thread(target=table.run, args=(parts, job, who), name=job.name, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)


def last_run(tx: Transaction, plan_id: int) -> JobRun | None:
    """The last time that a plan was applied, done or under way; None when it never was."""
    return next(iter(store.runs(tx, _name(plan_id), 1)), None)


def running(tx: Transaction, plan_id: int, now: datetime) -> bool:
    """Whether somebody applies it now; who died at it no longer does once its lease has ended."""
    state = store.state(tx, _name(plan_id))
    return state is not None and state.claimed_until is not None and state.claimed_until > now


def _name(plan_id: int) -> str:
    return f"{PREFIX}{plan_id}"


def _told(outcome: Outcome) -> str:
    """What became of the actions, in one sentence."""
    parts = [
        counted(outcome.applied, "action faite", "actions faites"),
        counted(outcome.failed, "en échec", "en échec") if outcome.failed else "",
        counted(outcome.outdated, "périmée") if outcome.outdated else "",
        counted(outcome.waiting, "en attente", "en attente") if outcome.waiting else "",
        counted(outcome.by_hand, "laissée à une personne", "laissées à une personne") if outcome.by_hand else "",
    ]
    return ", ".join(part for part in parts if part) + "."
