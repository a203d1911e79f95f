"""How a subscription, an amendment and what binds them are shown: as JSON, and as text for a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dcops.contracts.amendments import Effect
from dcops.contracts.commitment import METHOD
from dcops.contracts.engagements import Engaged, Exit
from dcops.contracts.models import Amendment, Subscription
from dcops.contracts.sale import Quoted
from dcops.contracts.terms import Term
from dcops.money import french, number, plain, price_text, text
from inventory.customers import in_words

KINDS = {"change": "changement", "end": "fin", "resume": "reprise"}
RHYTHMS = {"annual": "par an", "fee": "une fois", "package": "par période", "pack": "une fois"}
_ONE_DAY = timedelta(days=1)


def row(held: Subscription, terms: Iterable[Term], on: date) -> dict[str, Any]:
    """A subscription with the quantity and prices that hold on a day, else the nearest."""
    found = list(terms)
    current = next((term for term in found if term.end is None or term.end > on), found[-1])
    return {
        "id": held.id, "customer": held.customer.code, "code": held.code, "quantity": plain(current.quantity),
        "agreed_price": _price(current.agreed_price), "supplier_price": _price(current.supplier_price),
        "from": held.start.isoformat(), "to": _day(found[-1].end), "commitment_months": held.commitment_months,
        "notice_months": held.notice_months, "renewal_months": held.renewal_months,
        "amended": bool(held.amendments),
    }  # fmt: skip


def term(found: Term) -> dict[str, Any]:
    return {
        "from": found.start.isoformat(), "to": _day(found.end), "quantity": plain(found.quantity),
        "agreed_price": _price(found.agreed_price), "supplier_price": _price(found.supplier_price),
    }  # fmt: skip


def amendment(found: Amendment) -> dict[str, Any]:
    return {
        "id": found.id, "kind": found.kind, "effective": found.effective.isoformat(),
        "quantity": None if found.quantity is None else plain(found.quantity),
        "agreed_price": _price(found.agreed_price), "supplier_price": _price(found.supplier_price),
        "author": found.author, "reason": found.reason, "recorded_at": found.recorded_at.isoformat(),
    }  # fmt: skip


def price(found: Quoted | None) -> dict[str, Any] | None:
    """What a quantity costs; ``rhythm`` says whether per year, per term or once."""
    if found is None:
        return None
    return {
        "code": found.line.code, "label": found.line.label, "tariff": found.line.tariff, "rhythm": found.rhythm,
        "quantity": plain(found.quantity), "unit_price": price_text(found.unit_price), "amount": text(found.amount),
        "explanation": list(found.explanation), "warnings": list(found.warnings),
    }  # fmt: skip


def commitment(engaged: Engaged, on: date) -> dict[str, Any]:
    """What binds a line on a day."""
    bound = engaged.commitment
    return {
        "commitment_months": bound.months, "commitment_to": _day(bound.end), "renewal_months": bound.renewal_months,
        "notice_months": bound.notice_months, "term_to": _day(bound.term_end(on)),
        "next_notice_by": _day(bound.next_notice(on)) if engaged.end is None else None,
    }  # fmt: skip


def leaving(found: Exit) -> dict[str, Any]:
    """What leaving on a day costs, and how it is counted."""
    due = None if found.due is None else text(found.due)
    return {"from": found.leaving.isoformat(), "due": due, "refused": found.refused, "method": METHOD}


def effect(found: Effect) -> dict[str, Any]:
    """What an amendment changes."""
    difference = found.difference
    return {
        "terms": [term(each) for each in found.after],
        "before": price(found.price_before),
        "after": price(found.price_after),
        "difference": None if difference is None else text(difference),
        "refused": found.refused,
    }


def term_text(found: Term) -> str:
    """``10, depuis le 01/01/2024, au prix convenu de 5,00 €``."""
    agreed = "" if found.agreed_price is None else f", au prix convenu de {french(found.agreed_price)}"
    supplier = "" if found.supplier_price is None else f", prix du fournisseur {french(found.supplier_price)}"
    return f"{number(found.quantity)}, {in_words(found)}{agreed}{supplier}"


def effect_text(found: Effect) -> str:
    """What an amendment changes, for a person."""
    if found.difference is None:
        return f"effet sur le prix inconnu : {found.refused}"
    rhythm = RHYTHMS[(found.price_after or found.price_before).rhythm]  # type: ignore[union-attr]
    sign = "+" if found.difference > 0 else "−" if found.difference < 0 else ""
    return f"effet : {sign}{french(abs(found.difference))} HT {rhythm} à partir du {found.draft.effective:%d/%m/%Y}"


def commitment_text(engaged: Engaged, on: date) -> str:
    """What binds a line, for a person; last days are given."""
    bound = engaged.commitment
    words = []
    if bound.end is not None:
        words.append(f"engagement de {bound.months} mois, jusqu'au {bound.end - _ONE_DAY:%d/%m/%Y}")
    if bound.renewal_months:
        words.append(f"puis renouvelé tous les {bound.renewal_months} mois")
    notice = bound.next_notice(on) if engaged.end is None else None
    if notice is not None:
        words.append(f"préavis au plus tard le {notice:%d/%m/%Y}")
    return ", ".join(words) or "aucun engagement"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _price(value: Decimal | None) -> str | None:
    return None if value is None else price_text(value)
