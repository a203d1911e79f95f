"""Actions about ordered machines: a new order, other sizes, an end; drafted with a price, carried out as drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from dcops.contracts import machine_orders
from dcops.contracts.machine_orders import LONGEST_NAME, MachineOrder, Sizes, resized, sizes_of
from dcops.contracts.orders import lines_of_machine
from dcops.money import ZERO
from dcops.plans.desk import Desk
from dcops.plans.ordered import (
    change_words,
    machine_words,
    order_document,
    order_of,
    order_told,
    sizes_told,
    sizes_words,
)
from inventory import store
from inventory.differences import whole
from inventory.errors import Conflict, Invalid
from inventory.models import Customer, Finding, Machine
from inventory.orm import Transaction
from inventory.plan import Action, Kind, expected_of

LONGEST_TARGET = 200
_COLUMNS = {"vcpu": "vcpu", "ram": "ram_gb", "disk": "disk_gb"}
"""The size that a finding is about -> the column of an order."""


def ordering(desk: Desk, finding: Finding) -> Action:
    """Order what runs and is not sold, for whom it is known or chosen to be. Raises Invalid with the remedy."""
    customer = desk.customer_of(finding)
    asked = desk.with_own_name(_asked(desk, finding, customer.code))
    machine_orders.check(asked, desk.book.beside(asked.name, asked.cluster, asked.vmid))
    title = (
        f"Commander {machine_words(asked)} pour {customer.name} dès le {asked.start:%d/%m/%Y} : "
        f"{sizes_words(asked.sizes)}{desk.billed_words(customer, asked.end)}"
    )
    target = finding.thing.replace("vm:", "machine:", 1)[:LONGEST_TARGET]
    worth = _yearly(desk, customer, asked.sizes)
    return Action(
        finding.id, Kind.ORDER_MACHINE, target, title, order_document(asked), expected_of(finding), worth
    )  # fmt: skip


def _asked(desk: Desk, finding: Finding, customer: str) -> MachineOrder:
    real = finding.real if isinstance(finding.real, Mapping) else {}
    name = str(real.get("name") or finding.thing.removeprefix("vm:"))[:LONGEST_NAME]
    sizes = Sizes(**{column: _running(real.get(column), column) for column in _COLUMNS.values()})
    end = _next_start(finding, desk.effective)
    return MachineOrder(customer, name, sizes, desk.effective, end, real.get("cluster"), real.get("vmid"))


def _running(size: Any, column: str) -> int:
    """A size that runs, rounded up to what is sold. Raises Invalid when no source says it."""
    try:
        return whole(Decimal(str(size)))
    except InvalidOperation:
        raise Invalid(f"sa taille ({column}) n'est pas connue : attendre que Proxmox la dise.") from None


def _next_start(finding: Finding, effective: date) -> date | None:
    """The day on which an order to come takes over, if one does."""
    sold = finding.sold if isinstance(finding.sold, Mapping) else {}
    start = date.fromisoformat(sold["from"]) if sold.get("from") else None
    return start if start is not None and start > effective else None


def resizing(desk: Desk, machine: Machine, findings: Sequence[Finding]) -> Action:
    """Order the sizes that run, all those of one machine at once. Raises Invalid with the remedy."""
    before = sizes_of(machine)
    for finding in findings:
        _check_seen(machine, finding, desk.effective)
    sizes = replace(before, **{_COLUMNS[each.field]: _running(each.real, each.field) for each in findings})
    following = resized(machine, sizes, desk.effective)
    beside = desk.book.beside(following.name, following.cluster, following.vmid)
    machine_orders.check(following, beside, instead_of=machine)
    worth = _yearly(desk, machine.customer, sizes) - _yearly(desk, machine.customer, before)
    title = (
        f"Changer la commande de {machine_words(machine)}, {machine.customer.name}, dès le "
        f"{desk.effective:%d/%m/%Y} : {change_words(before, sizes)}{desk.billed_words(machine.customer, machine.end)}"
    )
    payload = {"machine": machine.id, **vars(sizes), "from": desk.effective.isoformat()}
    first, *others = findings
    expected = {**expected_of(first), "order": order_document(machine)}
    if others:
        expected["also"] = {str(each.id): expected_of(each) for each in others}
    return Action(first.id, Kind.ORDER_RESIZE, f"machine/{machine.id}", title, payload, expected, worth)


def _check_seen(machine: Machine, finding: Finding, effective: date) -> None:
    """The order of the first day is the one that was compared: an older one had other sizes."""
    ordered = getattr(machine, _COLUMNS[finding.field])
    if Decimal(str(finding.sold)) != ordered:
        raise Invalid(
            f"le {effective:%d/%m/%Y}, « {machine.name} » était commandée avec {ordered} et non {finding.sold} : "
            "choisir un jour où la commande constatée était en vigueur."
        )


def ending(desk: Desk, finding: Finding) -> Action:
    """End the order of what does not exist. Raises Invalid with the remedy."""
    machine = order_told(desk.book, finding)
    machine_orders.check_end(machine, desk.effective)
    try:
        saved = _yearly(desk, machine.customer, sizes_of(machine))
    except Invalid:
        saved = ZERO  # what has no price brought nothing
    title = (
        f"Clore la commande de {machine_words(machine)}, {machine.customer.name}, au {desk.effective:%d/%m/%Y}"
        f"{desk.billed_words(machine.customer)}"
    )
    payload = {"machine": machine.id, "to": desk.effective.isoformat()}
    expected = {**expected_of(finding), "order": order_document(machine)}
    return Action(finding.id, Kind.ORDER_END, f"machine/{machine.id}", title, payload, expected, -saved)


def _yearly(desk: Desk, customer: Customer, sizes: Sizes) -> Decimal:
    return desk.yearly(customer, lines_of_machine(**vars(sizes)))


def order(tx: Transaction, action: Action) -> str:
    """Carry out a new order. Raises Conflict when the guest is sold meanwhile."""
    row = machine_orders.order(tx, order_of(action.payload))
    return f"commande n° {row.id} enregistrée : {machine_words(row)} dès le {row.start:%d/%m/%Y}."


def resize(tx: Transaction, action: Action) -> str:
    """Carry out other sizes. Raises Conflict when the order is not what it was."""
    machine, sizes = _as_expected(tx, action), sizes_told(action.payload)
    row = machine_orders.resize(tx, machine.id, sizes, date.fromisoformat(action.payload["from"]))
    return f"commande n° {row.id} de {row.name} : {sizes_words(sizes)} dès le {action.payload['from']}."


def end(tx: Transaction, action: Action) -> str:
    """Carry out an end. Raises Conflict when the order is not what it was."""
    row = machine_orders.end(tx, _as_expected(tx, action).id, date.fromisoformat(action.payload["to"]))
    return f"commande n° {row.id} de {row.name} close au {row.end:%d/%m/%Y}."


def _as_expected(tx: Transaction, action: Action) -> Machine:
    machine = store.machine(tx, action.payload["machine"])
    if order_document(machine) != action.expected["order"]:
        raise Conflict(f"la commande n° {machine.id} de « {machine.name} » a changé depuis la revue du plan.")
    return machine
