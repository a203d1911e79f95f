"""Plans as scripts read them, and as a terminal shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dcops.money import ZERO, french, text
from dcops.plans.applying import Outcome
from dcops.plans.documentation import requests_shown
from dcops.plans.planning import Proposal
from dcops.plans.rows import action_of
from dcops.wiring import Parts
from inventory.french import counted
from inventory.models import Plan, PlanAction
from inventory.plan import ACTION_STATES, PLAN_STATES, Action


def proposal_document(parts: Parts, proposal: Proposal) -> dict[str, Any]:
    """What a plan would do, nothing kept."""
    return {
        "plan": None,
        "checksum": proposal.checksum,
        "eur_per_year": text(proposal.eur_per_year),
        "removals": proposal.removals,
        "ceiling": proposal.ceiling,
        "needs_approval": proposal.needs_approval,
        "why_approval": proposal.why_approval,
        "actions": [action_document(parts, action) for action in proposal.actions],
        "refused": [vars(refused) for refused in proposal.refused],
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan that was kept, without its actions."""
    counts = {state: sum(row.state == state for row in plan.actions) for state in ACTION_STATES}
    return {
        "plan": plan.id, "state": plan.standing, "checksum": plan.checksum, "reason": plan.reason,
        "created_at": plan.created_at.isoformat(), "created_by": plan.created_by, "approved_by": plan.approved_by,
        "applied_at": plan.applied_at.isoformat() if plan.applied_at else None, "applied_by": plan.applied_by,
        "eur_per_year": text(_worth(plan)), "counts": counts,
    }  # fmt: skip


def plan_detail(parts: Parts, plan: Plan) -> dict[str, Any]:
    """A plan that was kept, with its actions and what became of them."""
    return {**plan_document(plan), "actions": [_row_document(parts, row) for row in plan.actions]}


def action_document(parts: Parts, action: Action) -> dict[str, Any]:
    """An action: what would be done exactly, and what it was decided on."""
    return {
        "findings": list(action.findings), "kind": action.kind.value, "target": action.target, "title": action.title,
        "payload": action.payload, "expected": action.expected, "eur_per_year": text(action.eur_per_year),
        "requests": requests_shown(parts, action.kind, action.payload),
    }  # fmt: skip


def _row_document(parts: Parts, row: PlanAction) -> dict[str, Any]:
    done = row.done_at.isoformat() if row.done_at else None
    told = {"state": row.state, "message": row.message, "done_at": done}
    return action_document(parts, action_of(row)) | told


def outcome_document(plan_id: int, outcome: Outcome) -> dict[str, Any]:
    """What became of a plan that was applied."""
    counts = {name: getattr(outcome, name) for name in ("applied", "failed", "outdated", "waiting", "by_hand")}
    return {"plan": plan_id, **counts, "messages": list(outcome.messages)}


def proposal_text(parts: Parts, proposal: Proposal) -> str:
    """What a plan would do, for a person."""
    told = counted(len(proposal.actions), "action")
    lines = [f"{told}, {_signed(proposal.eur_per_year)} ; somme de contrôle {proposal.checksum[:12]}."]
    for action in proposal.actions:
        lines += _action_lines(parts, action)
    lines += [f"  refusé, n° {one.finding} {one.title} : {one.why}" for one in proposal.refused]
    return "\n".join([*lines, *([f"  attention : {proposal.why_approval}"] if proposal.needs_approval else [])])


def plan_line(plan: Plan) -> str:
    """One line of a list of plans."""
    done = sum(row.state == "applied" for row in plan.actions)
    told = f"{done}/{counted(len(plan.actions), 'action')}, {_signed(_worth(plan))}"
    return f"{plan.id:>5}  {PLAN_STATES[plan.standing]:<19} {told}  {plan.created_by} : {plan.reason}"


def plan_text(parts: Parts, plan: Plan) -> str:
    """A plan with its actions, for a person."""
    lines = [plan_line(plan), f"  somme de contrôle {plan.checksum}"]
    for row in plan.actions:
        told = f"{ACTION_STATES[row.state]}{f' : {row.message}' if row.message else ''}"
        lines += [*_action_lines(parts, action_of(row)), f"      {told}"]
    return "\n".join(lines)


def outcome_text(outcome: Outcome) -> str:
    """What became of a plan that was applied, for a person."""
    counts = f"{counted(outcome.applied, 'action faite', 'actions faites')}, {outcome.failed} en échec"
    by_hand = f", {outcome.by_hand} à faire par quelqu'un" if outcome.by_hand else ""
    waiting = f", {outcome.waiting} en attente" if outcome.waiting else ""
    head = f"{counts}, {counted(outcome.outdated, 'périmée')}{waiting}{by_hand}."
    return "\n  ".join([head, *outcome.messages])


def _action_lines(parts: Parts, action: Action) -> list[str]:
    numbers = ", ".join(str(id) for id in action.findings)
    worth = f" : {_signed(action.eur_per_year)}" if action.eur_per_year else ""
    requests = [f"      {line}" for line in requests_shown(parts, action.kind, action.payload)]
    return [f"  n° {numbers}  {action.title}{worth}", *requests]


def _worth(plan: Plan) -> Decimal:
    return sum((row.eur_per_year for row in plan.actions), ZERO)


def _signed(amount: Decimal) -> str:
    """Euros a year that bills gain or lose."""
    return f"{'+' if amount > 0 else ''}{french(amount)}/an"
