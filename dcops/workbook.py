"""Workbooks (XLSX) in the formats of the house: real numbers and days, totals that follow filters, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)
"""The day that every workbook says it was made: the same values make the same bytes."""
FORMATS = {
    "text": "@",
    "amount": '#,##0.00\\ "€";[Red]\\-#,##0.00\\ "€"',
    "percent": "0.0%;[Red]\\-0.0%",
    "whole_percent": "0%;[Red]\\-0%",
    "day": "dd/mm/yyyy",
    "number": "#,##0",
}
Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Column:
    """One column of a sheet; ``kind`` is a key of ``FORMATS``, ``total``: its sum is written under it."""

    title: str
    kind: str = "text"
    width: int = 14
    total: bool = False


class Book:
    """A workbook being written; ``content`` ends it."""

    def __init__(self) -> None:
        import xlsxwriter

        self._out = io.BytesIO()
        inert = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(self._out, {"in_memory": True, **inert})
        self._book.set_properties({"created": WRITTEN})
        self._formats: dict[tuple[str, str], Any] = {}

    def sheet(self, name: str) -> Any:
        """A new sheet of XlsxWriter's, printed in landscape on one page width."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def chart(self, kind: str) -> Any:
        """A native chart of XlsxWriter's: ``bar`` is horizontal, ``column`` upright."""
        return self._book.add_chart({"type": kind})

    def style(self, kind: str, look: str = "") -> Any:
        """The format of a kind of value; ``look``: ``head`` or ``total``."""
        if (kind, look) not in self._formats:
            looks: dict[str, dict[str, Any]] = {
                "head": {"bold": True, "bg_color": "#E3F0F2", "bottom": 1, "text_wrap": True, "valign": "top"},
                "total": {"bold": True, "top": 1},
            }
            self._formats[kind, look] = self._book.add_format({"num_format": FORMATS[kind], **looks.get(look, {})})
        return self._formats[kind, look]

    def write(self, sheet: Any, row: int, column: int, value: Cell, kind: str = "text", look: str = "") -> None:
        """One cell; None stays empty."""
        style = self.style(kind, look)
        if isinstance(value, date):
            sheet.write_datetime(row, column, value, style)
        elif isinstance(value, int | Decimal):
            sheet.write_number(row, column, value, style)
        else:
            sheet.write(row, column, value, style)

    def table(
        self, sheet: Any, first: int, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], filters: bool = True
    ) -> int:
        """Heads, rows, and sums that follow what is filtered; the number of the row after the last."""
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            self.write(sheet, first, place, column.title, look="head")
        sums = [Decimal(0)] * len(columns)
        last = first
        for last, cells in enumerate(rows, start=first + 1):
            for place, (column, value) in enumerate(zip(columns, cells, strict=True)):
                self.write(sheet, last, place, value, column.kind)
                if column.total and isinstance(value, int | Decimal):
                    sums[place] += value
        if filters:
            sheet.autofilter(first, 0, last, len(columns) - 1)
            sheet.freeze_panes(first + 1, 0)
        return self._totals(sheet, first, last, columns, sums) if last > first else last + 1

    def _totals(self, sheet: Any, first: int, last: int, columns: Sequence[Column], sums: Sequence[Decimal]) -> int:
        from xlsxwriter.utility import xl_range

        if not any(column.total for column in columns):
            return last + 1
        for place, column in enumerate(columns):
            style = self.style(column.kind, "total")
            if column.total:
                cells = xl_range(first + 1, place, last, place)
                sheet.write_formula(last + 1, place, f"=SUBTOTAL(109,{cells})", style, float(sums[place]))
            else:
                sheet.write(last + 1, place, "Total" if place == 0 else None, style)
        return last + 2

    def content(self) -> bytes:
        """The file."""
        self._book.close()
        return self._out.getvalue()
