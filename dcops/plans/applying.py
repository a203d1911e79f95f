"""A reviewed plan carried out action by action: each is done once or not at all, whatever happens half way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from dcops.plans import claims, contract_actions, documentation, retrying
from dcops.plans.rows import action_of, changed, close, silent
from dcops.wiring import Parts
from inventory import plan_store
from inventory.clock import civil_date
from inventory.errors import Conflict, DomainError
from inventory.findings import State
from inventory.models import Plan, PlanAction
from inventory.orm import Transaction
from inventory.plan import BY_HAND, ORDERS, Action, Kind, Outdated, checksum
from inventory.turns import FINDINGS, IMPORTS, take_turn

SHORTEST = 8
"""How many characters of a checksum name it."""
APPLIED, FAILED, OUTDATED, WAITING = "applied", "failed", "outdated", "waiting"


@dataclass(frozen=True)
class Outcome:
    """How many actions were done, refused, out of date, put off, left to a person; ``messages`` says each in French."""

    applied: int = 0
    failed: int = 0
    outdated: int = 0
    waiting: int = 0
    by_hand: int = 0
    messages: tuple[str, ...] = ()
    first_refusal: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything that is sent was done."""
        return not self.first_refusal


@dataclass(frozen=True)
class _Done:
    state: str
    message: str


def apply(parts: Parts, plan_id: int, checksum: str, who: str, retry: bool = False) -> Outcome:
    """Do what is pending of a plan. ``checksum`` (its first 8 characters at least) must be the reviewed one.

    What is done already stays done: a plan that was interrupted goes on; with ``retry``, what failed is tried again.
    Raises NotFound, and Conflict for another checksum, a plan that was abandoned, or nothing to try again.
    """
    with parts.database.transaction() as tx:
        plan = _reviewed(tx, plan_id, checksum)
        if retry:
            retrying.reopen(tx, plan, who, parts.clock.now())
        plan.state = "applying" if plan.state == "draft" else plan.state
        pending = [(row.id, Kind(row.kind)) for row in plan.actions if row.state == plan_store.PENDING]
    done: list[_Done] = []
    for id, kind in pending:
        if kind in BY_HAND:
            continue
        found = _contract(parts, id, who) if kind in ORDERS else _documentation(parts, id, who)
        done += [] if found is None else [found]
    with parts.database.transaction() as tx:
        _end(tx, plan_id, who, parts.clock.now())
    counts = Counter(one.state for one in done)
    by_hand = sum(kind in BY_HAND for _, kind in pending)
    refusal = next((one.message for one in done if one.state != APPLIED), "")
    messages = tuple(one.message for one in done)
    done_of = (counts[APPLIED], counts[FAILED], counts[OUTDATED], counts[WAITING])
    return Outcome(*done_of, by_hand, messages, refusal)


def _reviewed(tx: Transaction, plan_id: int, given: str) -> Plan:
    """The plan that was reviewed, in the turn of findings."""
    take_turn(tx, FINDINGS)
    plan = plan_store.plan(tx, plan_id)
    check_reviewed(plan, given)
    if plan.state == "abandoned":
        raise Conflict(f"le plan n° {plan.id} est abandonné : planifier de nouveau.")
    return plan


def check_reviewed(plan: Plan, given: str) -> None:
    """Raise Conflict unless a checksum is that of the plan, and the plan that of its actions."""
    given = given.strip().lower()
    if len(given) < SHORTEST or not plan.checksum.startswith(given):
        raise Conflict(
            f"« {given} » n'est pas la somme de contrôle du plan n° {plan.id} : le revoir (dcops findings plan-show), "
            f"puis donner au moins {SHORTEST} caractères de la sienne."
        )
    if checksum([action_of(row) for row in plan.actions]) != plan.checksum:
        raise Conflict(f"les actions du plan n° {plan.id} ne sont plus celles qui ont été revues : l'abandonner.")


def _contract(parts: Parts, id: int, who: str) -> _Done | None:
    """One order, with the state of its action and of its findings, in one transaction; None when it is done already."""
    with parts.database.transaction() as tx:
        take_turn(tx, FINDINGS)
        take_turn(tx, IMPORTS)
        row, now = plan_store.action(tx, id), parts.clock.now()
        if not _still_to_do(row):
            return None
        if hindered := _hindered(tx, row, who, now):
            return hindered
        try:
            with tx.begin_nested():
                told = contract_actions.carry_out(tx, action_of(row), who, now)
        except Conflict as refused:
            return _close(tx, row, OUTDATED, who, str(refused), now)
        except DomainError as refused:
            return _close(tx, row, FAILED, who, str(refused), now)
        return _close(tx, row, APPLIED, who, told, now)


def _documentation(parts: Parts, id: int, who: str) -> _Done | None:
    """One write to NetBox, outside of any transaction, claimed so that two people do not send it both."""
    with parts.database.transaction() as tx:
        take_turn(tx, FINDINGS)
        row, now = plan_store.action(tx, id), parts.clock.now()
        if not _still_to_do(row):
            return None
        if hindered := _hindered(tx, row, who, now):
            return hindered
        if holder := claims.take(tx, id, who, now):
            return _Done(WAITING, f"{row.title} : {holder}")
        action = action_of(row)
    state, told = _sent(parts, action)
    with parts.database.transaction() as tx:
        take_turn(tx, FINDINGS)
        claims.free(tx, id)
        row = plan_store.action(tx, id)
        if row.state == APPLIED:  # by somebody who took over what was believed dead
            return None
        return _close(tx, row, state, who, told, parts.clock.now())


def _sent(parts: Parts, action: Action) -> tuple[str, str]:
    try:
        return APPLIED, documentation.carry_out(parts, action)
    except Outdated as refused:
        return OUTDATED, str(refused)
    except DomainError as refused:
        return FAILED, str(refused)


def _still_to_do(row: PlanAction) -> bool:
    return row.state == plan_store.PENDING and row.plan.state != "abandoned"


def _hindered(tx: Transaction, row: PlanAction, who: str, now: datetime) -> _Done | None:
    """Why an action is not done now: it waits for the sources, or what it was decided on changed."""
    if why := silent(tx, row):
        row.message = why
        return _Done(WAITING, f"{row.title} : {why}")
    if why := changed(tx, row):
        return _close(tx, row, OUTDATED, who, why, now)
    return None


def _close(tx: Transaction, row: PlanAction, state: str, who: str, told: str, now: datetime) -> _Done:
    """Record what became of an action. An order of a day to come leaves its findings planned until that day."""
    after = {APPLIED: State.APPLIED, FAILED: State.FAILED, OUTDATED: State.ACKNOWLEDGED}[state]
    if state == APPLIED and _first_day(row) > civil_date(now):
        after = State.PLANNED
    close(tx, row, state, after, who, told, now)
    return _Done(state, told if state == APPLIED else f"{row.title} : {told}")


def _first_day(row: PlanAction) -> date:
    told = row.payload.get("from") or row.payload.get("to") if Kind(row.kind) in ORDERS else None
    return date.fromisoformat(told) if told else date.min


def _end(tx: Transaction, plan_id: int, who: str, now: datetime) -> None:
    """A plan is applied once only people have something left to do."""
    take_turn(tx, FINDINGS)
    plan = plan_store.plan(tx, plan_id)
    left = [row for row in plan.actions if row.state == plan_store.PENDING and Kind(row.kind) not in BY_HAND]
    if plan.state == "applying" and not left:
        plan.state, plan.applied_at, plan.applied_by = "applied", now, who
