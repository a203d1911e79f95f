"""Actions as rows of a plan and back; what became of them."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from inventory import plan_store
from inventory.decisions import move, note
from inventory.findings import IN_FRENCH, State
from inventory.french import cut
from inventory.models import Plan, PlanAction
from inventory.orm import Transaction
from inventory.plan import LONGEST_TITLE, Action, Kind, expected_of


def row_of(action: Action) -> PlanAction:
    """An action to be stored as it was reviewed."""
    return PlanAction(
        finding_id=action.finding, kind=action.kind.value, target=action.target, title=cut(action.title, LONGEST_TITLE),
        payload=dict(action.payload), expected=dict(action.expected), eur_per_year=action.eur_per_year,
        state=plan_store.PENDING,
    )  # fmt: skip


def action_of(row: PlanAction) -> Action:
    """A stored action as the value that was reviewed."""
    return Action(
        row.finding_id, Kind(row.kind), row.target, row.title, row.payload, row.expected, row.eur_per_year
    )  # fmt: skip


def kinds_left(plan: Plan, retry: bool = False) -> list[str]:
    """The kinds of the actions that applying a plan would do; with ``retry``, those that failed too."""
    states = (plan_store.PENDING, plan_store.FAILED) if retry else (plan_store.PENDING,)
    return [row.kind for row in plan.actions if row.state in states]


def changed(tx: Transaction, row: PlanAction) -> str:
    """Why the findings of an action are not those that it was decided on any more; nothing when they are."""
    expected = action_of(row).findings
    for finding in plan_store.findings_of(tx, expected):
        if finding.state != State.PLANNED:
            return f"l'écart n° {finding.id} est {IN_FRENCH[State(finding.state)]}, il n'est plus planifié."
        if expected_of(finding) != expected[finding.id]:
            return f"l'écart n° {finding.id} a changé depuis la revue du plan."
    return ""


def silent(tx: Transaction, row: PlanAction) -> str:
    """Which finding of an action is about what did not answer the last time, in French; nothing when all did."""
    for finding in plan_store.findings_of(tx, action_of(row).findings):
        if finding.frozen:
            return f"la source de l'écart n° {finding.id} n'a pas répondu la dernière fois ; attendre qu'elle réponde."
    return ""


def close(tx: Transaction, row: PlanAction, state: str, after: State, who: str, why: str, now: datetime) -> None:
    """Record what became of an action, and move the findings that are still planned for it."""
    row.state, row.message, row.done_at = state, why, now
    for finding in plan_store.findings_of(tx, action_of(row).findings):
        if finding.state == State.PLANNED:
            tell = note if after is State.PLANNED else partial(move, after=after)
            tell(finding, who=who, why=f"plan n° {row.plan_id} : {why}", now=now)
    tx.flush()
