"""Who a customer is on a day for the grid: member or not, how many inhabitants, and why; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from dcops.catalogue.quote import Buyer
from inventory.customers import Counted, Dated, in_force, population_on

STRANGER = Buyer(None, member=False, why="client non identifié")
BASES = {"municipal": "municipale", "total": "totale"}


class Client(Protocol):
    """What of a customer a price may depend on."""

    @property
    def code(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def populations(self) -> Sequence[Counted]: ...
    @property
    def memberships(self) -> Sequence[Dated]: ...


def buyer_on(client: Client, on: date) -> Buyer:
    """The buyer that a customer is on a day: a membership in force on that very day makes a member.

    Its population is the one in force on the 1st of January of that day's year.
    """
    counted = population_on(client.populations, on)
    people = (None, "") if counted is None else (counted.inhabitants, _vintage(counted, on))
    for membership in client.memberships:
        if in_force(membership, on):
            why = f"adhésion en vigueur le {on:%d/%m/%Y}, {_span(membership)}"
            return Buyer(client.code, True, people[0], client.kind, why, people[1])
    return Buyer(client.code, False, people[0], client.kind, _why_not(list(client.memberships), on), people[1])


def _vintage(counted: Counted, on: date) -> str:
    """Which population it is, for a person: ``population municipale de 2024``."""
    if counted.year is None:
        return f"population {BASES[counted.base]}, sans année"
    words = f"population {BASES[counted.base]} de {counted.year}"
    return words if counted.year <= on.year else f"{words}, aucune n'étant connue pour {on.year}"


def _span(membership: Dated) -> str:
    until = f" jusqu'au {membership.end:%d/%m/%Y} exclu" if membership.end else ""
    return f"depuis le {membership.start:%d/%m/%Y}{until}"


def _why_not(known: Iterable[Dated], on: date) -> str:
    spans = " ; ".join(_span(membership) for membership in known)
    if not spans:
        return "aucune adhésion enregistrée"
    return f"aucune adhésion en vigueur le {on:%d/%m/%Y} ; adhésion {spans}"
