"""Which action settles each finding, or why none does: orders, documentation, what is left to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dcops.plans import contract_actions, documentation
from dcops.plans.choices import Choices
from dcops.plans.contract_actions import Drafted
from dcops.plans.remedies import chosen, remedies_of
from dcops.plans.tickets import by_hand
from dcops.wiring import Parts
from inventory import plan_store
from inventory.answers import ANYWHERE
from inventory.errors import Conflict, DomainError
from inventory.findings import IN_FRENCH, MOVES, State
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.plan import DOCUMENTATION, ORDERS, Kind

_THEN = {
    State.IGNORED: "le prendre en compte d'abord",
    State.PLANNED: "ce qui a été décidé prend effet un jour à venir",
    State.APPLIED: "le prochain rapprochement dira si la correction a suffi",
}
"""What is to be done of a finding that cannot be planned; the others are settled."""


@dataclass(frozen=True)
class Sketch:
    """What can be done about findings, in their order, NetBox last and in its own: a machine needs its tenant.

    ``populations``: scope -> how many objects it is known to hold.
    """

    findings: Sequence[Finding]
    drafted: Sequence[Drafted]
    populations: dict[str, int]


def sketch(parts: Parts, finding_ids: Sequence[int], choices: Choices) -> Sketch:
    """Draft the action of each finding; NetBox is read outside the transaction. Raises NotFound."""
    with parts.database.transaction() as tx:
        found = plan_store.findings_of(tx, finding_ids)
        asked, drafted = _asked(tx, found, choices)
        orders = [(finding, kind) for finding, kind in asked if kind in ORDERS]
        drafted += contract_actions.draft_all(tx, orders, choices)
        documented = [finding for finding, kind in asked if kind in DOCUMENTATION]
        written = documentation.draft_all(tx, documented, parts.clock.now())
        populations = _populations(tx, found)
    others = [(finding, kind) for finding, kind in asked if kind not in ORDERS | DOCUMENTATION]
    drafted += [([finding], by_hand(finding, kind)) for finding, kind in others]
    place = {finding.id: number for number, finding in enumerate(found)}
    drafted.sort(key=lambda one: place[one[0][0].id])
    return Sketch(found, [*drafted, *documentation.resolve_all(parts, written)], populations)


def _asked(
    tx: Transaction, found: Sequence[Finding], choices: Choices
) -> tuple[list[tuple[Finding, Kind]], list[Drafted]]:  # fmt: skip
    """The kind of action of each finding; and those that cannot be planned."""
    waiting = {action.finding_id: action.plan_id for action in plan_store.pending_of(tx, [one.id for one in found])}
    asked: list[tuple[Finding, Kind]] = []
    refused: list[Drafted] = []
    for finding in found:
        try:
            _check_free(finding, waiting.get(finding.id))
            allowed = remedies_of(finding.rule, finding.sold, finding.documented, finding.real)
            asked.append((finding, chosen(choices.kinds.get(finding.id), allowed)))
        except DomainError as why:
            refused.append(([finding], why))
    return asked, refused


def _check_free(finding: Finding, plan: int | None) -> None:
    """Raise Conflict for a finding that is planned already, settled, or about what did not answer."""
    state = State(finding.state)
    if plan is not None and state is State.PLANNED:
        raise Conflict(f"déjà dans le plan n° {plan} : l'appliquer, ou l'abandonner.")
    if State.PLANNED not in MOVES[state]:
        then = _THEN.get(state, "il n'est plus là, il n'y a rien à corriger")
        raise Conflict(f"un écart {IN_FRENCH[state]} ne se planifie pas : {then}.")
    if finding.frozen:
        raise Conflict("sa source n'a pas répondu la dernière fois : rien n'est décidé de ce qui n'est pas connu.")


def _populations(tx: Transaction, found: Sequence[Finding]) -> dict[str, int]:
    """How many objects each scope of the findings holds, as its source last told; else machines ordered."""
    told = plan_store.populations(tx)
    ordered = plan_store.machines_ordered(tx)
    told[ANYWHERE] = sum(told.values())
    return {finding.scope: told.get(finding.scope) or ordered for finding in found}
