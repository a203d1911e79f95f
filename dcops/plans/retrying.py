"""What failed of a plan tried again, as it was reviewed: the same requests, on the same versions."""

from __future__ import annotations

from datetime import datetime

from dcops.plans.rows import action_of
from inventory import plan_store
from inventory.decisions import move
from inventory.errors import Conflict
from inventory.findings import State
from inventory.models import Finding, Plan, PlanAction
from inventory.orm import Transaction
from inventory.plan import expected_of


def reopen(tx: Transaction, plan: Plan, who: str, now: datetime) -> None:
    """Make what failed pending again, where its findings are still as they were left.

    Raises Conflict when nothing is: what was settled or planned otherwise since is not touched.
    """
    again = [row for row in plan.actions if row.state == plan_store.FAILED and _as_it_failed(tx, row)]
    if not again:
        raise Conflict(
            f"rien à réessayer du plan n° {plan.id} : planifier de nouveau les écarts qui restent à traiter."
        )
    for row in again:
        row.state, row.message, row.done_at = plan_store.PENDING, "", None
        for finding in _findings(tx, row):
            move(finding, State.PLANNED, who, f"plan n° {plan.id} : nouvel essai", now)
    plan.state = "applying"
    tx.flush()


def _findings(tx: Transaction, row: PlanAction) -> list[Finding]:
    return plan_store.findings_of(tx, action_of(row).findings)


def _as_it_failed(tx: Transaction, row: PlanAction) -> bool:
    expected = action_of(row).findings
    return all(
        finding.state == State.FAILED and expected_of(finding) == expected[finding.id] for finding in _findings(tx, row)
    )
