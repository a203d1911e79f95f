"""What each cell of a grid file may hold: converters that refuse with the remedy; pure."""

from __future__ import annotations

import re
from decimal import Decimal

from dcops.catalogue.line import KINDS_SEPARATOR
from inventory.csv_import import Converter, decimal, text_up_to
from inventory.customers import KINDS

LARGEST_PRICE = 10**9
VAT_CATEGORIES = ("S", "E", "O")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_COMMA = re.compile(r"[\d\s]*\d,\d+")
_TAG = re.compile(r"<[/!?]?[A-Za-z]|&(#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);")


def text(limit: int) -> Converter:
    """A converter of plain text of at most ``limit`` characters, without HTML."""
    plain = text_up_to(limit)

    def convert(cell: str) -> str:
        found = _TAG.search(cell)
        if found:
            raise ValueError(
                f"« {found[0]} » : écrire du texte simple, sans HTML (« < 150 habitants » s'écrit avec un espace)."
            )
        return str(plain(cell))

    return convert


def code(cell: str) -> str:
    """A code of a line or of a service, as orders and addresses write it."""
    found = str(text_up_to(50)(cell))
    if not _CODE.fullmatch(found):
        raise ValueError(
            f"« {cell} » : un code s'écrit en lettres sans accent, chiffres et tirets, par exemple vm-ram."
        )
    return found


def price(cell: str) -> Decimal:
    """Euros with at most six decimals, written 12.50, never negative."""
    if _COMMA.fullmatch(cell):
        written = "".join(cell.split()).replace(",", ".")
        raise ValueError(f"« {cell} » : écrire les décimales avec un point, {written}.")
    value = decimal(cell)
    if value < 0:
        raise ValueError(f"{cell} : un prix n'est jamais négatif ; écrire 0.00 pour un service gratuit.")
    if value != round(value, 6):
        raise ValueError(f"{cell} : un prix a six décimales au plus, l'arrondir à {round(value, 6)}.")
    if value > LARGEST_PRICE:
        raise ValueError(f"{cell} : il faut au plus {LARGEST_PRICE}.")
    return value


def amount(cell: str) -> Decimal:
    """Euros with at most two decimals: what a floor or a cap is."""
    value = price(cell)
    if value != round(value, 2):
        raise ValueError(f"{cell} : un montant a deux décimales au plus.")
    return value


def price_or_word(cell: str) -> Decimal | str:
    """A price, or what is printed in its place: ``quote``, ``n/a`` or a formula, which the behaviour judges."""
    looks_like_a_price = cell[0] in "-+0123456789" and "*" not in cell
    return price(cell) if looks_like_a_price else str(text_up_to(60)(cell))


def vat_category(cell: str) -> str:
    """S (taxed), E (exempt) or O (out of scope)."""
    if cell.upper() not in VAT_CATEGORIES:
        raise ValueError(
            f"« {cell} » : catégorie de TVA inconnue, choisir S (taxé), E (exonéré) ou O (hors du champ de la TVA)."
        )
    return cell.upper()


def kinds(cell: str) -> str:
    """The kinds of customers that a line is for, ``department|metropole``; in the order of ``KINDS``."""
    told = {word.strip().lower() for word in cell.split(KINDS_SEPARATOR)}
    unknown = sorted(told - set(KINDS))
    if unknown:
        raise ValueError(
            f"« {unknown[0]} » : genre de collectivité inconnu, choisir parmi {', '.join(KINDS)} (séparés par "
            f"« {KINDS_SEPARATOR} »), ou laisser vide pour tous."
        )
    return KINDS_SEPARATOR.join(kind for kind in KINDS if kind in told)


def account(cell: str) -> str:
    """A budget account: digits only, as the nomenclature numbers it."""
    if not (cell.isascii() and cell.isdigit() and 2 <= len(cell) <= 12):
        raise ValueError(f"« {cell} » : un compte budgétaire a de 2 à 12 chiffres, par exemple 7068.")
    return cell
