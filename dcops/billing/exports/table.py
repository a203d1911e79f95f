"""The lines of a document on its sheets: by section, with the heads of the columns again on every page."""

from __future__ import annotations

from dataclasses import dataclass

from dcops.billing.exports.sheet import ACCENT, LEFT, RIGHT, SOFT, WHITE, Sheet
from dcops.billing.exports.wording import Group, Row, Wording


@dataclass(frozen=True)
class Column:
    title: str
    x: float
    width: float
    align: str


WIDTHS = (
    ("Désignation", 79.0, "L"), ("Quantité", 19.0, "R"), ("Unité", 25.0, "L"), ("Prix unitaire HT", 20.0, "R"),
    ("TVA", 13.0, "R"), ("Montant HT", 24.0, "R"),
)  # fmt: skip
GAP = 2.0
HEAD, SECTION, PADDING = 8.0, 6.4, 1.5


@dataclass(frozen=True)
class Broken:
    """A row whose texts are broken to their columns."""

    row: Row
    label: list[str]
    details: list[str]
    unit: list[str]
    vat: list[str]
    height: float


def columns() -> list[Column]:
    """The columns, one after the other from the left margin."""
    made, x = [], LEFT
    for title, width, align in WIDTHS:
        made.append(Column(title, x + GAP / 2, width - GAP, align))
        x += width
    return made


COLUMNS = columns()
LABEL, QUANTITY, UNIT, PRICE, VAT, AMOUNT = COLUMNS
DETAIL = QUANTITY.x + QUANTITY.width - LABEL.x
"""Details go on under the quantity, which takes one line."""


def draw_groups(sheet: Sheet, words: Wording) -> None:
    """Every line; a section's title is never the last thing on a page."""
    _head(sheet)
    for group in words.groups:
        rows = [_broken(sheet, row) for row in group.rows]
        _need(sheet, SECTION + rows[0].height)
        _title(sheet, group, with_subtotal=len(words.groups) > 1)
        for row in rows:
            _need(sheet, row.height)
            _row(sheet, row)
    sheet.rule(sheet.y, colour=ACCENT, width=0.4)


def _need(sheet: Sheet, height: float) -> None:
    page = sheet.pdf.page_no()
    sheet.need(height)
    if sheet.pdf.page_no() != page:
        _head(sheet)


def _head(sheet: Sheet) -> None:
    sheet.box(LEFT, sheet.y, RIGHT - LEFT, HEAD, ACCENT)
    sheet.font(7.5, bold=True, colour=WHITE)
    for column in COLUMNS:
        lines = sheet.lines(column.title, column.width)
        y = sheet.y + (HEAD - len(lines) * sheet.leading) / 2
        sheet.text(column.title, column.x, y, column.width, column.align)
    sheet.y += HEAD


def _title(sheet: Sheet, group: Group, *, with_subtotal: bool) -> None:
    sheet.font(8.5, bold=True, colour=ACCENT)
    sheet.line(group.title, LABEL.x, sheet.y + 1.8, RIGHT - LEFT - 40)
    if with_subtotal:
        sheet.fitted(group.subtotal, AMOUNT.x, sheet.y + 1.8, AMOUNT.width)
    sheet.y += SECTION
    sheet.rule(sheet.y, colour=ACCENT)


def _broken(sheet: Sheet, row: Row) -> Broken:
    sheet.font(8.5)
    label = sheet.lines(row.label, LABEL.width)
    height = len(label) * sheet.leading
    sheet.font(7)
    details = [line for detail in row.details for line in sheet.lines(detail, DETAIL)]
    unit, vat = sheet.lines(row.unit, UNIT.width), sheet.lines(row.vat, VAT.width)
    height = max(height + len(details) * sheet.leading, len(unit) * sheet.leading)
    return Broken(row, label, details, unit, vat, height + 2 * PADDING)


def _row(sheet: Sheet, broken: Broken) -> None:
    top, row = sheet.y + PADDING, broken.row
    sheet.font(8.5)
    y = sheet.set(broken.label, LABEL.x, top, LABEL.width)
    for column, figure in ((QUANTITY, row.quantity), (PRICE, row.price), (AMOUNT, row.amount)):
        sheet.fitted(figure, column.x, top, column.width)
    sheet.font(7, colour=SOFT)
    sheet.set(broken.details, LABEL.x, y, DETAIL)
    sheet.set(broken.unit, UNIT.x, top + 0.45, UNIT.width)
    sheet.set(broken.vat, VAT.x, top + 0.45, VAT.width, "R")
    sheet.y += broken.height
    sheet.rule(sheet.y)
