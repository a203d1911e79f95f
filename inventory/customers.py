"""The rules of a customer: who is a member on a day, and which identifiers are well formed; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from inventory.errors import Invalid

KINDS = ("commune", "epci", "department", "metropole", "syndicate", "other")

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.ASCII)


BASES = ("municipal", "total")


class Counted(Protocol):
    """Inhabitants from the 1st of January of a year on; ``year`` None: at any time not told otherwise."""

    year: int | None
    base: str
    inhabitants: int


def population_on(populations: Iterable[Counted], on: date) -> Counted | None:
    """The population in force on the 1st of January of the year of a day; the earliest known when it is older."""
    known = list(populations)
    dated = sorted((each for each in known if each.year is not None), key=lambda each: each.year or 0)
    before = [each for each in dated if (each.year or 0) <= on.year]
    undated = [each for each in known if each.year is None]
    return next(iter([*reversed(before), *undated, *dated]), None)


class Dated(Protocol):
    """Something that holds over the days [start, end); ``end`` None = still running."""

    start: date
    end: date | None


def in_force(thing: Dated, on: date) -> bool:
    """Whether a dated thing holds on a day."""
    return thing.start <= on and (thing.end is None or on < thing.end)


def is_member(memberships: Iterable[Dated], on: date) -> bool:
    """Whether one of the memberships holds on that day: it decides the price class."""
    return any(in_force(membership, on) for membership in memberships)


def check_code(code: str) -> None:
    """Raise Invalid unless the code is a slug of lower-case letters, digits and hyphens."""
    if not _CODE.fullmatch(code):
        raise Invalid(f"« {code} » : un code s'écrit en minuscules, chiffres et tirets, par exemple abbeville.")


def check_siren(number: str) -> None:
    """Raise Invalid unless the number is a well-formed SIREN of nine digits."""
    if not (number.isascii() and number.isdigit() and len(number) == 9):
        raise Invalid(f"« {number} » : un SIREN a neuf chiffres, sans espace.")
    try:
        siren_number.validate(number)
    except ValidationError:
        raise Invalid(f"« {number} » : la clé de contrôle de ce SIREN est fausse, le recopier.") from None


def check_siret(number: str, siren: str | None = None) -> None:
    """Raise Invalid unless the number is a well-formed SIRET, of that SIREN when one is given."""
    if not (number.isascii() and number.isdigit() and len(number) == 14):
        raise Invalid(f"« {number} » : un SIRET a quatorze chiffres, sans espace.")
    try:
        siret_number.validate(number)
    except ValidationError:
        raise Invalid(f"« {number} » : la clé de contrôle de ce SIRET est fausse, le recopier.") from None
    if siren is not None and not number.startswith(siren):
        raise Invalid(f"« {number} » : ce SIRET n'est pas celui du SIREN {siren}.")


def check_insee(code: str) -> None:
    """Raise Invalid unless the code has the shape of an INSEE commune code."""
    if not _INSEE.fullmatch(code):
        raise Invalid(f"« {code} » : un code INSEE a cinq caractères, par exemple 80001.")
