"""A small syndicate with a year to bill: settings of an issuer, customers, machines and subscriptions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from dcops.billing.models import Invoice
from dcops.config import Settings
from dcops.contracts.models import Amendment, Subscription
from dcops.sections import Operator
from inventory.models import Customer, Machine, Membership
from inventory.orm import Transaction

NOW = datetime(2025, 2, 3, 9, 0, tzinfo=UTC)
LATER = datetime(2025, 3, 10, 9, 0, tzinfo=UTC)
ISSUER = Operator(
    name="Somme Numérique", siret="25800436500015", address="1 rue de l'Exemple", postcode="80000", city="Amiens"
)
SETTINGS = Settings(operator=ISSUER)
SINCE = date(2020, 1, 1)


def customer(tx: Transaction, code: str, *, member: bool = True, **values: object) -> Customer:
    """A commune with its address; a member since 2020 unless said otherwise."""
    memberships = [Membership(start=SINCE)] if member else []
    found = Customer(
        code=code, name=code.title(), kind="commune", siren="218000016", siret="21800001600012",
        address="Hôtel de ville", postcode="80100", city=code.title(), memberships=memberships, **values,
    )  # fmt: skip
    tx.add(found)
    tx.flush()
    return found


def machine(tx: Transaction, who: Customer, start: date = SINCE, end: date | None = None) -> Machine:
    """A base machine: 420.00 a year for a member."""
    found = Machine(name=f"{who.code}-web", customer=who, vcpu=1, ram_gb=2, disk_gb=20, start=start, end=end)
    tx.add(found)
    tx.flush()
    return found


def mailboxes(tx: Transaction, who: Customer, quantity: int, start: date = SINCE) -> Subscription:
    """Mailboxes at 15.00 a year for a member."""
    found = Subscription(customer=who, code="zimbra-5go", quantity=Decimal(quantity), start=start)
    tx.add(found)
    tx.flush()
    return found


def amend(tx: Transaction, of: Subscription, kind: str, on: date, quantity: int | None = None) -> None:
    """An amendment recorded now."""
    tx.add(Amendment(
        subscription_id=of.id, kind=kind, effective=on, quantity=None if quantity is None else Decimal(quantity),
        author="moi", reason="avenant", recorded_at=NOW,
    ))  # fmt: skip
    tx.flush()


def amounts(rows: list[Invoice]) -> list[tuple[str, str, str]]:
    """(customer, kind, net) of each document, in their order."""
    return [(row.customer.code, row.kind, str(row.net)) for row in rows]
