"""More or fewer antivirus licences from a day on: the days before stay as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from inventory import store
from inventory.errors import Conflict, Invalid
from inventory.french import counted
from inventory.models import AntivirusSeats
from inventory.orm import Transaction
from inventory.turns import IMPORTS, take_turn

KINDS = {"workstation": "poste", "server": "serveur"}
MOST = 10_000_000


@dataclass(frozen=True)
class Cut:
    """What giving licences back does: orders that end, and how many of the last one go on."""

    ended: Sequence[AntivirusSeats]
    left: int


def seats_held(tx: Transaction, customer: str, kind: str, on: date) -> list[AntivirusSeats]:
    """The orders of a kind that a customer has on a day, the oldest first."""
    held = (row for row in store.antivirus_seats(tx, on=on, customer=customer) if row.kind == kind)
    return sorted(held, key=lambda row: (row.start, row.id))


def check_more(tx: Transaction, customer: str, kind: str, more: int, start: date) -> None:
    """Raise Invalid, NotFound or Conflict unless so many licences can be ordered."""
    _check_told(tx, customer, kind, more)
    _same_days(seats_held(tx, customer, kind, start), start, None)


def _check_told(tx: Transaction, customer: str, kind: str, quantity: int) -> None:
    if kind not in KINDS:
        raise Invalid(f"« {kind} » n'est pas une licence : écrire {' ou '.join(KINDS)}.")
    if not 1 <= quantity <= MOST:
        raise Invalid(f"« {quantity} » licences : en commander de 1 à {MOST}.")
    store.customer(tx, customer)


def order(tx: Transaction, customer: str, kind: str, more: int, start: date) -> None:
    """Order more licences from a day on; what was ordered on that very day, without an end, grows."""
    take_turn(tx, IMPORTS)
    check_more(tx, customer, kind, more, start)
    _add(tx, customer, kind, more, start, None)


def cut(tx: Transaction, customer: str, kind: str, fewer: int, on: date) -> Cut:
    """Which orders end when licences are given back, the oldest first. Raises Invalid or Conflict, nothing written."""
    _check_told(tx, customer, kind, fewer)
    held = seats_held(tx, customer, kind, on)
    total = sum(row.quantity for row in held)
    if fewer > total:
        raise Conflict(f"{customer} n'a que {counted(total, 'licence')} de {KINDS[kind]} le {on:%d/%m/%Y}.")
    ended: list[AntivirusSeats] = []
    for row in held:
        if fewer <= 0:
            break
        if row.start >= on:
            raise Invalid(
                f"des licences de {customer} ne commencent que le {on:%d/%m/%Y} : en rendre à partir du lendemain."
            )
        ended.append(row)
        fewer -= row.quantity
    if fewer < 0:
        _same_days(held, on, ended[-1].end)
    return Cut(ended, -fewer)


def give_back(tx: Transaction, customer: str, kind: str, fewer: int, on: date) -> Cut:
    """Hold fewer licences from a day on: the oldest orders end, one starts with what is left of the last."""
    take_turn(tx, IMPORTS)
    found = cut(tx, customer, kind, fewer, on)
    until = found.ended[-1].end
    for row in found.ended:
        row.end = on
    tx.flush()
    if found.left:
        _add(tx, customer, kind, found.left, on, until)
    return found


def _add(tx: Transaction, customer: str, kind: str, quantity: int, start: date, end: date | None) -> None:
    """An order of that day, added to the one that has the same days: a row is known by customer, kind and first day."""
    same = _same_days(seats_held(tx, customer, kind, start), start, end)
    if same is not None:
        same.quantity += quantity
    else:
        who = store.customer(tx, customer)
        tx.add(AntivirusSeats(customer=who, kind=kind, quantity=quantity, start=start, end=end))
    tx.flush()


def _same_days(held: Sequence[AntivirusSeats], start: date, end: date | None) -> AntivirusSeats | None:
    """The order of the same days. Raises Conflict for one that starts that day and ends another."""
    same = next((row for row in held if row.start == start), None)
    if same is not None and same.end != end:
        raise Conflict(
            f"des licences de {same.customer.name} commencent déjà le {start:%d/%m/%Y} et finissent un autre jour : "
            "choisir une autre date."
        )
    return same
