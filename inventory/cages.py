"""Booking a private cage: more than four whole racks of one room, sold to one customer, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inventory import space_store, store
from inventory.booking import (
    TURN,
    Billed,
    By,
    Draft,
    Wish,
    add,
    check_free,
    check_unbegun,
    check_unbilled,
    delete,
    draft,
    move_ends,
)
from inventory.errors import Conflict, Invalid
from inventory.models import Cage
from inventory.orm import Transaction
from inventory.racks import check_cage
from inventory.turns import take_turn

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class CageWish:
    """A private cage to book over the days [start, end): whole racks; ``power_w`` is of each of them."""

    name: str
    racks: tuple[str, ...]
    customer: str
    start: date
    end: date | None = None
    power_w: int | None = None


def assess(tx: Transaction, wish: CageWish) -> list[Draft]:
    """The shares of a cage to book, nothing written. Raises Invalid, NotFound, or Conflict naming all in its way."""
    if not 0 < len(wish.name.strip()) <= LONGEST_NAME:
        raise Invalid(f"un espace privatif a un nom de {LONGEST_NAME} caractères au plus, par exemple « Cage 1 ».")
    if wish.name in {cage.name for cage in space_store.cages(tx)}:
        raise Conflict(f"l'espace privatif « {wish.name} » existe déjà : lui donner un autre nom.")
    racks, customer = [store.rack(tx, name) for name in dict.fromkeys(wish.racks)], store.customer(tx, wish.customer)
    check_cage([(rack.room.site.name, rack.room.name) for rack in racks])
    drafts = [
        draft(rack, customer, Wish(rack.name, "full", wish.customer, wish.start, wish.end, power_w=wish.power_w))
        for rack in racks
    ]
    check_free(tx, drafts)
    return drafts


def book(tx: Transaction, wish: CageWish, by: By) -> Cage:
    """Record a cage: one full share per rack, all of them or none. Raises as ``assess`` does."""
    take_turn(tx, TURN)
    drafts = assess(tx, wish)
    room, customer = drafts[0].rack.room, drafts[0].customer
    cage = Cage(name=wish.name, room=room, customer=customer, start=wish.start, end=wish.end)
    add(tx, [each.share(cage) for each in drafts], by)
    return cage


def move_end(tx: Transaction, cage_id: int, end: date | None, by: By) -> Cage:
    """End a cage and all its racks, move its end, or take it back (None). Raises as ``move_end`` does."""
    take_turn(tx, TURN)
    cage = space_store.cage(tx, cage_id)
    move_ends(tx, cage.shares, end, by)
    cage.end = end
    tx.flush()
    return cage


def cancel(tx: Transaction, cage_id: int, billed: Billed, by: By, today: date) -> None:
    """Take back a cage that has not begun, as ``cancel`` does a share."""
    take_turn(tx, TURN)
    cage = space_store.cage(tx, cage_id)
    check_unbegun(f"l'espace privatif « {cage.name} »", cage.start, today)
    check_unbilled(cage.shares, billed)
    delete(tx, list(cage.shares), by)
    tx.delete(cage)
    tx.flush()
