"""What each billing behaviour of the grid makes of a price: quantity, unit price, amount and why; pure.

A behaviour is one function; adding one is adding a name to ``BEHAVIOURS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from dcops.catalogue.line import GridLine
from dcops.catalogue.refusals import QuoteOnly
from dcops.money import french, plain, round_cents
from inventory.errors import Invalid


@dataclass(frozen=True)
class Ask:
    """One question to a behaviour. ``price`` is the class's printed price, None when a formula stands there."""

    line: GridLine
    member: bool
    price: Decimal | None
    quantity: Decimal
    population: int | None = None
    supplier_price: Decimal | None = None

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
    """The answer: ``amount`` in euros, rounded once; ``why`` are French sentences."""

    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    why: list[str] = field(default_factory=list)


Behaviour = Callable[[Ask], Priced]


def per_unit(ask: Ask) -> Priced:
    """Unit price × quantity."""
    amount = round_cents(ask.printed * ask.quantity)
    return Priced(ask.quantity, ask.printed, amount, [_product(ask.printed, ask.quantity, amount)])


def package(ask: Ask) -> Priced:
    """One price for a whole bracket of quantities; a quantity of 1 may also mean one package."""
    bracket = _bracket(ask.line)
    amount = round_cents(ask.printed)
    why = f"Forfait unique {bracket} : {french(amount)}, quelle que soit la quantité de la tranche."
    return Priced(ask.quantity, ask.printed, amount, [why])


def above_plan(ask: Ask) -> Priced:
    """Price × units above the plan: the quantity is what exceeds it."""
    priced = per_unit(ask)
    included = plain(ask.line.included or Decimal(0))
    return Priced(
        priced.quantity, priced.unit_price, priced.amount,
        [f"La quantité est ce qui dépasse les {included} compris dans le forfait.", *priced.why],
    )  # fmt: skip


def per_inhabitant(ask: Ask) -> Priced:
    """Price × population, not below the floor nor above the cap."""
    people = ask.inhabitants()
    raw = round_cents(ask.printed * people)
    return _bounded(ask, people, raw, [_product(ask.printed, people, raw, " habitants")])


def per_usage_last_year(ask: Ask) -> Priced:
    """Price × count of the previous civil year, capped."""
    raw = round_cents(ask.printed * ask.quantity)
    why = ["La quantité est celle de l'année civile précédente (0 la première année)."]
    return _bounded(ask, ask.quantity, raw, [*why, _product(ask.printed, ask.quantity, raw)])


def population_bracket(ask: Ask) -> Priced:
    """The flat price of the bracket in which the population falls."""
    priced = per_unit(ask)
    why = f"Tranche de {_population(ask.line)} ; population retenue : {plain(ask.inhabitants())} habitants."
    return Priced(priced.quantity, priced.unit_price, priced.amount, [why, *priced.why])


def above_threshold(ask: Ask) -> Priced:
    """The first units are free, the others cost the price each."""
    free = ask.line.included or Decimal(0)
    charged = max(Decimal(0), ask.quantity - free)
    amount = round_cents(ask.printed * charged)
    why = [f"{plain(free)} unités gratuites sur {plain(ask.quantity)}.", _product(ask.printed, charged, amount)]
    return Priced(ask.quantity, ask.printed, amount, why)


def inhabitants_by_month(ask: Ask) -> Priced:
    """0.01 € per inhabitant × 12 months, as printed."""
    people = ask.inhabitants()
    amount = round_cents(Decimal("0.12") * people)
    return Priced(ask.quantity, amount, amount, [f"0,01 € × {plain(people)} habitants × 12 = {french(amount)}."])


def shared_by_epci(ask: Ask) -> Priced:
    """(100 € + 0.01 € per inhabitant) × 12, less 5 %."""
    people = ask.inhabitants()
    amount = round_cents((Decimal(100) + Decimal("0.01") * people) * 12 * Decimal("0.95"))
    why = f"(100 € + 0,01 € × {plain(people)} habitants) × 12, moins 5 % = {french(amount)}."
    return Priced(ask.quantity, amount, amount, [why])


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
        raise QuoteOnly(f"{ask.line.code} : le prix suit celui du fournisseur, à donner (--supplier-price).")
    unit = round_cents(ask.supplier_price * (100 + int(percent)) / 100)
    amount = round_cents(unit * ask.quantity)
    why = f"Prix du fournisseur {french(ask.supplier_price)} + {percent} % = {french(unit)}."
    return Priced(ask.quantity, unit, amount, [why, _product(unit, ask.quantity, amount)])


def on_quote(ask: Ask) -> Priced:
    """Nothing is computed: a subscription carries its own price."""
    raise QuoteOnly(
        f"{ask.line.code} ({ask.line.label}) est sur devis : convenir d'un prix et le porter sur l'abonnement "
        "(agreed_price)."
    )


def free(ask: Ask) -> Priced:
    """Included, without counterpart."""
    return Priced(ask.quantity, Decimal(0), Decimal("0.00"), ["Sans contrepartie financière."])


def informative(ask: Ask) -> Priced:
    """A line that informs and is not sold by us."""
    raise QuoteOnly(f"{ask.line.code} ({ask.line.label}) est une mention de la grille : rien n'y est vendu.")


FORMULA_OF_WORD: dict[str, Behaviour] = {
    "0.01*inhabitants*12": inhabitants_by_month,
    "(100+0.01*inhabitants)*12": shared_by_epci,
}
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
    "prepaid_hours_pack": "pack", "per_consumption": "consumption",
}  # fmt: skip


def kind_of(line: GridLine) -> str:
    """How a line is charged in time: fee (once), package (once per term), pack, consumption or annual."""
    if line.behaviour == "quote_only" and line.validity_months:
        return "package"
    return _KINDS.get(line.behaviour, "annual")


def _product(price: Decimal, quantity: Decimal, amount: Decimal, unit: str = "") -> str:
    return f"{french(price)} × {plain(quantity)}{unit} = {french(amount)}."


def _bounded(ask: Ask, quantity: Decimal, raw: Decimal, why: list[str]) -> Priced:
    floor, cap = ask.line.floor, ask.line.cap
    if floor is not None and raw < floor:
        return Priced(quantity, ask.printed, round_cents(floor), [*why, f"Montant minimum : {french(floor)}."])
    if cap is not None and raw > cap:
        return Priced(quantity, ask.printed, round_cents(cap), [*why, f"Montant maximum : {french(cap)}."])
    return Priced(quantity, ask.printed, raw, why)


def _bracket(line: GridLine) -> str:
    if line.quantity_max is None:
        return f"à partir de {line.quantity_min or 1}"
    return f"de {line.quantity_min or 1} à {line.quantity_max}"


def _population(line: GridLine) -> str:
    if line.population_max is None:
        return f"{line.population_min or 0} habitants et plus"
    return f"{line.population_min or 0} à {line.population_max} habitants"
