"""A workbook read back as a spreadsheet reads it: its sheets, their cells, what it draws."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(content: bytes) -> list[str]:
    """The names of the sheets in their order."""
    with ZipFile(BytesIO(content)) as book:
        return [
            sheet.attrib["name"] for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        ]


def charts_of(content: bytes) -> list[str]:
    """The XML of each native chart."""
    with ZipFile(BytesIO(content)) as book:
        return [book.read(name).decode() for name in sorted(book.namelist()) if re.match(r"xl/charts/chart\d", name)]


def cells_of(content: bytes, sheet: str) -> list[list[Any]]:
    """The values of a sheet by row, None in holes: text as it is, numbers (and the results of formulas) as floats."""
    with ZipFile(BytesIO(content)) as book:
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheets_of(content).index(sheet) + 1}.xml"))
        strings = _strings(book)
    rows: list[list[Any]] = []
    for row in root.iter(f"{MAIN}row"):
        values: list[Any] = []
        for cell in row.iter(f"{MAIN}c"):
            values += [None] * (_column(cell.attrib["r"]) - len(values)) + [_value(cell, strings)]
        rows += [[]] * (int(row.attrib["r"]) - 1 - len(rows)) + [values]
    return rows


def _strings(book: ZipFile) -> list[str]:
    root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    return ["".join(text.text or "" for text in item.iter(f"{MAIN}t")) for item in root.iter(f"{MAIN}si")]


def _column(reference: str) -> int:
    number = 0
    for letter in re.sub(r"\d", "", reference):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: ElementTree.Element, strings: list[str]) -> Any:
    value = cell.find(f"{MAIN}v")
    if value is None or value.text is None:
        return None
    return strings[int(value.text)] if cell.get("t") == "s" else float(value.text)
