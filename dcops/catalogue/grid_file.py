"""How a grid is written in CSV: text in, lines and problems out; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dcops.catalogue.behaviours import BEHAVIOURS, FORMULAS
from dcops.catalogue.line import NOT_APPLICABLE, NOT_SOLD, QUOTE, GridLine
from inventory.csv_import import Converter, Problem, Row, choice, integer_between, read_rows, text_up_to
from inventory.csv_import import decimal as exact

_CLASSES = ("member", "nonmember")
LARGEST_PRICE = 10**9
_WORDS = (QUOTE, NOT_APPLICABLE)


def _price(cell: str) -> Decimal:
    value = exact(cell)
    if value < 0:
        raise ValueError(f"{cell} : un prix n'est jamais négatif.")
    if value != round(value, 6):
        raise ValueError(f"{cell} : six décimales au plus.")
    if value > LARGEST_PRICE:
        raise ValueError(f"{cell} : il faut au plus {LARGEST_PRICE}.")
    return value


def _amount(cell: str) -> Decimal:
    value = _price(cell)
    if value != round(value, 2):
        raise ValueError(f"{cell} : deux décimales au plus.")
    return value


def _price_or_word(cell: str) -> Decimal | str:
    looks_like_a_price = cell[0].isdigit() and "*" not in cell
    return _price(cell) if looks_like_a_price or cell[0] == "-" else cell


_COUNT = integer_between(0)
COLUMNS: Mapping[str, Converter] = {
    "section": text_up_to(10), "service": text_up_to(50), "code": text_up_to(50), "label": text_up_to(250),
    "unit": text_up_to(50), "behaviour": choice(*BEHAVIOURS), "member": _price_or_word, "nonmember": _price_or_word,
    "commitment_months": _COUNT, "quantity_min": _COUNT, "quantity_max": _COUNT, "population_min": _COUNT,
    "population_max": _COUNT, "floor": _amount, "cap": _amount, "included": _price, "minutes": _COUNT,
    "validity_months": _COUNT, "proration": choice("day", "month", "none"), "vat_category": str.upper,
    "note": text_up_to(500),
}  # fmt: skip
REQUIRED = ("section", "service", "code", "label", "unit", "behaviour")


def parse(text: str, tariff: str, deliberation: str) -> tuple[list[GridLine], list[Problem]]:
    """Lines of a grid file (``,`` or ``;``, header row), and what is wrong with the others."""
    rows, problems = read_rows(text, COLUMNS, frozenset(COLUMNS) - frozenset(REQUIRED))
    seen: dict[str, int] = {}
    for row in rows:
        problems += _faults(row, seen)
    bad = {line for line, _, _ in problems}
    lines = [_line(row, index, tariff, deliberation) for index, row in enumerate(rows, 1) if row.line not in bad]
    return lines, sorted(problems)


def _faults(row: Row, seen: dict[str, int]) -> list[Problem]:
    found: list[Problem] = []
    code = row.values["code"]
    if code in seen:
        found.append((row.line, "code", f"« {code} » est déjà à la ligne {seen[code]}."))
    seen.setdefault(code, row.line)
    if row.values["vat_category"] not in (None, "S", "E", "O"):
        found.append((row.line, "vat_category", "choisir parmi S, E, O."))
    for name in _CLASSES:
        found += _word_faults(row, name)
    for bracket in ("quantity", "population"):
        low, high = row.values[f"{bracket}_min"], row.values[f"{bracket}_max"]
        if low is not None and high is not None and high < low:
            found.append((row.line, f"{bracket}_max", f"{high} est sous la borne basse {low}."))
    return found


def _word_faults(row: Row, name: str) -> list[Problem]:
    word = row.values[name]
    if word is None or isinstance(word, Decimal) or word in _WORDS or row.values["behaviour"] in FORMULAS:
        return []
    return [(row.line, name, f"« {word} » n'est ni un prix (12.50), ni « quote », ni « n/a », ni vide.")]


def _line(row: Row, position: int, tariff: str, deliberation: str) -> GridLine:
    values: dict[str, Any] = {name: row.values[name] for name in COLUMNS if name not in _CLASSES}
    for name in _CLASSES:
        cell = row.values[name]
        values[f"{name}_price"] = cell if isinstance(cell, Decimal) else None
        values[f"{name}_word"] = cell if isinstance(cell, str) else NOT_SOLD
    for name, default in {"proration": "day", "vat_category": "S", "note": ""}.items():
        values[name] = values[name] or default
    return GridLine(tariff=tariff, deliberation=deliberation, position=position, **values)
