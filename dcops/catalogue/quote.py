"""What a line costs a buyer on a day, and why, sentence by sentence; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dcops.catalogue.behaviours import BEHAVIOURS, Ask, Priced
from dcops.catalogue.line import NOT_APPLICABLE, QUOTE, GridLine
from dcops.catalogue.refusals import NotApplicable, NotSold, QuoteOnly
from dcops.catalogue.reserved import limits
from dcops.money import number, plain, price_text, text
from inventory.errors import Invalid
from inventory.french import grouped

_PRICELESS = ("quote_only", "included_free", "information_only", "third_party_group_purchase")
LARGEST = Decimal(10**12)
"""Beyond it, a quantity is a mistake (and cents would exceed exact arithmetic)."""


@dataclass(frozen=True)
class Buyer:
    """Who buys: what the price of a line may depend on. ``why`` says what makes them a member or not."""

    code: str | None
    member: bool
    population: int | None = None
    kind: str = "other"
    why: str = ""
    vintage: str = ""  # which population it is


@dataclass(frozen=True)
class Quote:
    """A priced line; ``amount`` in euros, rounded once half up; ``explanation`` in French sentences."""

    line: GridLine
    buyer: Buyer
    on: date
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    explanation: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The JSON shape of ``tariffs quote``."""
        return {
            "code": self.line.code, "label": self.line.label, "customer": self.buyer.code,
            "on": self.on.isoformat(), "member": self.buyer.member, "quantity": plain(self.quantity),
            "unit": self.line.unit, "unit_price": price_text(self.unit_price), "amount": text(self.amount),
            "explanation": list(self.explanation), "tariff": self.line.tariff,
        }  # fmt: skip


def quote(
    lines: Sequence[GridLine],
    who: Buyer,
    on: date,
    quantity: Decimal = Decimal(1),
    supplier_price: Decimal | None = None,
) -> Quote:
    """Price a quantity of the line, or of the one line of a service that suits the buyer.

    Raises NotSold, NotApplicable or QuoteOnly when that class has no price, Invalid when no bracket suits.
    """
    if not quantity.is_finite() or not 0 <= quantity <= LARGEST:
        raise Invalid(f"quantité impossible : {quantity} ; donner un nombre de 0 à {LARGEST}.")
    line = pick(lines, who, quantity)
    priced = price(line, who, quantity, supplier_price)
    why = (*grid_words(line, who), *priced.why, *terms(line))
    return Quote(line, who, on, priced.quantity, priced.unit_price, priced.amount, why)


def price(line: GridLine, who: Buyer, quantity: Decimal, supplier_price: Decimal | None = None) -> Priced:
    """What a behaviour makes of the price of the buyer's class. Raises as ``quote`` does."""
    if line.behaviour not in _PRICELESS:
        refuse_unpriced(line, who.member)
    ask = Ask(line, who.member, line.price(who.member), quantity, who.population, supplier_price, who.vintage)
    return BEHAVIOURS[line.behaviour](ask)


def refuse_unpriced(line: GridLine, member: bool) -> None:
    """Raise the refusal that the printed word means; nothing when there is a price or a formula."""
    if line.sold_to(member):
        return
    word = line.word(member)
    who = "adhérents" if member else "non-adhérents"
    where = f"{line.code} ({line.label}), grille {line.tariff}"
    if word == QUOTE:
        raise QuoteOnly(f"{where} : sur devis pour les {who} ; un abonnement doit porter son prix convenu.")
    if word == NOT_APPLICABLE:
        raise NotApplicable(f"{where} : sans objet pour les {who}.")
    raise NotSold(f"{where} : aucun prix n'est imprimé pour les {who}, la ligne ne leur est pas vendue.")


def pick(lines: Sequence[GridLine], who: Buyer, quantity: Decimal, *, agreed: bool = False) -> GridLine:
    """The line of a service whose brackets hold the quantity and the population. Raises Invalid when none does.

    Raises as ``quote`` does when none has a price for the class, unless a price was ``agreed`` for it.
    """
    if not lines:
        raise Invalid("aucune ligne à chiffrer.")
    if not agreed and all(line.behaviour not in _PRICELESS and not line.sold_to(who.member) for line in lines):
        refuse_unpriced(lines[0], who.member)
    suited = [line for line in lines if _suits(line, who, quantity)]
    if suited:
        return _most_specific(suited, who)
    if len(lines) == 1 and _one_package(lines[0], quantity):
        return lines[0]
    raise Invalid(_no_bracket(lines, who, quantity))


def _suits(line: GridLine, who: Buyer, quantity: Decimal) -> bool:
    if not _within(line.quantity_min, line.quantity_max, quantity):
        return False
    if line.population_min is None and line.population_max is None:
        return True
    if who.population is None:
        raise Invalid(f"{line.service} dépend de la population : la renseigner sur la collectivité {who.code}.")
    return _within(line.population_min, line.population_max, Decimal(who.population))


def _within(low: int | None, high: int | None, value: Decimal) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _one_package(line: GridLine, quantity: Decimal) -> bool:
    """Asked by its own code, one unit of a bracketed package is the package itself."""
    return quantity == 1 and line.quantity_min is not None


def _most_specific(suited: list[GridLine], who: Buyer) -> GridLine:
    """Among several lines of a service, one that has a price for the class rather than one that has none."""
    priced = [line for line in suited if line.sold_to(who.member)]
    return (priced or suited)[0]


def _no_bracket(lines: Sequence[GridLine], who: Buyer, quantity: Decimal) -> str:
    if (
        len(lines) == 1
        and who.population is not None
        and _within(lines[0].quantity_min, lines[0].quantity_max, quantity)
    ):
        people = f"{who.code or 'le client'} a {grouped(str(who.population))} habitants"
        return f"{lines[0].code} ({lines[0].label}) : {people}. {' '.join(limits(lines[0]))}"
    known = ", ".join(f"{line.code} ({line.label})" for line in lines)
    people = f", population {who.population}" if who.population is not None else ""
    return f"quantité {number(quantity)}{people} : aucune tranche ne convient ; lignes possibles : {known}."


def grid_words(line: GridLine, who: Buyer) -> list[str]:
    """Which grid, which vote, which class and why: French sentences."""
    label = "adhérent" if who.member else "non adhérent"
    reason = f" ({who.why})" if who.why else ""
    return [
        f"Grille {line.tariff}, section {line.section} : {line.label}.",
        f"Vote : {line.deliberation}.",
        f"Tarif {label}{reason}.",
    ]


def terms(line: GridLine) -> list[str]:
    """Commitment, validity and how the grid is read: French sentences."""
    words = limits(line)
    if line.commitment_months:
        words.append(f"Engagement de {line.commitment_months} mois.")
    if line.minutes and line.validity_months:
        words.append(f"{line.minutes} minutes utilisables pendant {line.validity_months} mois.")
    if line.note:
        words.append(f"Lecture de la grille : {line.note}")
    return words
