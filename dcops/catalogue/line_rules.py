"""What is wrong inside a line of a grid: a formula nobody can compute, a floor above its cap…; pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from dcops.catalogue.behaviours import BEHAVIOURS, FORMULAS, Ask
from dcops.catalogue.line import NOT_APPLICABLE, NOT_SOLD, QUOTE, GridLine
from dcops.money import french
from inventory.errors import Invalid

Fault = tuple[str, str]
"""(column of the file, French sentence)."""
UNPRICED = ("included_free", "information_only", "third_party_group_purchase")
_WORDS = (QUOTE, NOT_APPLICABLE, NOT_SOLD)
_NEEDED = {
    "prepaid_hours_pack": ("minutes", "validity_months"),
    "one_off_multi_year": ("validity_months",),
    "annual_per_unit_above_threshold": ("included",),
}
"""Columns without which a behaviour cannot be charged."""


def faults_of_line(line: GridLine) -> list[Fault]:
    """Every fault of one line, by column."""
    return [*_prices(line), *_bounds(line), *_missing(line)]


def _prices(line: GridLine) -> Iterator[Fault]:
    for member, column in ((True, "member"), (False, "nonmember")):
        price, word = line.price(member), line.word(member)
        if line.behaviour in FORMULAS:
            reason = _formula_fault(line, member)
            if reason:
                yield column, reason
        elif price is not None and line.behaviour in UNPRICED:
            yield column, f"{line.behaviour} ne se facture pas : laisser le prix vide, ou changer de comportement."
        elif price is None and word not in _WORDS:
            yield column, f"« {word} » n'est ni un prix (12.50), ni « quote », ni « n/a », ni vide."


def _formula_fault(line: GridLine, member: bool) -> str | None:
    """Why the behaviour cannot compute what is printed: it is asked on one inhabitant and one euro."""
    price, word = line.price(member), line.word(member)
    if price is not None:
        return f"{line.behaviour} attend une formule, non le prix {french(price)}."
    if word in _WORDS:
        return None
    try:
        BEHAVIOURS[line.behaviour](Ask(line, member, None, Decimal(1), 1, Decimal(1)))
    except Invalid as unknown:
        return str(unknown)
    return None


def _bounds(line: GridLine) -> Iterator[Fault]:
    for name in ("quantity", "population"):
        low, high = getattr(line, f"{name}_min"), getattr(line, f"{name}_max")
        if low is not None and high is not None and high < low:
            yield f"{name}_max", f"{high} est sous la borne basse {low}."
    if line.behaviour == "annual_bracket" and line.population_min is None and line.population_max is None:
        yield "population_min", "une tranche de population a au moins une borne : la donner (0 pour la première)."
    if line.floor is not None and line.cap is not None and line.floor > line.cap:
        yield "floor", f"le montant minimum {french(line.floor)} dépasse le maximum {french(line.cap)}."


def _missing(line: GridLine) -> Iterator[Fault]:
    for column in _NEEDED.get(line.behaviour, ()):
        if getattr(line, column) is None:
            yield column, f"valeur nécessaire à {line.behaviour}."
