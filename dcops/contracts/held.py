"""What customers hold on a day, each with its customer and its price at the grid of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dcops.contracts.costs import Cost, prices_on
from dcops.contracts.holdings import Holding, holdings
from inventory import store
from inventory.models import Customer
from inventory.orm import Transaction

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """One holding with its customer and its price."""

    holding: Holding
    customer: Customer
    cost: Cost

    @property
    def order(self) -> str:
        """What it was ordered as: share, machine, nas, antivirus, subscription or pack."""
        return str(self.holding.evidence["order"])

    @property
    def name(self) -> str:
        """The name of what was ordered."""
        return str(self.holding.evidence["name"])


def held_on(tx: Transaction, on: date, customer: str | None = None) -> list[Held]:
    """Everything held on a day, by everybody or by one customer, priced at that day's grid."""
    prices = prices_on(tx, on)
    who = {known.code: known for known in store.customers(tx)}
    found = holdings(tx, on, on + _ONE_DAY, customer)
    return [Held(each, who[each.customer_code], prices.of(who[each.customer_code], each)) for each in found]
