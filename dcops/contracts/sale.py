"""Selling a line of the grid that has no asset of its own: what it costs, why it is refused, what deserves a look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import kind_of
from dcops.catalogue.buyers import buyer_on
from dcops.catalogue.line import Grid, GridLine, grids_from
from dcops.catalogue.quote import grid_words, pick
from dcops.catalogue.quote import terms as commitment_words
from dcops.catalogue.quoting import close_codes
from dcops.catalogue.reserved import refusal
from dcops.contracts import store
from dcops.contracts.changes import check_days, check_price, check_quantity
from dcops.contracts.models import Subscription
from dcops.contracts.orders import codes
from dcops.contracts.prices import price_of
from dcops.money import round_cents
from inventory import store as inventory_store
from inventory.errors import Conflict, Invalid, NotFound
from inventory.models import Customer
from inventory.orm import Transaction
from inventory.turns import IMPORTS, take_turn

LONGEST_MONTHS = 600
NOT_SOLD_APART = ("information_only", "third_party_group_purchase")
MARKUP = "annual_formula_supplier_markup"


@dataclass(frozen=True)
class Offer:
    """What is to be sold: a quantity of a line from ``start``; prices are euros per unit of the line.

    Months that are None are those of the grid line, or none.
    """

    customer: str
    code: str
    quantity: Decimal
    start: date
    end: date | None = None
    agreed_price: Decimal | None = None
    supplier_price: Decimal | None = None
    commitment_months: int | None = None
    notice_months: int | None = None
    renewal_months: int | None = None


@dataclass(frozen=True)
class Quoted:
    """What a quantity costs on a day: once, per year or per term as ``rhythm`` says; ``exact`` is not rounded."""

    line: GridLine
    rhythm: str
    quantity: Decimal
    unit_price: Decimal
    exact: Decimal
    explanation: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal:
        return round_cents(self.exact)


def quoted(
    grids: tuple[Grid, ...], customer: Customer, code: str, quantity: Decimal, on: date,
    agreed: Decimal | None = None, supplier: Decimal | None = None,
) -> Quoted:  # fmt: skip
    """The price of a quantity of a line on a day, at the grid of that day, else at the newest that has the line.

    Raises NotFound for an unknown code, and as a quote does when nothing can be computed and nothing was agreed.
    """
    grid = grid_with(grids, code, on)
    who = buyer_on(customer, on)
    line = pick(grid.candidates(code), who, quantity, agreed=agreed is not None)
    priced = price_of(line, who, quantity, agreed, supplier)
    words = (*grid_words(line, who), *priced.why, *commitment_words(line))
    warnings = tuple(warnings_of(line, customer, grid))
    return Quoted(line, kind_of(line), priced.quantity, priced.unit_price, priced.exact, words, warnings)


def grid_with(grids: tuple[Grid, ...], code: str, on: date) -> Grid:
    """The grid in force on a day, else the newest, that has a line or a service of that code. Raises NotFound."""
    found = next((grid for grid in grids_from(grids, on) if grid.candidates(code)), None)
    if found is None:
        raise NotFound(f"« {code} » n'est dans aucune grille tarifaire{close_codes(grids, code)}")
    return found


def warnings_of(line: GridLine, customer: Customer, grid: Grid) -> list[str]:
    """What is allowed, and deserves a look."""
    found = [] if line.meant_for(customer.kind) else [refusal(line, customer.name, customer.kind, grid)]
    if line.code in codes():
        found.append(
            f"« {line.code} » vient d'une machine, d'une part de baie, d'un boîtier ou de licences commandés : "
            "vérifier qu'il n'est pas facturé deux fois."
        )
    return found


def check_sold_apart(line: GridLine) -> None:
    """Raise Invalid for what no subscription can hold: packs of hours, and lines that only inform."""
    if line.minutes:
        raise Invalid(
            f"« {line.code} » est un forfait d'heures : le vendre par « dcops hours sell », ou dans Assistance."
        )
    if line.behaviour in NOT_SOLD_APART:
        raise Invalid(f"« {line.code} » ({line.label}) est une mention de la grille : rien n'y est vendu.")
    if kind_of(line) in ("consumption", "usage"):
        raise Invalid(
            f"« {line.code} » est mesuré : il suit la part de baie ou le boîtier commandé, rien ne s'y abonne."
        )


def assess(tx: Transaction, offer: Offer) -> Quoted:
    """What an offer would cost, nothing written. Raises Invalid, Conflict or NotFound with the remedy."""
    check_quantity(offer.quantity)
    check_days(offer.start, offer.end)
    for price in (offer.agreed_price, offer.supplier_price):
        if price is not None:
            check_price(price)
    for months in (offer.commitment_months, offer.notice_months, offer.renewal_months):
        if months is not None and not 0 <= months <= LONGEST_MONTHS:
            raise Invalid(f"« {months} » : une durée va de 0 à {LONGEST_MONTHS} mois.")
    customer = inventory_store.customer(tx, offer.customer)
    grids = catalogue.history(tx)
    for line in grid_with(grids, offer.code, offer.start).candidates(offer.code):
        check_sold_apart(line)
    prices = (offer.agreed_price, offer.supplier_price)
    found = quoted(grids, customer, offer.code, offer.quantity, offer.start, *prices)
    others = [row for row in store.subscriptions(tx, customer.code) if row.code == offer.code]
    return replace(found, warnings=(*found.warnings, *_beside(others, offer)))


def _beside(others: list[Subscription], offer: Offer) -> list[str]:
    """Whether the customer has the line already. Raises Conflict when one starts that very day."""
    same = next((row for row in others if row.start == offer.start), None)
    if same is not None:
        raise Conflict(
            f"l'abonnement n° {same.id} de {offer.customer} à « {offer.code} » commence déjà le "
            f"{offer.start:%d/%m/%Y} : changer sa quantité par un avenant."
        )
    numbers = ", ".join(f"n° {row.id} du {row.start:%d/%m/%Y}" for row in others)
    return [f"Cette collectivité a déjà cette ligne : {numbers}. Les quantités s'ajoutent."] if numbers else []


def sell(tx: Transaction, offer: Offer) -> tuple[Subscription, Quoted]:
    """Record a new subscription, and say what it costs. Raises as ``assess`` does, nothing written."""
    take_turn(tx, IMPORTS)
    found = assess(tx, offer)
    row = Subscription(
        customer=inventory_store.customer(tx, offer.customer), code=offer.code, quantity=offer.quantity,
        start=offer.start, end=offer.end, agreed_price=offer.agreed_price, supplier_price=offer.supplier_price,
        commitment_months=offer.commitment_months, notice_months=offer.notice_months,
        renewal_months=offer.renewal_months, amendments=[],
    )  # fmt: skip
    tx.add(row)
    tx.flush()
    return row, found
