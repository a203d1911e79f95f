"""Who issues a document and who receives it, from the settings and the customer, as they are today."""

from __future__ import annotations

from dcops.billing.document import Mentions, Party
from dcops.config import Settings
from inventory.errors import Invalid
from inventory.models import Customer


def seller(settings: Settings) -> Party:
    """The operator as the settings tell it."""
    known = settings.operator
    return Party(
        name=known.name, siren=known.siret[:9] if known.siret else None, siret=known.siret,
        vat_number=known.vat_number, address=known.address, postcode=known.postcode, city=known.city,
        iban=known.iban, bic=known.bic,
    )  # fmt: skip


def buyer(customer: Customer) -> Party:
    """A customer with its paying service."""
    return Party(
        name=customer.name, siren=customer.siren, siret=customer.siret, address=customer.address,
        postcode=customer.postcode, city=customer.city, service=customer.paying_service, code=customer.code,
        kind=customer.kind,
    )  # fmt: skip


def mentions(settings: Settings, budget: str) -> Mentions:
    """The mentions of a document of a budget."""
    billing = settings.billing
    return Mentions(
        settings.budget_named(budget).name, billing.ground, billing.contest, billing.exempt_reason,
        billing.outside_reason,
    )  # fmt: skip


def require_seller(settings: Settings) -> None:
    """Raise Invalid with what the settings lack of the one who issues invoices."""
    known = settings.operator
    needed = {"siret": known.siret, "address": known.address, "postcode": known.postcode, "city": known.city}
    missing = [f"operator.{name}" for name, value in needed.items() if not value]
    if missing:
        raise Invalid(f"l'émetteur des factures est incomplet : régler {', '.join(missing)} (docs/settings.md).")
