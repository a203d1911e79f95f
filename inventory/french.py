"""How counts, amounts, energy and instants are written in French sentences, and how these are set; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from unicodedata import combining, normalize

from inventory.clock import PARIS

NO_BREAK, NARROW = "\u00a0", "\u202f"
_APOSTROPHE = re.compile(r"(?<=\w)(?:'|&#39;|&#x27;)(?=\w)")
_BEFORE = re.compile(r"(?<!\s) (?=[:;?!»](?!\w))")
_AFTER_GUILLEMET = re.compile("« ")
_MAY_NEED = re.compile(r"['«]|&#| [:;?!»]|[0-9] \S")
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:€|%|[km]?Wh?|Go|Mo|To|vCPU|U|VA)(?:\W|$))")
SOURCES = {
    "contracts": "contrats",
    "netbox": "NetBox",
    "racks": "baies",
    "virtual-machines": "machines virtuelles",
    "meters": "compteurs",
    "tenants": "locataires",
}
"""Sources and their scopes that are named by us; clusters have the name that people gave them."""


def cut(text: str, longest: int) -> str:
    """A text of at most ``longest`` characters, with an ellipsis where there was more."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def plural(count: int | Decimal, one: str, many: str | None = None) -> str:
    """The word for so many: in French, plural from two on; ``many`` where it is not ``one`` with an s."""
    return one if -2 < count < 2 else many or f"{one}s"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 relevé``, ``2 relevés``, ``0 écart résolu``."""
    return f"{count} {plural(count, one, many)}"


def grouped(number: str) -> str:
    """A decimal number as interfaces write it, for a person: ``"8400.00"`` becomes ``8 400,00``."""
    return f"{Decimal(number):,f}".replace(",", NO_BREAK).replace(".", ",")


def euros(amount: Decimal) -> str:
    """``8 400,00 €``, spaces that do not break; the amount has two decimals."""
    return f"{grouped(f'{amount:f}')}{NO_BREAK}€"


def kwh(wh: int) -> str:
    """Energy in Wh as exact kWh: ``57 322,300``."""
    return grouped(f"{Decimal(wh) / 1000:.3f}")


def instant(at: datetime) -> str:
    """``14/05/2024 11:30`` in Paris, whatever the offset it was given with."""
    return f"{at.astimezone(PARIS):%d/%m/%Y %H:%M}"


def some(names: Sequence[str], most: int = 5) -> str:
    """The first names, then how many there are besides."""
    more = f" et {counted(len(names) - most, 'autre')}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def to(name: str) -> str:
    """To whom: ``à Péronne``, ``au Crotoy``, ``aux Damps``."""
    for article, joined in (("Le ", "au "), ("Les ", "aux ")):
        if name.startswith(article):
            return joined + name.removeprefix(article)
    return f"à {name}"


def source_named(name: str) -> str:
    """The name of a source, or of one of its scopes, as people say it."""
    return SOURCES.get(name, name)


def named(names: Mapping[str, str], code: str) -> str:
    """The name of a customer as people write it; its code when only another source knows it."""
    return names.get(code, code)


def typeset(text: str) -> str:
    """A text as French printing wants it: apostrophes, and spaces where no line may break."""
    if _MAY_NEED.search(text) is None:  # most parts of a page
        return text
    text = _APOSTROPHE.sub("’", text)
    text = _BEFORE.sub(lambda space: NO_BREAK if space.string[space.end()] in ":»" else NARROW, text)
    text = _AFTER_GUILLEMET.sub(f"«{NO_BREAK}", text)
    return _BEFORE_UNIT.sub(NO_BREAK, text)


_TYPED = str.maketrans({"’": "'", "œ": "oe", "æ": "ae"})
"""What pages print, as keyboards type it."""


def folded(text: str) -> str:
    """Without case and accents: Étaples sorts with the E, and ``peronne`` finds Péronne; any apostrophe is the same."""
    if text.isascii():  # nothing to take away
        return text.lower()
    return "".join(c for c in normalize("NFKD", text.casefold().translate(_TYPED)) if c.isascii() or not combining(c))
