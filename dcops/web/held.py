"""What customers hold on a day with its price: the rows of the contracts list and of a commune's space."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dcops.contracts.holdings import Holding, holdings
from dcops.web.costs import Cost, prices_on
from dcops.web.words import ORDERED
from inventory import store
from inventory.models import Customer
from inventory.orm import Transaction

ORDERS = {
    "share": "Baie",
    "machine": "Machine",
    "nas": "Sauvegarde",
    "antivirus": "Antivirus",
    "subscription": "Abonnement",
    "pack": "Forfait d’heures",
}


@dataclass(frozen=True)
class Held:
    """One holding with its customer and its price at the grid of the day."""

    holding: Holding
    customer: Customer
    cost: Cost

    @property
    def order(self) -> str:
        return ORDERS[self.holding.evidence["order"]]

    @property
    def name(self) -> str:
        name = str(self.holding.evidence["name"])
        return ORDERED.get(name, name)


def held_on(tx: Transaction, on: date, customer: str | None = None) -> list[Held]:
    """Everything held on a day, by everybody or by one customer, priced at that day's grid."""
    prices = prices_on(tx, on)
    who = {known.code: known for known in store.customers(tx)}
    found = holdings(tx, on, on + timedelta(days=1))
    wanted = [holding for holding in found if customer in (None, holding.customer_code)]
    return [
        Held(h, who[h.customer_code], prices.lines(who[h.customer_code], [(h.code, h.quantity)])[0]) for h in wanted
    ]
