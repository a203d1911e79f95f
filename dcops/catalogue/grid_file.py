"""How a grid is written in CSV: text in, lines and problems out; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dcops.catalogue import cells
from dcops.catalogue.behaviours import BEHAVIOURS
from dcops.catalogue.brackets import faults_of_brackets
from dcops.catalogue.line import NOT_SOLD, GridLine
from dcops.catalogue.line_rules import faults_of_line
from inventory.csv_import import Converter, Problem, Row, choice, integer_between, read_rows

_CLASSES = ("member", "nonmember")
_COUNT = integer_between(0)
_MONTHS = integer_between(1, 120)
COLUMNS: Mapping[str, Converter] = {
    "section": cells.text(10), "service": cells.code, "code": cells.code, "label": cells.text(250),
    "unit": cells.text(50), "behaviour": choice(*BEHAVIOURS), "member": cells.price_or_word,
    "nonmember": cells.price_or_word, "commitment_months": integer_between(0, 120), "quantity_min": _COUNT,
    "quantity_max": _COUNT, "population_min": _COUNT, "population_max": _COUNT, "floor": cells.amount,
    "cap": cells.amount,
    "included": cells.price, "minutes": integer_between(1), "validity_months": _MONTHS,
    "proration": choice("day", "month", "none"), "vat_category": cells.vat_category, "kinds": cells.kinds,
    "account": cells.account, "note": cells.text(500),
}  # fmt: skip
REQUIRED = ("section", "service", "code", "label", "unit", "behaviour")
_DEFAULTS = {"proration": "day", "vat_category": "S", "kinds": "", "note": ""}


def parse(text: str, tariff: str, deliberation: str) -> tuple[list[GridLine], list[Problem]]:
    """Lines of a grid file (``,`` or ``;``, header row), and what is wrong with the others, or between them."""
    if "\x00" in text:
        return [], [(1, "", "fichier en UTF-16 ou abîmé : l'enregistrer en « CSV UTF-8 ».")]
    rows, problems = read_rows(text, COLUMNS, frozenset(COLUMNS) - frozenset(REQUIRED))
    problems += [(1, name, "colonne manquante.") for name in _CLASSES if rows and name in rows[0].untold]
    lines: list[GridLine] = []
    places: dict[str, int] = {}  # code to line of the file
    for row in rows:
        line = _line(row, len(lines) + 1, tariff, deliberation)
        faults = faults_of_line(line)
        if line.code in places:
            faults.append(
                ("code", f"« {line.code} » est déjà à la ligne {places[line.code]} : garder une seule ligne.")
            )
        places.setdefault(line.code, row.line)
        problems += [(row.line, column, reason) for column, reason in faults]
        lines += [] if faults else [line]
    if not problems:
        problems = [(places[fault.line.code], fault.column, fault.reason) for fault in faults_of_brackets(lines)]
    return lines, sorted(problems)


def _line(row: Row, position: int, tariff: str, deliberation: str) -> GridLine:
    values: dict[str, Any] = {name: row.values[name] for name in COLUMNS if name not in _CLASSES}
    for name in _CLASSES:
        cell = row.values[name]
        values[f"{name}_price"] = cell if isinstance(cell, Decimal) else None
        values[f"{name}_word"] = cell if isinstance(cell, str) else NOT_SOLD
    for name, default in _DEFAULTS.items():
        values[name] = values[name] or default
    return GridLine(tariff=tariff, deliberation=deliberation, position=position, **values)
