"""A commune, an EPCI and what they bought, for the tests of contracts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from dcops.contracts.models import Subscription
from dcops.contracts.sale import Offer, sell
from inventory.models import Customer, Membership, Population
from inventory.orm import Transaction

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
START = date(2024, 1, 1)


def customers(tx: Transaction) -> None:
    for code, kind in (("albert", "commune"), ("cc-coquelicot", "epci")):
        tx.add(
            Customer(
                code=code, name=code.title(), kind=kind, populations=[Population(year=2024, inhabitants=9521)],
                memberships=[Membership(start=date(2020, 1, 1))],
            )
        )  # fmt: skip
    tx.flush()


def sold(tx: Transaction, code: str = "maint-poste", quantity: int = 6, **told: Any) -> Subscription:
    """A subscription of Albert from the 1st of January 2024."""
    offer = Offer("albert", code, Decimal(quantity), told.pop("start", START), **told)
    return sell(tx, offer)[0]
