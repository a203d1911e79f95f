"""What ends soon: contracts, commitments, and the last days to give notice before a renewal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from dcops.contracts.costs import Prices, prices_on
from dcops.contracts.engagements import Engaged, engagements
from dcops.money import text
from inventory.errors import Invalid
from inventory.models import Customer
from inventory.orm import Transaction

LONGEST = 3660
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
WHAT = {"end": "Fin du contrat", "commitment": "Fin de l’engagement", "notice": "Dernier jour de préavis"}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Milestone:
    """One last day: of a contract, of its commitment, or to give notice before its renewal.

    ``yearly``: euros per year of the lines it is about, at the grid of the day asked; None when one has none.
    """

    on: date
    what: str  # a key of WHAT
    customer: Customer
    order: str
    id: int
    name: str
    code: str
    label: str
    yearly: Decimal | None

    def document(self) -> dict[str, Any]:
        return {
            "last_day": self.on.isoformat(), "what": self.what, "customer": self.customer.code, "order": self.order,
            "id": self.id, "name": self.name, "code": self.code, "label": self.label,
            "eur_per_year": None if self.yearly is None else text(self.yearly),
        }  # fmt: skip


def ending(tx: Transaction, on: date, within: int = 90, customer: str | None = None) -> list[Milestone]:
    """The last days that fall from a day on, within so many days, the first ones first. Raises Invalid."""
    if not 0 <= within <= LONGEST:
        raise Invalid(f"« {within} » : un nombre de jours de 0 à {LONGEST}.")
    if not FIRST_DAY <= on <= LAST_DAY:
        raise Invalid(f"« {on} » : un jour du {FIRST_DAY:%d/%m/%Y} au {LAST_DAY:%d/%m/%Y}.")
    last = on + timedelta(days=within)
    prices = prices_on(tx, on)
    running = [one for one in engagements(tx, customer) if one.end is None or one.end > on]
    groups = groupby(sorted(running, key=_place), key=lambda one: one.order)
    found = [each for _, lines in groups for each in _milestones(list(lines), on, prices)]
    soon = [each for each in found if on <= each.on <= last]
    return sorted(soon, key=lambda each: (each.on, each.customer.name, each.what, each.order, each.id))


def _place(engaged: Engaged) -> tuple[str, int]:
    return engaged.order


def _milestones(lines: list[Engaged], on: date, prices: Prices) -> Iterator[Milestone]:
    """Of one order: its end once, then each commitment and notice once for the lines that share it."""
    dated = [("end", one.end - _ONE_DAY, one) for one in lines if one.end is not None]
    for one in lines:
        bound = one.commitment.end
        if bound is not None and (one.end is None or bound < one.end):
            dated.append(("commitment", bound - _ONE_DAY, one))
        notice = one.commitment.next_notice(on)
        if notice is not None and one.end is None:
            dated.append(("notice", notice, one))
    dated.sort(key=lambda each: each[:2])
    for (what, day), group in groupby(dated, key=lambda each: each[:2]):
        yield _milestone(what, day, [one for _, _, one in group], on, prices)


def _milestone(what: str, day: date, lines: list[Engaged], on: date, prices: Prices) -> Milestone:
    main = lines[0]
    order, id = main.order
    label = main.label if len(lines) == 1 else f"{main.label} et {len(lines) - 1} de plus"
    yearly = _yearly(lines, on, prices)
    name = str(main.last.evidence["name"])
    return Milestone(day, what, main.customer, order, id, name, main.last.code, label, yearly)


def _yearly(lines: Iterable[Engaged], on: date, prices: Prices) -> Decimal | None:
    costs = [prices.of(one.customer, _term(one, on)) for one in lines]
    amounts = [cost.amount for cost in costs if cost.rhythm == "annual"]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None


def _term(engaged: Engaged, on: date) -> Any:
    """The term of a day, else the nearest."""
    return next((term for term in engaged.terms if term.end is None or term.end > on), engaged.last)
