"""Actions about licences and backup boxes: more or fewer seats, another plan; drafted with their price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dcops.contracts import seat_orders
from dcops.contracts.nas_plans import change_plan, preview_plan
from dcops.contracts.orders import line_above_plan, lines_of_antivirus, paid_gb
from dcops.money import ZERO, round_cents
from dcops.plans.desk import Desk
from inventory import store
from inventory.errors import Conflict, Invalid
from inventory.french import counted
from inventory.models import Customer, Finding
from inventory.orm import Transaction
from inventory.plan import Action, Kind, expected_of


def seats(desk: Desk, finding: Finding) -> Action:
    """As many licences ordered as the console counts; a group that nobody knew comes beside what its customer has.

    Raises Invalid with the remedy.
    """
    customer, kind = desk.customer_of(finding), _kind(finding)
    held = sum(row.quantity for row in seat_orders.seats_held(desk.tx, customer.code, kind, desk.effective))
    more = _quantity(finding.real) - (held if finding.customer else 0)
    word = "more" if more > 0 else "fewer"
    if more > 0:
        seat_orders.check_more(desk.tx, customer.code, kind, more, desk.effective)
    elif more < 0:
        seat_orders.cut(desk.tx, customer.code, kind, -more, desk.effective)
    else:
        raise Invalid(f"{customer.name} a déjà ces licences le {desk.effective:%d/%m/%Y} : choisir un autre jour.")
    worth = desk.yearly(customer, lines_of_antivirus(kind, abs(more)))
    title = (
        f"{'Ajouter' if more > 0 else 'Retirer'} {counted(abs(more), 'licence')} de {seat_orders.KINDS[kind]} à "
        f"{customer.name} dès le {desk.effective:%d/%m/%Y} ({held} → {held + more}){desk.billed_words(customer)}"
    )
    payload = {"customer": customer.code, "kind": kind, word: abs(more), "from": desk.effective.isoformat()}
    expected = {**expected_of(finding), "held": held}
    target = f"antivirus/{customer.code}/{kind}"
    return Action(
        finding.id, Kind.ORDER_SEATS, target, title, payload, expected, worth if more > 0 else -worth
    )  # fmt: skip


def _kind(finding: Finding) -> str:
    """Workstation or server: the field of the finding."""
    if finding.field not in seat_orders.KINDS:
        raise Invalid("postes ou serveurs : l'écart ne le dit pas, relancer la comparaison.")
    return finding.field


def _quantity(value: Any, name: str = "quantity") -> int:
    """A count or GB as a truth tells it; nothing told is none."""
    return int(value.get(name) or 0) if isinstance(value, Mapping) else 0


def order_seats(tx: Transaction, action: Action) -> str:
    """Carry out more or fewer licences. Raises Conflict when they are not those that were counted."""
    told = action.payload
    customer, kind, start = told["customer"], told["kind"], date.fromisoformat(told["from"])
    held = sum(row.quantity for row in seat_orders.seats_held(tx, customer, kind, start))
    if held != action.expected["held"]:
        raise Conflict(f"les licences de {customer} ont changé depuis la revue du plan : {held} le {start:%d/%m/%Y}.")
    if "more" in told:
        seat_orders.order(tx, customer, kind, told["more"], start)
        return f"{counted(told['more'], 'licence ajoutée', 'licences ajoutées')} dès le {start:%d/%m/%Y}."
    seat_orders.give_back(tx, customer, kind, told["fewer"], start)
    return f"{counted(told['fewer'], 'licence retirée', 'licences retirées')} dès le {start:%d/%m/%Y}."


def box_plan(desk: Desk, finding: Finding) -> Action:
    """The plan that holds what a box consumes. Raises Invalid with the remedy."""
    sold = finding.sold if isinstance(finding.sold, Mapping) else {}
    unit = store.nas_unit(desk.tx, str(sold.get("serial")))
    used = _quantity(finding.real, "used_gb")
    effect = preview_plan(desk.tx, unit.serial, paid_gb(used), desk.effective)
    if effect.difference is None:
        raise Invalid(f"pas de prix pour un forfait de {effect.draft.plan_gb} Go le {desk.effective:%d/%m/%Y}.")
    before = paid_gb(_quantity(sold, "plan_gb"))
    worth = effect.difference - _above(desk, unit.customer, used - before)
    title = (
        f"Passer {unit.serial}, {unit.customer.name}, au forfait de {effect.draft.plan_gb} Go dès le "
        f"{desk.effective:%d/%m/%Y}{desk.billed_words(unit.customer)}"
    )
    payload = {"serial": unit.serial, "plan_gb": effect.draft.plan_gb, "from": desk.effective.isoformat()}
    plans = [[change.start.isoformat(), change.plan_gb] for change in unit.plans]
    expected = {**expected_of(finding), "plans": plans}
    return Action(finding.id, Kind.ORDER_NAS_PLAN, f"nas/{unit.id}", title, payload, expected, worth)


def _above(desk: Desk, customer: Customer, gb: int) -> Decimal:
    """Euros a year of GB above a plan, which a larger plan no longer bills."""
    costs = desk.prices.lines(customer, [(line_above_plan(), Decimal(max(0, gb)))]) if gb > 0 else []
    return sum((round_cents(cost.unit_price * gb) for cost in costs if cost.unit_price is not None), ZERO)


def change_box_plan(tx: Transaction, action: Action, who: str, why: str, now: datetime) -> str:
    """Carry out another plan. Raises Conflict when the box has other plans than it had."""
    told = action.payload
    unit = store.nas_unit(tx, told["serial"])
    if [[change.start.isoformat(), change.plan_gb] for change in unit.plans] != action.expected["plans"]:
        raise Conflict(f"le forfait de {unit.serial} a changé depuis la revue du plan.")
    start = date.fromisoformat(told["from"])
    change_plan(tx, unit.serial, told["plan_gb"], start, who, why, now)
    return f"{unit.serial} passe au forfait de {told['plan_gb']} Go dès le {start:%d/%m/%Y}."
