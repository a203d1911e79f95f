"""Selling a private cage: its racks are booked, its price « sur étude » is a subscription agreed with the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dcops.contracts import amendments, sale, store
from dcops.contracts.changes import Draft, end_of
from dcops.contracts.holdings import terms_of
from dcops.contracts.models import Subscription
from dcops.contracts.orders import line_of_cage
from dcops.contracts.sale import Offer, Quoted
from dcops.money import ZERO, round_cents
from inventory import cages, space_store
from inventory.booking import Billed, By
from inventory.booking import Draft as Booked
from inventory.cages import CageWish
from inventory.errors import Conflict
from inventory.models import Cage
from inventory.orm import Transaction
from inventory.turns import IMPORTS, take_turn

NO_PRICE = (
    "Le prix d'un espace privatif est « sur étude » : sans prix convenu, seule l'électricité de ses baies sera "
    "facturée, jusqu'à ce qu'un abonnement soit vendu."
)


@dataclass(frozen=True)
class Assessed:
    """What booking a cage would do: the racks, and the subscription that pays for them, where a price is agreed."""

    racks: list[Booked]
    price: Quoted | None


def assess(tx: Transaction, wish: CageWish, agreed_price: Decimal | None) -> Assessed:
    """What booking a cage at a price per year would do, nothing written. Raises as its two halves do."""
    _check_alone(tx, wish)
    racks = cages.assess(tx, wish)
    return Assessed(racks, None if agreed_price is None else sale.assess(tx, _offer(wish, agreed_price)))


def book(tx: Transaction, wish: CageWish, agreed_price: Decimal | None, by: By) -> tuple[Cage, Subscription | None]:
    """Book the racks and sell the subscription, or nothing at all. Raises as ``assess`` does."""
    take_turn(tx, IMPORTS)
    _check_alone(tx, wish)
    cage = cages.book(tx, wish, by)
    return cage, None if agreed_price is None else sale.sell(tx, _offer(wish, agreed_price))[0]


def _check_alone(tx: Transaction, wish: CageWish) -> None:
    """Raise Conflict when another cage of the customer begins that day: nothing would tell which one is paid for."""
    for cage in space_store.cages(tx):
        if (cage.customer.code, cage.start) == (wish.customer, wish.start) and cage.name != wish.name:
            raise Conflict(
                f"{cage.customer.name} a déjà l'espace privatif « {cage.name} », qui commence le "
                f"{wish.start:%d/%m/%Y} : leurs abonnements se confondraient, choisir un autre jour."
            )


def subscription_of(tx: Transaction, cage: Cage) -> Subscription | None:
    """The subscription that pays for a cage: the one of its customer that begins the same day."""
    sold = store.subscriptions(tx, cage.customer.code)
    return next((row for row in sold if row.code == line_of_cage() and row.start == cage.start), None)


def worth(tx: Transaction, name: str, half_units: int, on: date) -> Decimal:
    """Euros a year of so many half units of a cage: their part of the price agreed for it, nothing where none is."""
    cage = next((cage for cage in space_store.cages(tx) if cage.name == name), None)
    paying = subscription_of(tx, cage) if cage is not None else None
    if cage is None or paying is None:
        return ZERO
    agreed = [term for term in terms_of(paying) if term.start <= on and (term.end is None or on < term.end)]
    price = sum(((term.agreed_price or ZERO) * term.quantity for term in agreed), ZERO)
    whole = sum(share.end_half_unit - share.first_half_unit for share in cage.shares)
    return round_cents(price * abs(half_units) / whole)


def move_end(tx: Transaction, cage_id: int, end: date | None, by: By) -> tuple[Cage, Subscription | None]:
    """End a cage and what pays for it, move that end, or take it back (None). Raises as its two halves do."""
    take_turn(tx, IMPORTS)
    cage = cages.move_end(tx, cage_id, end, by)
    paying = subscription_of(tx, cage)
    if paying is not None and end_of(terms_of(paying)) != end:
        draft = amendments.resumption(tx, paying.id) if end is None else Draft("end", end)
        reason = by.reason.strip() or f"fin de l'espace privatif « {cage.name} »"
        amendments.record(tx, paying.id, draft, by.author, reason, by.now)
    return cage, paying


def cancel(tx: Transaction, cage_id: int, billed: Billed, by: By, today: date) -> None:
    """Take back a cage that has not begun, and its subscription; unless issued invoices bill one of them."""
    take_turn(tx, IMPORTS)
    cage = space_store.cage(tx, cage_id)
    paying = subscription_of(tx, cage)
    if paying is not None and (paying.amendments or billed("subscription", paying.id) is not None):
        raise Conflict(f"l'abonnement n° {paying.id} de « {cage.name} » est facturé ou a des avenants : y mettre fin.")
    cages.cancel(tx, cage_id, billed, by, today)
    if paying is not None:
        tx.delete(paying)
        tx.flush()


def _offer(wish: CageWish, agreed_price: Decimal) -> Offer:
    return Offer(wish.customer, line_of_cage(), Decimal(1), wish.start, wish.end, agreed_price)
