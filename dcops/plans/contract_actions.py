"""The actions that change contracts: drafted from a finding, carried out as they were drafted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import ParamSpec, TypeVar

from dcops.plans import machine_actions, seat_actions
from dcops.plans.choices import Choices
from dcops.plans.desk import Desk
from dcops.plans.ordered import order_in_force
from inventory.errors import DomainError
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.plan import Action, Kind

P = ParamSpec("P")
R = TypeVar("R")
_DRAFTS: dict[Kind, Callable[[Desk, Finding], Action]] = {
    Kind.ORDER_MACHINE: machine_actions.ordering,
    Kind.ORDER_END: machine_actions.ending,
    Kind.ORDER_SEATS: seat_actions.seats,
    Kind.ORDER_NAS_PLAN: seat_actions.box_plan,
}
Drafted = tuple[Sequence[Finding], Action | DomainError]
"""Findings, and the one action that settles them, or why there is none."""


def draft(tx: Transaction, finding: Finding, choices: Choices, kind: Kind) -> Action:
    """The action that settles a finding. Raises Invalid with the remedy, e.g. when no customer is known."""
    ((_, drafted),) = draft_all(tx, [(finding, kind)], choices)
    if isinstance(drafted, DomainError):
        raise drafted
    return drafted


def draft_all(tx: Transaction, asked: Sequence[tuple[Finding, Kind]], choices: Choices) -> list[Drafted]:
    """The actions that settle findings: one for all the sizes of one machine."""
    desk = Desk(tx, choices, [finding for finding, _ in asked])
    alone = [(finding, kind) for finding, kind in asked if kind is not Kind.ORDER_RESIZE]
    drafted: list[Drafted] = [([finding], _tried(_DRAFTS[kind], desk, finding)) for finding, kind in alone]
    return [*drafted, *_resizes(desk, [finding for finding, kind in asked if kind is Kind.ORDER_RESIZE])]


def _resizes(desk: Desk, findings: Sequence[Finding]) -> Iterator[Drafted]:
    by_order: dict[int, list[Finding]] = {}
    orders = {}
    for finding in findings:
        order = _tried(order_in_force, desk.book, finding, desk.effective)
        if isinstance(order, DomainError):
            yield [finding], order
        else:
            orders[order.id] = order
            by_order.setdefault(order.id, []).append(finding)
    for id, together in by_order.items():
        yield together, _tried(machine_actions.resizing, desk, orders[id], together)


def _tried(do: Callable[P, R], *args: P.args, **named: P.kwargs) -> R | DomainError:
    """What a draft gives, or its refusal."""
    try:
        return do(*args, **named)
    except DomainError as refused:
        return refused


def carry_out(tx: Transaction, action: Action, who: str, now: datetime) -> str:
    """Do it, and say what was done. Raises Conflict when what it was decided on changed."""
    match action.kind:
        case Kind.ORDER_MACHINE:
            return machine_actions.order(tx, action)
        case Kind.ORDER_RESIZE:
            return machine_actions.resize(tx, action)
        case Kind.ORDER_END:
            return machine_actions.end(tx, action)
        case Kind.ORDER_SEATS:
            return seat_actions.order_seats(tx, action)
        case Kind.ORDER_NAS_PLAN:
            return seat_actions.change_box_plan(tx, action, who, action.title, now)
    raise AssertionError(action.kind)
