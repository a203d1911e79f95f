"""Whom a line of the grid is for: communes, EPCI, bodies of at most so many inhabitants; pure."""

from __future__ import annotations

from collections.abc import Sequence

from dcops.catalogue.line import KINDS_SEPARATOR, Grid, GridLine
from dcops.catalogue.refusals import NotForKind
from inventory.french import grouped

ONE = {
    "commune": "une commune",
    "epci": "un EPCI",
    "department": "un département",
    "metropole": "une métropole",
    "syndicate": "un syndicat",
    "other": "un autre établissement public",
}
ALL = {
    "commune": "communes",
    "epci": "EPCI",
    "department": "départements",
    "metropole": "métropoles",
    "syndicate": "syndicats",
    "other": "autres établissements publics",
}


def kinds_words(kinds: str) -> str:
    """``"department|metropole"`` for a person: ``départements et métropoles``."""
    words = [ALL.get(kind, kind) for kind in kinds.split(KINDS_SEPARATOR)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} et {words[-1]}"


def meant_for(lines: Sequence[GridLine], customer: str, kind: str, grid: Grid) -> tuple[GridLine, ...]:
    """The lines that a customer of that kind may have. Raises NotForKind, with those of its section, when none is."""
    suited = tuple(line for line in lines if line.meant_for(kind))
    if lines and not suited:
        raise NotForKind(refusal(lines[0], customer, kind, grid))
    return suited


def refusal(line: GridLine, customer: str, kind: str, grid: Grid) -> str:
    """Why a line is not for a customer, and which lines of its section are."""
    instead = sorted(
        {
            other.service
            for other in grid.lines
            if other.section == line.section and other.kinds and other.meant_for(kind)
        }
    )
    who = ONE.get(kind, kind)
    remedy = f"pour {who} : {', '.join(instead)}" if instead else "vérifier le genre de la collectivité"
    return (
        f"{line.code} ({line.label}), grille {line.tariff} : ligne réservée aux {kinds_words(line.kinds)}, "
        f"or {customer} est {who} ; {remedy}."
    )


def limits(line: GridLine) -> list[str]:
    """Whom a line is for, as French sentences for its reader."""
    found = [f"Réservé aux {kinds_words(line.kinds)}."] if line.kinds else []
    low, high = line.population_min, line.population_max
    if high is not None:
        found.append(f"De {grouped(str(low or 0))} à {grouped(str(high))} habitants.")
    elif low is not None:
        found.append(f"À partir de {grouped(str(low))} habitants.")
    return found
