"""The sections of the grid: their titles and their order; pure."""

from __future__ import annotations

TITLES = {
    "1": "Dématérialisation",
    "1.1": "Actes",
    "2": "Marchés publics",
    "2.1": "Formation aux marchés",
    "3": "Noms de domaine",
    "4": "Sites web",
    "5": "Application Intramuros",
    "6": "Messagerie",
    "6.1": "Messagerie illimitée",
    "6.2": "Mise en service de la messagerie",
    "7": "Visioconférence",
    "8": "Mairie connectée",
    "9": "Sécurité des postes informatiques",
    "10": "Microsoft 365",
    "11": "Sauvegarde et stockage",
    "12": "Machines virtuelles",
    "13": "Hébergement au data center",
    "14": "WifiSomme",
    "15": "Connectivité",
    "16": "Assistance informatique",
}
_LAST = 10**9


def title(section: str) -> str:
    """The title of a section; empty for one that only a grid voted later has."""
    return TITLES.get(section, "")


def order(section: str) -> tuple[tuple[int, str], ...]:
    """By number, 2 before 11; sections that are no numbers come last."""
    parts = section.split(".")
    return tuple((int(part), "") if part.isdecimal() else (_LAST, part) for part in parts)
