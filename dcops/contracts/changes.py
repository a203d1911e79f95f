"""Whether an amendment of a subscription makes sense, and what it makes of its terms; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dcops.contracts.terms import Change, Term, terms
from inventory.errors import Invalid

MOST = Decimal(10**9)
"""Beyond it, a quantity or a price is a mistake."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Draft:
    """An amendment that is not recorded yet; ``effective`` of an end is the day after the last one."""

    kind: str  # change, end or resume
    effective: date
    quantity: Decimal | None = None
    agreed_price: Decimal | None = None
    supplier_price: Decimal | None = None


def term_on(found: Sequence[Term], day: date) -> Term | None:
    """The term that holds on a day."""
    return next((term for term in found if term.start <= day and (term.end is None or day < term.end)), None)


def end_of(found: Sequence[Term]) -> date | None:
    """The day after the last one of a subscription; None while it runs."""
    return found[-1].end if found else None


def amended(first: Term, told: Sequence[Change], draft: Draft, today: date) -> list[Term]:
    """The terms once an amendment is added. Raises Invalid, with the remedy, when it makes no sense."""
    before = terms(first, told)
    check = {"change": _check_change, "end": _check_end, "resume": _check_resume}[draft.kind]
    check(first, before, draft, today)
    return terms(first, [*told, draft])


def check_quantity(quantity: Decimal) -> None:
    """Raise Invalid unless a quantity is one that can be sold."""
    if quantity <= 0:
        raise Invalid("une quantité est supérieure à zéro : pour arrêter, mettre fin à l'abonnement.")
    _check_size(quantity)


def check_price(price: Decimal) -> None:
    """Raise Invalid unless a price is one that can be billed."""
    if price < 0:
        raise Invalid("un prix n'est jamais négatif.")
    _check_size(price)


def _check_size(number: Decimal) -> None:
    if not number.is_finite() or number > MOST:
        raise Invalid(f"« {number} » : il faut un nombre d'au plus {MOST}.")
    if number != round(number, 6):
        raise Invalid(f"« {number} » : six décimales au plus.")


def check_days(start: date, end: date | None) -> None:
    """Raise Invalid when a subscription would end before it starts."""
    if end is not None and end <= start:
        raise Invalid(f"l'abonnement finirait le {_last(end)}, avant d'avoir commencé le {start:%d/%m/%Y}.")


def _check_change(first: Term, before: Sequence[Term], draft: Draft, today: date) -> None:
    for number, check in (
        (draft.quantity, check_quantity), (draft.agreed_price, check_price), (draft.supplier_price, check_price),
    ):  # fmt: skip
        if number is not None:
            check(number)
    if draft.effective < first.start:
        raise Invalid(
            f"l'abonnement ne commence que le {first.start:%d/%m/%Y} : un avenant prend effet à partir de là."
        )
    current = term_on(before, draft.effective)
    if current is None:
        last = _last(end_of(before) or first.start)
        raise Invalid(f"le dernier jour de l'abonnement est le {last} : le reprendre d'abord, ou dire un jour d'avant.")
    told = {
        name: value
        for name in ("quantity", "agreed_price", "supplier_price")
        if (value := getattr(draft, name)) is not None
    }
    if not told:
        raise Invalid("dire ce qui change : la quantité, le prix convenu ou le prix du fournisseur.")
    if all(getattr(current, name) == value for name, value in told.items()):
        raise Invalid(f"c'est déjà ce qui vaut le {draft.effective:%d/%m/%Y} : l'avenant ne changerait rien.")


def _check_end(first: Term, before: Sequence[Term], draft: Draft, today: date) -> None:
    check_days(first.start, draft.effective)
    end = end_of(before)
    if end == draft.effective:
        raise Invalid(f"l'abonnement finit déjà le {_last(end)}.")
    if end is not None and end <= today and draft.effective > end:
        raise Invalid(f"l'abonnement a pris fin le {_last(end)} : le reprendre d'abord.")


def _check_resume(first: Term, before: Sequence[Term], draft: Draft, today: date) -> None:
    if end_of(before) is None:
        raise Invalid("l'abonnement n'a pas de fin : il n'y a rien à reprendre.")


def _last(end: date) -> str:
    return f"{end - _ONE_DAY:%d/%m/%Y}"
