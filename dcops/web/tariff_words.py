"""Words of the grid's pages: how a line is counted, what its quantity is, for whom, and why it has no price."""

from __future__ import annotations

from dcops.catalogue.line import GridLine
from dcops.catalogue.refusals import NotApplicable, NotForKind, NotSold, QuoteOnly
from dcops.catalogue.reserved import kinds_words
from dcops.catalogue.units import in_french
from dcops.money import number
from inventory.errors import DomainError, NotFound
from inventory.french import grouped

BEHAVIOURS = {
    "annual_bracket": "prix par an de la tranche de population",
    "annual_flat": "forfait par an",
    "annual_formula": "formule sur la population, par an",
    "annual_formula_supplier_markup": "prix du fournisseur majoré, par an",
    "annual_per_inhabitant": "prix par habitant et par an",
    "annual_per_unit": "prix par unité et par an",
    "annual_per_unit_above_threshold": "prix par unité et par an, les premières gratuites",
    "annual_per_usage": "prix par unité consommée au-delà du forfait, par an",
    "annual_per_usage_prev_year": "prix par unité de l’année précédente",
    "included_free": "compris, sans contrepartie financière",
    "information_only": "mention de la grille, rien n’est vendu",
    "one_off_access_fee": "frais d’accès, une fois",
    "one_off_equipment": "équipement, une fois",
    "one_off_multi_year": "forfait de plusieurs années, une fois par période",
    "one_off_per_use": "prix par utilisation",
    "per_consumption": "prix au compteur",
    "prepaid_hours_pack": "forfait d’heures payé d’avance",
    "quote_only": "sur devis",
    "third_party_group_purchase": "vendu par un tiers",
}
PRORATIONS = {"day": "au jour de l’année civile", "month": "au mois commencé", "none": "jamais"}
VAT = {"S": "taxé (S)", "E": "exonéré (E)", "O": "hors du champ de la TVA (O)"}
_QUANTITY = {
    "annual_bracket": "Nombre d’abonnements, 1 le plus souvent : la tranche suit la population de la collectivité.",
    "annual_formula": "Nombre d’abonnements, 1 le plus souvent : le prix suit la population de la collectivité.",
    "annual_per_inhabitant": "Sans effet : le prix suit la population de la collectivité.",
    "annual_per_usage_prev_year": "Ce qui a été compté l’année civile précédente ; 0 la première année.",
    "one_off_multi_year": "Nombre d’ordinateurs : la tranche en dépend, le forfait est unique.",
    "per_consumption": "En kWh.",
    "prepaid_hours_pack": "Nombre de forfaits.",
}


def behaviour(line: GridLine) -> str:
    """How a line is counted; a behaviour that has no words here keeps its code."""
    return BEHAVIOURS.get(line.behaviour, line.behaviour)


def quantity_help(line: GridLine) -> str:
    """What to write as a quantity of a line."""
    if line.included and line.behaviour == "annual_per_unit_above_threshold":
        return f"Nombre total, les {number(line.included)} premiers gratuits compris."
    if line.included and line.behaviour == "annual_per_usage":
        return f"Ce qui dépasse les {number(line.included)} compris dans le forfait."
    return _QUANTITY.get(line.behaviour, f"Unité : {in_french(line.unit)}.")


def reserved(line: GridLine) -> str:
    """Whom a line is for; empty when it is for all."""
    return f"réservé aux {kinds_words(line.kinds)}" if line.kinds else ""


def bracket(line: GridLine) -> str:
    """The quantities and populations that a line is for; empty when it is for all."""
    quantity = _span(line.quantity_min, line.quantity_max, "")
    return " ; ".join(filter(None, (quantity, _span(line.population_min, line.population_max, " habitants"))))


def _span(low: int | None, high: int | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    start = grouped(str(low or 0))
    return f"{start}{unit} et plus" if high is None else f"{start} à {grouped(str(high))}{unit}"


def refusal_title(error: DomainError) -> str:
    """In a few words, which kind of refusal it is."""
    titles: tuple[tuple[type[DomainError], str], ...] = (
        (NotSold, "Non vendu à cette catégorie de clients"),
        (NotApplicable, "Sans objet pour ce client"),
        (QuoteOnly, "Aucun prix ne se calcule"),
        (NotForKind, "Réservé à d’autres collectivités"),
        (NotFound, "Introuvable à cette date"),
    )
    return next((words for kind, words in titles if isinstance(error, kind)), "Il manque de quoi chiffrer")


def refusal_remedy(error: DomainError) -> str:
    """What to do about it."""
    if isinstance(error, NotSold | NotApplicable):
        return "Vérifier l’adhésion de la collectivité à cette date, ou chercher une autre ligne de la section."
    if isinstance(error, QuoteOnly):
        return "Convenir d’un prix avec la collectivité ; son abonnement le portera (prix convenu)."
    if isinstance(error, NotFound):
        return "Changer la date, ou choisir une ligne de la grille en vigueur ce jour-là."
    return ""
