"""Who a customer is on a day for the grid: member or not, and why; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from dcops.catalogue.quote import Buyer
from inventory.customers import Dated, in_force

STRANGER = Buyer(None, member=False, why="client non identifié")


def buyer_on(code: str, kind: str, population: int | None, memberships: Iterable[Dated], on: date) -> Buyer:
    """The buyer that a customer is on a day: a membership in force on that very day makes a member."""
    known = list(memberships)
    for membership in known:
        if in_force(membership, on):
            return Buyer(code, True, population, kind, f"adhésion en vigueur le {on:%d/%m/%Y}, {_span(membership)}")
    return Buyer(code, False, population, kind, _why_not(known, on))


def _span(membership: Dated) -> str:
    until = f" jusqu'au {membership.end:%d/%m/%Y} exclu" if membership.end else ""
    return f"depuis le {membership.start:%d/%m/%Y}{until}"


def _why_not(known: list[Dated], on: date) -> str:
    if not known:
        return "aucune adhésion enregistrée"
    spans = " ; ".join(_span(membership) for membership in known)
    return f"aucune adhésion en vigueur le {on:%d/%m/%Y} ; adhésion {spans}"
