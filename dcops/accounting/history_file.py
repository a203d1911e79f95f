"""Revenue of the years before dcops, from a CSV file: ``code,label,amount_2022,…``; pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dcops.money import ZERO, french
from inventory.csv_import import Converter, Problem, Row, decimal, read_rows, text
from inventory.errors import ImportRefused, Invalid

_AMOUNT = re.compile(r"amount_(\d{4})", re.ASCII)
TOTAL = "TOTAL"


@dataclass(frozen=True)
class History:
    """Euros by year and service code; ``labels`` of the services. A cell that is empty is no amount, not 0."""

    amounts: Mapping[int, Mapping[str, Decimal]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def parse(content: str, name: str) -> History:
    """The amounts of a file; columns that are no amounts are left out, a row TOTAL checks the sums.

    Raises ImportRefused with every bad cell, Invalid when a total is not the sum of its column.
    """
    header = _header(content)
    years = {column: int(match[1]) for column in header if (match := _AMOUNT.fullmatch(column))}
    if "code" in header and not years:
        raise Invalid(f"{name} : aucune colonne de montants ; en donner une par année, « amount_2023 ».")
    columns: dict[str, Converter] = {
        **dict.fromkeys(header, str),
        **dict.fromkeys(years, _amount),
        "code": text,
        "label": text,
    }
    rows, problems = read_rows(content, columns, frozenset(columns) - {"code"})
    problems += _repeated(rows)
    if problems:
        raise ImportRefused(name, sorted(problems))
    kept = [row for row in rows if row.values["code"] != TOTAL]
    amounts = {year: _filled(kept, column) for column, year in years.items()}
    for row in rows:
        if row.values["code"] == TOTAL:
            _check_totals({year: row.values[column] for column, year in years.items()}, amounts, name)
    return History(amounts, {row.values["code"]: row.values["label"] or row.values["code"] for row in kept})


def _header(content: str) -> list[str]:
    """The names of the columns, as ``read_rows`` reads them."""
    lines = content.removeprefix("\ufeff").splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("sep=")), "")
    cells = next(csv.reader([first], delimiter=";" if ";" in first else ","), [])
    return [cell.strip().lower() for cell in cells if cell.strip()]


def _amount(cell: str) -> Decimal:
    value = decimal(cell)
    if value != round(value, 2):
        raise ValueError(f"« {cell} » : deux décimales au plus.")
    return round(value, 2)


def _repeated(rows: Sequence[Row]) -> list[Problem]:
    codes = [row.values["code"] for row in rows]
    return [
        (row.line, "code", f"« {code} » est déjà plus haut.")
        for place, (row, code) in enumerate(zip(rows, codes, strict=True))
        if code in codes[:place]
    ]


def _filled(rows: Sequence[Row], column: str) -> dict[str, Decimal]:
    return {row.values["code"]: row.values[column] for row in rows if row.values[column] is not None}


def _check_totals(printed: Mapping[int, Any], amounts: Mapping[int, Mapping[str, Decimal]], name: str) -> None:
    for year, total in printed.items():
        summed = sum(amounts[year].values(), ZERO)
        if total is not None and total != summed:
            raise Invalid(f"{name} : le total de {year} est {french(total)}, ses lignes font {french(summed)}.")
