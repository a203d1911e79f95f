"""Findings turned into a plan: proposed (nothing written), kept for review, abandoned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dcops.money import ZERO
from dcops.plans.choices import Choices
from dcops.plans.drafting import Sketch, sketch
from dcops.plans.rows import action_of, row_of
from dcops.wiring import Parts
from inventory import plan_store
from inventory.decisions import check_told, move
from inventory.errors import Conflict, Invalid
from inventory.findings import State
from inventory.models import Plan
from inventory.orm import Transaction
from inventory.plan import PLAN_STATES, Action, TooManyActions, beyond, ceiling, checksum, expected_of
from inventory.turns import FINDINGS, take_turn


@dataclass(frozen=True)
class Refused:
    """A finding for which no action can be made, and why, with the remedy."""

    finding: int
    title: str
    why: str


@dataclass(frozen=True)
class Proposal:
    """What a plan would do. ``why_approval`` says which removals go beyond their ceiling."""

    actions: tuple[Action, ...]
    refused: tuple[Refused, ...]
    checksum: str
    removals: int
    ceiling: int
    eur_per_year: Decimal
    needs_approval: bool
    why_approval: str = ""


def propose(parts: Parts, finding_ids: Sequence[int], choices: Choices) -> Proposal:
    """What would be done about findings, nothing written; NetBox is read where an action needs it.

    Raises NotFound for a finding that does not exist.
    """
    found = sketch(parts, finding_ids, choices)
    actions = tuple(action for _, action in found.drafted if isinstance(action, Action))
    refused = tuple(
        Refused(finding.id, finding.title, str(why))
        for findings, why in found.drafted
        if not isinstance(why, Action)
        for finding in findings
    )
    removals, most, why = _ceilings(found, actions, parts.settings.reconcile.ceiling_percent)
    worth = sum((action.eur_per_year for action in actions), ZERO)
    return Proposal(actions, refused, checksum(actions), removals, most, worth, bool(why), why)


def _ceilings(found: Sketch, actions: Sequence[Action], percent: int) -> tuple[int, int, str]:
    """Removals, how many their scopes allow together, and which scope they go beyond."""
    scopes = {finding.id: finding.scope for finding in found.findings}
    removed = Counter(scopes[action.finding] for action in actions if action.removes)
    why = [beyond(count, found.populations[scope], percent, f" ({scope})") for scope, count in removed.items()]
    most = sum(ceiling(found.populations[scope], percent) for scope in removed)
    return sum(removed.values()), most, " ".join(filter(None, why))


def keep(
    parts: Parts, finding_ids: Sequence[int], choices: Choices, checksum: str, who: str, reason: str,
    approve: bool = False,
) -> int:  # fmt: skip
    """Propose again, and keep the plan that was shown: its id. The findings are PLANNED.

    Raises Conflict when ``checksum`` is not that of what would be done now, TooManyActions beyond the ceiling unless
    ``approve``, Invalid without a reason or without an action.
    """
    check_told(who, reason)
    proposal = propose(parts, finding_ids, choices)
    if not proposal.actions:
        why = f" : {proposal.refused[0].why}" if proposal.refused else ", aucun écart n'est désigné."
        raise Invalid(f"aucune action à planifier{why}")
    if proposal.checksum != checksum:
        raise Conflict("ce qui serait fait a changé depuis l'aperçu : le revoir, puis planifier de nouveau.")
    if proposal.needs_approval and not approve:
        raise TooManyActions(proposal.why_approval)
    approved = who if proposal.needs_approval else None
    with parts.database.transaction() as tx:
        return record(tx, proposal, who, reason, approved, parts.clock.now())


def record(
    tx: Transaction, proposal: Proposal, who: str, reason: str, approved_by: str | None, now: datetime
) -> int:  # fmt: skip
    """Keep a proposal whose findings are still as they were proposed. Raises Conflict."""
    take_turn(tx, FINDINGS)
    plan = Plan(
        state="draft", checksum=proposal.checksum, reason=reason.strip(), created_at=now, created_by=who,
        approved_by=approved_by, actions=[row_of(action) for action in proposal.actions],
    )  # fmt: skip
    tx.add(plan)
    tx.flush()
    expected = {id: values for action in proposal.actions for id, values in action.findings.items()}
    for finding in plan_store.findings_of(tx, expected):
        if expected_of(finding) != expected[finding.id]:
            raise Conflict(f"l'écart n° {finding.id} a changé depuis l'aperçu : le revoir.")
        move(finding, State.PLANNED, who, f"plan n° {plan.id} : {reason.strip()}", now)
    tx.flush()
    return plan.id


def abandon(tx: Transaction, plan_id: int, who: str, reason: str, now: datetime) -> None:
    """Drop what a plan has not done yet; its findings are to be dealt with again.

    Raises NotFound, Invalid without a reason, Conflict when it is applied or abandoned already.
    """
    take_turn(tx, FINDINGS)
    check_told(who, reason)
    plan = plan_store.plan(tx, plan_id)
    if plan.state not in plan_store.WAITING:
        raise Conflict(f"le plan n° {plan.id} est {PLAN_STATES[plan.state]} : il n'y a rien à abandonner.")
    plan.state = "abandoned"
    left = [row for row in plan.actions if row.state == plan_store.PENDING]
    for row in left:
        row.state, row.message, row.done_at = "outdated", f"plan abandonné : {reason.strip()}", now
    for finding in plan_store.findings_of(tx, [id for row in left for id in action_of(row).findings]):
        if finding.state == State.PLANNED:
            move(finding, State.ACKNOWLEDGED, who, f"plan n° {plan.id} abandonné : {reason.strip()}", now)
    tx.flush()
