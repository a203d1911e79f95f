"""The rules of a customer: who is a member on a day, and which identifiers are well formed; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol
from unicodedata import combining, normalize

from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from inventory.errors import Invalid

KINDS = ("commune", "epci", "department", "metropole", "syndicate", "other")
BASES = ("municipal", "total")

_ONE_DAY = timedelta(days=1)
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.ASCII)
_POSTCODE = re.compile(r"[0-9]{5}", re.ASCII)
_NOT_IN_CODES = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


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

    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date | None: ...


def in_force(thing: Dated, on: date) -> bool:
    """Whether a dated thing holds on a day."""
    return thing.start <= on and (thing.end is None or on < thing.end)


def meets(start: date, end: date | None, thing: Dated) -> bool:
    """Whether a dated thing holds on some day of [start, end)."""
    return start < (thing.end or date.max) and thing.start < (end or date.max)


def in_words(thing: Dated) -> str:
    """``depuis le 01/01/2014`` or ``du 01/01/2014 au 30/06/2024``, its last day."""
    if thing.end is None:
        return f"depuis le {thing.start:%d/%m/%Y}"
    return f"du {thing.start:%d/%m/%Y} au {thing.end - _ONE_DAY:%d/%m/%Y}"


def is_member(memberships: Iterable[Dated], on: date) -> bool:
    """Whether one of the memberships holds on that day: it decides the price class."""
    return any(in_force(membership, on) for membership in memberships)


class Invoiced(Protocol):
    """What an invoice must say of the customer that receives it."""

    siret: str | None
    address: str
    postcode: str | None
    city: str | None
    order_number_required: bool
    order_number: str | None


def missing_identity(customer: Invoiced) -> list[str]:
    """What a customer lacks to be invoiced, in French, each with its article; empty when nothing is."""
    needed = {
        "le SIRET": customer.siret,
        "l'adresse": customer.address,
        "le code postal": customer.postcode,
        "la ville": customer.city,
        "le numéro d'engagement": customer.order_number or not customer.order_number_required,
    }
    return [name for name, known in needed.items() if not known]


def crossed(memberships: Iterable[Dated], start: date, end: date | None) -> Dated | None:
    """The membership that holds on some day of [start, end) without starting on that very day."""
    return next((other for other in memberships if other.start != start and meets(start, end, other)), None)


def slug(name: str) -> str:
    """The code that a name makes: ``L'Étoile`` is ``l-etoile``."""
    letters = normalize("NFKD", name.lower().translate(_LIGATURES))
    plain = "".join(letter for letter in letters if not combining(letter))
    return _NOT_IN_CODES.sub("-", plain).strip("-")


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


def check_postcode(code: str) -> None:
    """Raise Invalid unless the code is a French postcode of five digits."""
    if not _POSTCODE.fullmatch(code):
        raise Invalid(f"« {code} » : un code postal a cinq chiffres, par exemple 80000.")
