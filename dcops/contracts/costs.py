"""What an order costs its customer, line by line, at the grid of a day: yearly, once, or by the meter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dcops.catalogue import store
from dcops.catalogue.behaviours import kind_of
from dcops.catalogue.buyers import buyer_on
from dcops.catalogue.line import Grid, grid_on
from dcops.catalogue.quote import Buyer, pick
from dcops.contracts.holding import Holding
from dcops.contracts.orders import OrderLine
from dcops.contracts.prices import price_of
from inventory.errors import DomainError
from inventory.models import Customer
from inventory.orm import Transaction

MEASURED = ("consumption", "usage")
"""The rhythms of what is measured: only its unit price is known beforehand."""


@dataclass(frozen=True)
class Cost:
    """One priced line of an order; ``rhythm`` as ``kind_of`` says it; ``refused`` says why it has no price."""

    code: str
    label: str
    quantity: Decimal
    unit: str
    unit_price: Decimal | None
    amount: Decimal | None
    rhythm: str
    refused: str | None = None
    position: int = 0  # in the grid


@dataclass(frozen=True)
class Prices:
    """The prices of one day; ``grid`` None when no grid is in force that day."""

    grid: Grid | None
    on: date

    def lines(self, customer: Customer, ordered: Iterable[OrderLine]) -> list[Cost]:
        """Each line of an order as its customer pays it."""
        who = buyer_on(customer, self.on)
        return [self._cost(who, code, quantity) for code, quantity in ordered]

    def of(self, customer: Customer, holding: Holding) -> Cost:
        """What a holding costs its customer: at its agreed price where it has one."""
        return self._cost(
            buyer_on(customer, self.on), holding.code, holding.quantity, holding.agreed_price, holding.supplier_price
        )

    def yearly(self, customer: Customer, ordered: Iterable[OrderLine]) -> Decimal | None:
        """Euros per year of an order, without what is paid once or by the meter; None when a line has no price."""
        yearly = [cost.amount for cost in self.lines(customer, ordered) if cost.rhythm == "annual"]
        known = [amount for amount in yearly if amount is not None]
        return sum(known, Decimal(0)) if len(known) == len(yearly) else None

    def _cost(
        self, who: Buyer, code: str, quantity: Decimal, agreed: Decimal | None = None, supplier: Decimal | None = None
    ) -> Cost:
        candidates = self.grid.candidates(code) if self.grid else ()
        try:
            line = pick(candidates, who, quantity, agreed=agreed is not None)
            priced = price_of(line, who, quantity, agreed, supplier)
        except DomainError as refusal:
            return Cost(code, code, quantity, "", None, None, "annual", refused=str(refusal))
        rhythm = kind_of(line)
        return Cost(
            line.code,
            line.label,
            priced.quantity,
            line.unit,
            priced.unit_price,
            None if rhythm in MEASURED else priced.amount,
            rhythm,
            position=line.position,
        )


def prices_on(tx: Transaction, on: date) -> Prices:
    """The prices of the grid in force on a day."""
    return Prices(grid_on(store.history(tx), on), on)


def total(costs: Iterable[Cost], rhythm: str) -> Decimal:
    """The sum of the known amounts of one rhythm."""
    return sum((cost.amount for cost in costs if cost.rhythm == rhythm and cost.amount is not None), Decimal(0))
