"""The files of a list: the cells that its pages show, row by row, as CSV and as a workbook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from inventory.clock import PARIS
from inventory.csv_export import inert

if TYPE_CHECKING:
    from dcops.web.listing import Column

UNITS = {"energy": "Wh", "power": "W", "minutes": "min"}
"""What the numbers of a file count: a page writes each with its unit, a file says it once."""
WIDTHS = {"text": 30, "badge": 18}
"""Of the columns of a workbook that is written without knowing what comes."""
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")


def csv_lines(columns: Sequence[Column[Any]], rows: Iterable[Any]) -> Iterator[str]:
    """The lines of a CSV file that French spreadsheets open, its heads first."""
    line = io.StringIO()
    writer = csv.writer(line, delimiter=";")
    writer.writerow(_heads(columns))
    line.seek(0)
    yield "\ufeff" + line.getvalue()
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow(["" if cell is None else _plain(cell) for cell in _cells(columns, row)])
        yield line.getvalue()


def write_xlsx(
    out: IO[bytes], title: str, columns: Sequence[Column[Any]], rows: Iterable[Any], streamed: bool = False
) -> None:
    """A workbook of one sheet; ``streamed``: row by row, what is behind is not kept in memory."""
    import xlsxwriter

    memory = {"constant_memory": True} if streamed else {"in_memory": True}
    inert = {"strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, {**memory, "remove_timezone": True, **inert})
    sheet = book.add_worksheet(_NOT_IN_SHEET_NAMES.sub("-", title)[:31])
    bold, days = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
    instants = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, WIDTHS.get(column.kind, 14))
    sheet.write_row(0, 0, _heads(columns), bold)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows, start=1):
        for place, cell in enumerate(_cells(columns, row)):
            if isinstance(cell, date):
                sheet.write_datetime(line, place, cell, instants if isinstance(cell, datetime) else days)
            elif cell is not None:
                sheet.write(line, place, cell if isinstance(cell, int | float | Decimal) else str(cell))
    if not streamed:
        sheet.autofit()
    book.close()


def _heads(columns: Sequence[Column[Any]]) -> list[str]:
    return [f"{c.label} ({UNITS[c.kind]})" if c.kind in UNITS else c.label for c in columns]


def _cells(columns: Sequence[Column[Any]], row: Any) -> list[Any]:
    return [_in_paris(column.value(row)) for column in columns]


def _in_paris(cell: Any) -> Any:
    """Instants as the pages write them: near midnight, the day of Paris is not that of UTC."""
    return cell.astimezone(PARIS) if isinstance(cell, datetime) else cell


def _plain(cell: Any) -> str:
    """A cell as text; one that a spreadsheet would run as a formula is quoted."""
    text = cell.isoformat() if isinstance(cell, date | datetime) else str(cell)
    return inert(text) if isinstance(cell, str) else text
