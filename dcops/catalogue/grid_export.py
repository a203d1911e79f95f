"""A grid as the CSV file that loads it again, to draft the next one from; pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO
from typing import Any

from dcops.catalogue.grid_file import COLUMNS
from dcops.catalogue.line import GridLine
from dcops.money import plain, price_text
from inventory.csv_export import inert

_CLASSES = {"member": True, "nonmember": False}


def written(lines: Iterable[GridLine]) -> str:
    """The lines with ``;`` between cells, which spreadsheets open as they are."""
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(line, name) for name in COLUMNS] for line in lines)
    return out.getvalue()


def _cell(line: GridLine, name: str) -> str:
    if name in _CLASSES:
        price = line.price(_CLASSES[name])
        return line.word(_CLASSES[name]) if price is None else price_text(price)
    return _text(getattr(line, name))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else inert(str(value))
