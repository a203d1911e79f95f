"""What each billing behaviour of the grid makes of a price: quantity, unit price, amount and why; pure.

A behaviour is one function; adding one is adding a name to ``BEHAVIOURS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from dcops.catalogue.line import GridLine
from dcops.catalogue.refusals import QuoteOnly
from dcops.money import french, number, round_cents
from inventory.errors import Invalid
from inventory.french import plural


@dataclass(frozen=True)
class Ask:
    """One question to a behaviour. ``price`` is the class's printed price, None when a formula stands there."""

    line: GridLine
    member: bool
    price: Decimal | None
    quantity: Decimal
    population: int | None = None
    supplier_price: Decimal | None = None
    vintage: str = ""  # which population it is

    @property
    def printed(self) -> Decimal:
        if self.price is None:
            raise Invalid(f"{self.line.code} : la grille {self.line.tariff} n'imprime pas de prix unitaire.")
        return self.price

    def inhabitants(self) -> Decimal:
        """The buyer's population. Raises Invalid when it is not known."""
        if self.population is None:
            raise Invalid(f"{self.line.code} dépend de la population : la renseigner sur la collectivité.")
        return Decimal(self.population)


@dataclass(frozen=True)
class Priced:
    """The answer: ``exact`` euros, not rounded yet (a bill may prorate them); ``why`` are French sentences."""

    quantity: Decimal
    unit_price: Decimal
    exact: Decimal
    why: list[str] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """Euros, rounded once half up to the cent."""
        return round_cents(self.exact)


Behaviour = Callable[[Ask], Priced]


def product(price: Decimal, quantity: Decimal, unit: str = "") -> Priced:
    """Unit price × quantity, and the sentence that says so."""
    exact = price * quantity
    return Priced(
        quantity, price, exact, [f"{french(price)} × {number(quantity)}{unit} = {french(round_cents(exact))}."]
    )


def per_unit(ask: Ask) -> Priced:
    """Unit price × quantity."""
    return product(ask.printed, ask.quantity)


def package(ask: Ask) -> Priced:
    """One price for a whole bracket of quantities; a quantity of 1 may also mean one package."""
    why = f"Forfait unique {_bracket(ask.line)} : {french(ask.printed)}, quelle que soit la quantité de la tranche."
    return Priced(ask.quantity, ask.printed, ask.printed, [why])


def above_plan(ask: Ask) -> Priced:
    """Price × units above the plan: the quantity is what exceeds it."""
    included = number(ask.line.included or Decimal(0))
    why = f"La quantité est ce qui dépasse les forfaits de {included}."
    return _preceded(why, per_unit(ask))


def per_inhabitant(ask: Ask) -> Priced:
    """Price × population, not below the floor nor above the cap."""
    priced = product(ask.printed, ask.inhabitants(), " habitants")
    return _bounded(ask.line, _preceded(_counted(ask), priced) if ask.vintage else priced)


def per_usage_last_year(ask: Ask) -> Priced:
    """Price × count of the previous civil year, capped."""
    why = "La quantité est celle de l'année civile précédente (0 la première année)."
    return _bounded(ask.line, _preceded(why, per_unit(ask)))


def population_bracket(ask: Ask) -> Priced:
    """The flat price of the bracket in which the population falls."""
    return _preceded(f"Tranche de {_population(ask.line)}.", _preceded(_counted(ask), per_unit(ask)))


def above_threshold(ask: Ask) -> Priced:
    """The first units are free, the others cost the price each."""
    free_units = min(ask.line.included or Decimal(0), ask.quantity)
    charged = product(ask.printed, ask.quantity - free_units)
    free = plural(free_units, "unité gratuite", "unités gratuites")
    why = f"{number(free_units)} {free} sur {number(ask.quantity)}."
    return Priced(ask.quantity, ask.printed, charged.exact, [why, *charged.why])


def inhabitants_by_month(ask: Ask) -> Priced:
    """0.01 € per inhabitant × 12 months, as printed."""
    people = ask.inhabitants()
    exact = Decimal("0.12") * people
    why = f"0,01 € × {number(people)} habitants × 12 = {french(round_cents(exact))}."
    return Priced(ask.quantity, exact, exact * ask.quantity, [why])


def shared_by_epci(ask: Ask) -> Priced:
    """(100 € + 0.01 € per inhabitant) × 12, less 5 %."""
    people = ask.inhabitants()
    exact = (Decimal(100) + Decimal("0.01") * people) * 12 * Decimal("0.95")
    why = f"(100 € + 0,01 € × {number(people)} habitants) × 12, moins 5 % = {french(round_cents(exact))}."
    return Priced(ask.quantity, exact, exact * ask.quantity, [why])


def formula(ask: Ask) -> Priced:
    """The formula printed in place of a price. Raises Invalid when it is not one we know."""
    word = ask.line.word(ask.member)
    known = FORMULA_OF_WORD.get(word)
    if known is None:
        raise Invalid(f"{ask.line.code} : formule inconnue « {word} » ; connues : {', '.join(FORMULA_OF_WORD)}.")
    return known(ask)


