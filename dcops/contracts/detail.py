"""Everything about one subscription on a day: its terms, amendments and price, what binds it, what leaving costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dcops.catalogue import store as catalogue
from dcops.contracts import listing, store
from dcops.contracts.changes import Draft, end_of
from dcops.contracts.engagements import Engaged, Exit, engagements_of, leave
from dcops.contracts.holdings import terms_of
from dcops.contracts.models import Amendment, Subscription
from dcops.contracts.sale import Quoted, grid_with, quoted
from dcops.contracts.terms import Term
from dcops.money import french
from inventory.errors import DomainError
from inventory.orm import Transaction

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Detail:
    """A subscription on a day; ``current`` is the term of that day, else the nearest; ``refused``: why it has no price.

    ``engaged`` None: nothing binds it, it is paid once.
    """

    row: Subscription
    on: date
    label: str
    terms: Sequence[Term]
    current: Term
    price: Quoted | None
    refused: str | None
    engaged: Engaged | None
    exit: Exit | None

    @property
    def end(self) -> date | None:
        return end_of(self.terms)

    @property
    def amendments(self) -> Sequence[Amendment]:
        return self.row.amendments

    def document(self) -> dict[str, Any]:
        """The JSON of ``subscriptions show``."""
        return {
            **listing.row(self.row, self.terms, self.on),
            "on": self.on.isoformat(),
            "label": self.label,
            "price": listing.price(self.price),
            "refused": self.refused,
            "terms": [listing.term(each) for each in self.terms],
            "amendments": [listing.amendment(each) for each in self.amendments],
            "commitment": None if self.engaged is None else listing.commitment(self.engaged, self.on),
            "exit": None if self.exit is None else listing.leaving(self.exit),
        }

    def human(self) -> str:
        amount = f"sans prix : {self.refused}" if self.price is None else _amount(self.price)
        lines = [f"abonnement n° {self.row.id} : {self.row.customer.name}, {self.label} ({self.row.code}), {amount}"]
        lines += [f"  {listing.term_text(each)}" for each in self.terms]
        lines += [
            f"  avenant n° {each.id} ({listing.KINDS[each.kind]}) au {each.effective:%d/%m/%Y} : {each.reason} "
            f"({each.author})"
            for each in self.amendments
        ]
        if self.engaged is not None:
            lines.append(f"  {listing.commitment_text(self.engaged, self.on)}")
        return "\n".join([*lines, *(f"  {each}" for each in exit_words(self.exit))])


def of(tx: Transaction, id: int, on: date, leaving: date | None = None) -> Detail:
    """One subscription on a day, and what leaving it costs when a day is asked. Raises NotFound."""
    row = store.subscription(tx, id)
    grids, terms = catalogue.history(tx), terms_of(row)
    current = next((term for term in terms if term.end is None or term.end > on), terms[-1])
    day = max(on, row.start)
    price, refused = None, None
    try:
        prices = (current.agreed_price, current.supplier_price)
        price = quoted(grids, row.customer, row.code, current.quantity, day, *prices)
    except DomainError as refusal:
        refused = str(refusal)
    label = price.line.label if price else grid_with(grids, row.code, row.start).candidates(row.code)[0].label
    engaged = next(iter(engagements_of(tx, "subscription", id, row.customer.code)), None)
    left = None if leaving is None or engaged is None else leave(grids, engaged, leaving)
    return Detail(row, on, label, terms, current, price, refused, engaged, left)


def exit_cost(tx: Transaction, id: int, draft: Draft) -> Exit | None:
    """What ending a subscription as drafted costs; None when it is no end, or nothing binds it."""
    if draft.kind != "end":
        return None
    return of(tx, id, draft.effective, draft.effective).exit


def exit_words(left: Exit | None) -> list[str]:
    """What leaving on a day costs, as sentences."""
    if left is None:
        return []
    if left.refused is not None:
        return [f"Reste dû en cas de sortie le {left.leaving:%d/%m/%Y} : inconnu ({left.refused})"]
    if not left.due or left.commitment_end is None:
        return [f"Sortie le {left.leaving:%d/%m/%Y} : rien ne reste dû."]
    bound = f"{left.commitment_end - _ONE_DAY:%d/%m/%Y}"
    return [f"Sortie le {left.leaving:%d/%m/%Y}, engagement jusqu'au {bound} : reste dû {french(left.due)} HT."]


def remarks(draft: Draft, billed: date | None, left: Exit | None) -> list[str]:
    """What to know of an amendment: that its days are billed already, and what leaving costs."""
    words = exit_words(left)
    if billed is not None and draft.effective < billed:
        last = f"{billed - _ONE_DAY:%d/%m/%Y}"
        words.append(f"Déjà facturé jusqu'au {last} : la prochaine campagne créditera et refacturera ces jours.")
    return words


def _amount(price: Quoted) -> str:
    return f"{french(price.amount)} HT {listing.RHYTHMS[price.rhythm]}"
