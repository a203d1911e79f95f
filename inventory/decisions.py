"""What people decide about findings, one or many at once: taken into account, ignored, done by hand; all is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from inventory import plan_store
from inventory.clock import civil_date
from inventory.errors import Conflict, DomainError, Invalid
from inventory.findings import State, check_move
from inventory.french import some
from inventory.models import Finding, FindingMove
from inventory.orm import Transaction
from inventory.plan import BY_HAND, Kind
from inventory.turns import FINDINGS, take_turn

LONGEST_NAME = 100


@dataclass(frozen=True)
class Refusal:
    """A finding that a decision cannot be about, and why."""

    finding: int
    title: str
    why: str


class DecisionRefused(Conflict):
    """A decision about several findings that some of them do not allow; nothing was decided of any."""

    def __init__(self, refusals: Sequence[Refusal], asked: int) -> None:
        self.refusals = tuple(refusals)
        told = some([f"n° {one.finding}, {one.why.rstrip('.')}" for one in refusals])
        super().__init__(f"rien n'a été décidé : {len(refusals)} des {asked} écarts s'y opposent ({told}).")


def acknowledge(tx: Transaction, id: int, who: str, why: str, now: datetime) -> Finding:
    """Somebody deals with it. Raises NotFound, Conflict when its state does not allow it, Invalid without a reason."""
    return acknowledge_all(tx, [id], who, why, now)[0]


def acknowledge_all(tx: Transaction, ids: Sequence[int], who: str, why: str, now: datetime) -> list[Finding]:
    """Somebody deals with all of them, or nothing is decided. Raises as ``acknowledge``, or DecisionRefused."""
    return _decide(tx, ids, State.ACKNOWLEDGED, who, why, now)


def ignore(tx: Transaction, id: int, who: str, reason: str, now: datetime, until: date | None = None) -> Finding:
    """Leave it as it is, for these values, until a day (None: until the values change).

    Raises NotFound, Conflict when its state does not allow it, Invalid without a reason or with a day gone by.
    """
    return ignore_all(tx, [id], who, reason, now, until)[0]


def ignore_all(
    tx: Transaction, ids: Sequence[int], who: str, reason: str, now: datetime, until: date | None = None
) -> list[Finding]:
    """Leave all of them as they are, or nothing is decided. Raises as ``ignore``, or DecisionRefused."""
    if until is not None and until <= civil_date(now):
        raise Invalid(f"l'échéance {until:%d/%m/%Y} est passée : en donner une à venir.")
    decided = _decide(tx, ids, State.IGNORED, who, reason, now)
    for finding in decided:
        finding.ignored_until = until
    tx.flush()
    return decided


def done(tx: Transaction, id: int, who: str, why: str, now: datetime) -> Finding:
    """A person did what was planned and is not sent: the next run says whether it is so.

    Raises NotFound, Conflict when nothing is left to a person, Invalid without a reason.
    """
    take_turn(tx, FINDINGS)
    (finding,) = plan_store.findings_of(tx, [id])
    check_told(who, why)
    check_move(State(finding.state), State.APPLIED)
    left = plan_store.pending_of(tx, [id])
    for action in left:
        if Kind(action.kind) not in BY_HAND:
            raise Conflict(f"l'écart n° {id} attend le plan n° {action.plan_id} : l'appliquer, ou l'abandonner.")
    for action in left:
        action.state, action.message, action.done_at = "applied", why.strip(), now
    move(finding, State.APPLIED, who, why.strip(), now)
    tx.flush()
    return finding


def move(finding: Finding, after: State, who: str, why: str, now: datetime) -> None:
    """Record that a finding changes state, by whom and why. Raises Conflict when it may not."""
    check_move(State(finding.state), after)
    finding.moves.append(FindingMove(at=now, before=finding.state, after=after, who=who, why=why))
    finding.state = after


def note(finding: Finding, who: str, why: str, now: datetime) -> None:
    """Record what was done about a finding whose state stays as it is."""
    finding.moves.append(FindingMove(at=now, before=finding.state, after=finding.state, who=who, why=why))


def _decide(
    tx: Transaction, ids: Sequence[int], after: State, who: str, why: str, now: datetime
) -> list[Finding]:  # fmt: skip
    take_turn(tx, FINDINGS)
    check_told(who, why)
    found = plan_store.findings_of(tx, ids)
    if not found:
        raise Invalid("aucun écart n'est désigné : en choisir un au moins.")
    _check_moves(found, after)
    _forget_plans(tx, [finding.id for finding in found if finding.state == State.PLANNED], now)
    for finding in found:
        move(finding, after, who, why.strip(), now)
    tx.flush()
    return found


def check_told(who: str, why: str) -> None:
    if not why.strip():
        raise Invalid("une décision se motive : dire pourquoi.")
    if len(who) > LONGEST_NAME:
        raise Invalid(f"auteur : {LONGEST_NAME} caractères au plus.")


def _check_moves(found: Sequence[Finding], after: State) -> None:
    """Raise the refusal of the only finding, or DecisionRefused with those of several."""
    refusals: list[Refusal] = []
    for finding in found:
        try:
            check_move(State(finding.state), after)
        except DomainError as refused:
            if len(found) == 1:
                raise
            refusals.append(Refusal(finding.id, finding.title, str(refused)))
    if refusals:
        raise DecisionRefused(refusals, len(found))


def _forget_plans(tx: Transaction, ids: Sequence[int], now: datetime) -> None:
    """What was planned of findings that are decided otherwise will not be done."""
    for action in plan_store.pending_of(tx, ids):
        action.state, action.message, action.done_at = "outdated", "l'écart a été décidé autrement.", now
