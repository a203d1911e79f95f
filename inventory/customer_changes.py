"""What people correct of a customer: its billing identity, its population of a year, its memberships."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory import store
from inventory.customers import check_postcode, check_siren, check_siret, crossed
from inventory.errors import Conflict, Invalid
from inventory.import_report import assign
from inventory.models import Customer, Membership, Population
from inventory.orm import Transaction
from inventory.turns import IMPORTS, take_turn

IDENTITY = (
    "siren", "siret", "address", "postcode", "city", "paying_service", "order_number_required", "order_number",
)  # fmt: skip


def correct_identity(tx: Transaction, code: str, told: Mapping[str, Any]) -> Customer:
    """Set what invoices say of a customer: the columns of ``IDENTITY`` that are told; an empty text empties one.

    A SIRET tells its SIREN. Raises Invalid when an identifier is malformed, or is not that of the SIREN.
    """
    take_turn(tx, IMPORTS)
    customer = store.customer(tx, code)
    values = {name: _blank(name, told.get(name, getattr(customer, name))) for name in IDENTITY}
    if values["siret"]:
        values["siren"] = values["siren"] or values["siret"][:9]
        check_siret(values["siret"], values["siren"])
    if values["siren"]:
        check_siren(values["siren"])
    if values["postcode"]:
        check_postcode(values["postcode"])
    assign(customer, values)
    return customer


def _blank(name: str, value: Any) -> Any:
    """An empty text is None, but for the address, which is always a text."""
    return value if name in ("address", "order_number_required") else value or None


def tell_population(tx: Transaction, code: str, year: int, base: str, inhabitants: int) -> Customer:
    """The inhabitants of a customer from the 1st of January of a year on, added or corrected."""
    take_turn(tx, IMPORTS)
    customer = store.customer(tx, code)
    record_population(customer, year, base, inhabitants)
    return customer


def record_population(customer: Customer, year: int | None, base: str, inhabitants: int) -> bool:
    """Add or correct the population of a year; whether that changes anything."""
    for known in customer.populations:
        if known.year == year:
            return assign(known, {"inhabitants": inhabitants, "base": base})
    customer.populations.append(Population(year=year, base=base, inhabitants=inhabitants))
    return True


def tell_membership(tx: Transaction, code: str, start: date, end: date | None) -> Customer:
    """Add the membership [start, end), or correct the end of the one that starts that day.

    Raises Invalid when it ends before it starts, Conflict when it crosses another one.
    """
    take_turn(tx, IMPORTS)
    customer = store.customer(tx, code)
    if end is not None and end <= start:
        raise Invalid(f"l'adhésion finirait le {end:%d/%m/%Y}, avant d'avoir commencé le {start:%d/%m/%Y}.")
    other = crossed(customer.memberships, start, end)
    if other is not None:
        until = f"finie le {other.end:%d/%m/%Y}" if other.end else "toujours en cours : y mettre fin d'abord"
        raise Conflict(f"cette adhésion chevauche celle du {other.start:%d/%m/%Y}, {until}.")
    record_membership(customer, start, end)
    return customer


def record_membership(customer: Customer, start: date, end: date | None) -> bool:
    """Add or correct the membership that starts on a day; whether that changes anything."""
    for known in customer.memberships:
        if known.start == start:
            return assign(known, {"end": end})
    customer.memberships.append(Membership(start=start, end=end))
    customer.memberships.sort(key=lambda membership: membership.start)
    return True