def supplier_markup(ask: Ask) -> Priced:
    """The supplier's price plus the printed percentage."""
    word = ask.line.word(ask.member)
    percent = word.removeprefix("supplier+").removesuffix("%")
    if not percent.isdigit():
        raise Invalid(f"{ask.line.code} : majoration illisible « {word} » ; écrire supplier+20%.")
    if ask.supplier_price is None:
        raise QuoteOnly(
            f"{ask.line.code} : le prix suit celui du fournisseur, à donner (supplier_price de l'abonnement, ou "
            "--supplier-price d'un devis)."
        )
    unit = ask.supplier_price * (100 + int(percent)) / 100
    why = f"Prix du fournisseur {french(ask.supplier_price)} + {percent} % = {french(unit)}."
    return _preceded(why, product(unit, ask.quantity))


def on_quote(ask: Ask) -> Priced:
    """Nothing is computed: a subscription carries its own price."""
    raise QuoteOnly(
        f"{ask.line.code} ({ask.line.label}) est sur devis : convenir d'un prix et le porter sur l'abonnement "
        "(agreed_price)."
    )


def free(ask: Ask) -> Priced:
    """Included, without counterpart."""
    return Priced(ask.quantity, Decimal(0), Decimal(0), ["Sans contrepartie financière."])


def informative(ask: Ask) -> Priced:
    """A line that informs and is not sold by us."""
    raise QuoteOnly(f"{ask.line.code} ({ask.line.label}) est une mention de la grille : rien n'y est vendu.")


FORMULA_OF_WORD: dict[str, Behaviour] = {
    "0.01*inhabitants*12": inhabitants_by_month,
    "(100+0.01*inhabitants)*12": shared_by_epci,
}
BY_POPULATION = ("annual_per_inhabitant", "annual_bracket", "annual_formula")
"""Behaviours whose price depends on the population of the buyer."""
NOT_OURS = ("information_only", "third_party_group_purchase")
"""Lines that inform: nothing is sold by us, even at an agreed price."""
COUNTED = "annual_per_usage_prev_year"
POOLED = ("annual_per_unit_above_threshold", COUNTED)
"""Behaviours that count what a customer holds or used as a whole, whatever the number of its orders."""
FORMULAS = ("annual_formula", "annual_formula_supplier_markup")

BEHAVIOURS: dict[str, Behaviour] = {
    "one_off_access_fee": per_unit,
    "one_off_equipment": per_unit,
    "one_off_per_use": per_unit,
    "one_off_multi_year": package,
    "prepaid_hours_pack": per_unit,
    "annual_per_unit": per_unit,
    "annual_flat": per_unit,
    "annual_per_inhabitant": per_inhabitant,
    "annual_bracket": population_bracket,
    "annual_formula": formula,
    "annual_formula_supplier_markup": supplier_markup,
    "annual_per_unit_above_threshold": above_threshold,
    "annual_per_usage": above_plan,
    "annual_per_usage_prev_year": per_usage_last_year,
    "per_consumption": per_unit,
    "quote_only": on_quote,
    "included_free": free,
    "information_only": informative,
    "third_party_group_purchase": informative,
}

_KINDS = {
    "one_off_access_fee": "fee", "one_off_equipment": "fee", "one_off_per_use": "fee", "one_off_multi_year": "package",
    "prepaid_hours_pack": "pack", "per_consumption": "consumption", "annual_per_usage": "usage",
}  # fmt: skip


def kind_of(line: GridLine) -> str:
    """How a line is charged in time: fee (once), package (per term), pack, consumption (kWh), usage (GB) or annual."""
    if line.behaviour == "quote_only" and line.validity_months:
        return "package"
    return _KINDS.get(line.behaviour, "annual")


def _counted(ask: Ask) -> str:
    """Which population was retained."""
    vintage = f" ({ask.vintage})" if ask.vintage else ""
    return f"Population retenue : {number(ask.inhabitants())} habitants{vintage}."


def _preceded(why: str, priced: Priced) -> Priced:
    return replace(priced, why=[why, *priced.why])


def _bounded(line: GridLine, raw: Priced) -> Priced:
    if line.floor is not None and raw.exact < line.floor:
        return replace(raw, exact=line.floor, why=[*raw.why, f"Montant minimum : {french(line.floor)}."])
    if line.cap is not None and raw.exact > line.cap:
        return replace(raw, exact=line.cap, why=[*raw.why, f"Montant maximum : {french(line.cap)}."])
    return raw


def _bracket(line: GridLine) -> str:
    if line.quantity_max is None:
        return f"à partir de {line.quantity_min or 1}"
    return f"de {line.quantity_min or 1} à {line.quantity_max}"


def _population(line: GridLine) -> str:
    if line.population_max is None:
        return f"{line.population_min or 0} habitants et plus"
    return f"{line.population_min or 0} à {line.population_max} habitants"
