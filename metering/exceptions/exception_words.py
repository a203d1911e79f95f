"""What each kind of exception is called, what it means and what becomes of its energy, in French; pure."""

from __future__ import annotations

from dataclasses import dataclass

from metering.readings import CLOCK, DIFFERENT, HIGH_LIMIT, MULTIPLIER, RESET, SPIKE
from metering.validation.checks import CONSERVATION, EMPTY_RACK, FROZEN, SUM_CHECK, ZERO


@dataclass(frozen=True, slots=True)
class Words:
    """The name of a kind, and what a person should know and do."""

    name: str
    meaning: str


KINDS = {
    HIGH_LIMIT: Words(
        "Au-delà du possible",
        "L'index a monté plus que le circuit ne peut porter : rien n'est facturé de cette période tant que personne ne "
        "décide. Si la puissance maximale du compteur est fausse, la corriger suffit.",
    ),
    MULTIPLIER: Words(
        "Unité ou multiplicateur",
        "L'index est 10, 100 ou 1000 fois ce qu'il était : l'unité de l'appareil ou son profil a changé. Rien n'est "
        "facturé de cette période tant que personne ne décide.",
    ),
    RESET: Words(
        "Remise à zéro",
        "L'index est revenu en arrière : appareil remplacé ou remis à zéro. Ce qui a pu être compté depuis l'est, "
        "estimé ; dire les deux index par « dcops meters exchange » rend la période exacte.",
    ),
    SPIKE: Words(
        "Pointe",
        "Une valeur seule que ses voisines contredisent est mise de côté, et l'index suivant la remplace ; une heure "
        "bien plus forte que les autres de sa journée est comptée, et à vérifier.",
    ),
    DIFFERENT: Words(
        "Deux valeurs au même instant",
        "La première valeur reçue est gardée, l'autre mise de côté : accepter prend la seconde, rejeter garde la "
        "première.",
    ),
    CLOCK: Words(
        "Horloge décalée",
        "Le relevé est daté d'après sa réception : vérifier l'horloge de l'appareil. Accepter le garde à cette date, "
        "une fois qu'elle est passée.",
    ),
    FROZEN: Words(
        "Index figé",
        "L'appareil dit une puissance et son index ne bouge pas : l'énergie de cette période manque sans doute.",
    ),
    ZERO: Words(
        "Rien de compté",
        "Une part est tenue et rien n'y est compté : appareil éteint, câble déplacé ou compteur en panne.",
    ),
    EMPTY_RACK: Words(
        "Énergie sans occupant",
        "La baie consomme et personne ne la tient : un matériel est resté, ou une part n'a pas été enregistrée.",
    ),
    SUM_CHECK: Words(
        "Somme qui ne concorde pas",
        "Des compteurs qui mesurent la même énergie ne disent pas la même chose : vérifier câblage, voies et rapports.",
    ),
    CONSERVATION: Words("Erreur de calcul", "Ce qui est réparti n'est pas ce qui est mesuré : le signaler."),
}
METHODS = {
    "accept": "index tel que relevé",
    "alternate-meter": "compteur de contrôle",
    "linear": "droite entre ses bords",
    "previous-weeks": "trois semaines d'avant",
}
DECISIONS = {"accept": "accepté", "reject": "rejeté", "estimate": "à estimer", "edit": "corrigé"}
STATES = {"open": "À décider", "decided": "Décidé", "explained": "Expliqué depuis"}


def kind_name(kind: str) -> str:
    """The name of a kind; itself, for one that only an older version knew."""
    return KINDS[kind].name if kind in KINDS else kind
