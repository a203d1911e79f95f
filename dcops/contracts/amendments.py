"""Changing a subscription from a day, ending it, taking its end back: previewed, then recorded, never overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid
from dcops.contracts import store
from dcops.contracts.changes import Draft, amended, end_of, term_on
from dcops.contracts.holdings import terms_of
from dcops.contracts.models import Amendment, Subscription
from dcops.contracts.sale import Quoted, quoted
from dcops.contracts.terms import Term
from dcops.money import ZERO
from inventory.clock import civil_date
from inventory.errors import DomainError, Invalid
from inventory.orm import Transaction
from inventory.turns import IMPORTS, take_turn

LONGEST_AUTHOR, LONGEST_REASON = 100, 2000


@dataclass(frozen=True)
class Effect:
    """What an amendment changes: terms before and after, and what the subscription costs on its day, if it has a price.

    ``refused`` says why one of the prices is not known.
    """

    draft: Draft
    before: Sequence[Term]
    after: Sequence[Term]
    price_before: Quoted | None
    price_after: Quoted | None
    refused: str | None = None

    @property
    def difference(self) -> Decimal | None:
        """Euros more per year (or per term, or once) from its day on; None when one of the prices is not known."""
        if self.refused is not None:
            return None
        after, before = (price.amount if price else ZERO for price in (self.price_after, self.price_before))
        return after - before


def preview(tx: Transaction, subscription_id: int, draft: Draft, today: date) -> Effect:
    """What an amendment would change, nothing written. Raises Invalid with the remedy when it makes no sense."""
    return _effect(tx, store.subscription(tx, subscription_id), draft, today)


def record(
    tx: Transaction, subscription_id: int, draft: Draft, author: str, reason: str, now: datetime
) -> tuple[Amendment, Effect]:
    """Record an amendment with who and why. What was billed already may change: billing credits and bills anew."""
    take_turn(tx, IMPORTS)
    author, reason = author.strip(), reason.strip()
    if not author or len(author) > LONGEST_AUTHOR:
        raise Invalid(f"un avenant a un auteur, de {LONGEST_AUTHOR} caractères au plus.")
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(f"un avenant se motive, en {LONGEST_REASON} caractères au plus.")
    row = store.subscription(tx, subscription_id)
    effect = _effect(tx, row, draft, civil_date(now))
    told = effect.draft
    amendment = Amendment(
        kind=told.kind, effective=told.effective, quantity=told.quantity, agreed_price=told.agreed_price,
        supplier_price=told.supplier_price, author=author, reason=reason, recorded_at=now,
    )  # fmt: skip
    row.amendments.append(amendment)
    tx.flush()
    return amendment, effect


def resumption(tx: Transaction, subscription_id: int) -> Draft:
    """The amendment that takes back the end of a subscription. Raises Invalid when it has none."""
    end = end_of(terms_of(store.subscription(tx, subscription_id)))
    if end is None:
        raise Invalid("l'abonnement n'a pas de fin : il n'y a rien à reprendre.")
    return Draft("resume", end)


def _effect(tx: Transaction, row: Subscription, draft: Draft, today: date) -> Effect:
    first = Term(row.start, row.end, row.quantity, row.agreed_price, row.supplier_price)
    before, after = terms_of(row), amended(first, row.amendments, draft, today)
    grids = catalogue.history(tx)
    day = min(draft.effective, end_of(before) or draft.effective)  # the first day that is no longer the same
    price_after, why = _price(grids, row, term_on(after, day), day)
    if why is not None and draft.kind == "change":
        raise why  # what has no price is not agreed
    price_before, why_not = _price(grids, row, term_on(before, day), day)
    refused = why or why_not
    return Effect(draft, before, after, price_before, price_after, None if refused is None else str(refused))


def _price(
    grids: tuple[Grid, ...], row: Subscription, term: Term | None, on: date
) -> tuple[Quoted | None, DomainError | None]:
    """What a term costs, or why it has no price; nothing for no term."""
    if term is None:
        return None, None
    prices = (term.agreed_price, term.supplier_price)
    try:
        return quoted(grids, row.customer, row.code, term.quantity, on, *prices), None
    except DomainError as refusal:
        return None, refusal
