"""How a document looks on paper: who, what, how much, how to pay, and what the law wants said."""

from __future__ import annotations

from dcops.billing.exports.sheet import (
    ACCENT,
    ACCENT_SOFT,
    BOTTOM,
    GHOST,
    HEIGHT,
    INK,
    LEFT,
    MARGIN,
    RIGHT,
    SOFT,
    WHITE,
    WIDTH,
    Sheet,
)
from dcops.billing.exports.table import draw_groups
from dcops.billing.exports.wording import Pair, Wording

MIDDLE = 112.0
"""Where the right column of the head begins: the window of an envelope."""
FOOT = HEIGHT - 12


def draw(words: Wording) -> Sheet:
    """Every page of a document."""
    sheet = Sheet(repr(words), lambda sheet: _every_page(sheet, words))
    sheet.page()
    _head(sheet, words)
    _parties(sheet, words)
    _notice(sheet, words)
    draw_groups(sheet, words)
    _totals(sheet, words)
    _payment(sheet, words)
    _mentions(sheet, words)
    return sheet


def _every_page(sheet: Sheet, words: Wording) -> None:
    if words.draft:
        with sheet.turned(52):
            sheet.font(120, bold=True, colour=GHOST)
            sheet.line("PROJET", 0, HEIGHT / 2 - 28, WIDTH, "C")
    sheet.rule(FOOT - 2)
    sheet.font(7, colour=SOFT)
    sheet.line(f"Page {sheet.pdf.page_no()}/{{nb}}", LEFT, FOOT, 40)
    sheet.fitted(f"{words.seller[0]} · {words.name}", RIGHT - 140, FOOT, 140)
    if sheet.pdf.page_no() > 1:
        sheet.fitted(f"{words.name} · {words.buyer[0]} (suite)", LEFT, MARGIN - 6, RIGHT - LEFT, "L")


def _head(sheet: Sheet, words: Wording) -> None:
    """The seller on the left, what it is and its number on the right."""
    sheet.font(12.5, bold=True, colour=ACCENT)
    y = sheet.text(words.seller[0], LEFT, MARGIN, MIDDLE - LEFT - 8)
    sheet.font(8, colour=SOFT)
    for line in words.seller[1:]:
        y = sheet.text(line, LEFT, y, MIDDLE - LEFT - 8)
    sheet.font(20, bold=True, colour=ACCENT)
    right = sheet.text(words.title, MIDDLE, MARGIN - 2, RIGHT - MIDDLE)
    if words.number:
        sheet.font(11, bold=True)
        right = sheet.text(f"n° {words.number}", MIDDLE, right, RIGHT - MIDDLE)
    sheet.y = max(y, right, 40.0) + 7


def _parties(sheet: Sheet, words: Wording) -> None:
    """What it refers to on the left, who receives it on the right, under the window of an envelope."""
    top = sheet.y
    y = top
    for label, value in words.facts:
        y = _fact(sheet, label, value, y)
    sheet.box(MIDDLE - 4, top - 3, 0.8, 3, ACCENT)
    sheet.font(7, colour=SOFT)
    right = sheet.text("Destinataire", MIDDLE, top, RIGHT - MIDDLE) + 0.5
    sheet.font(10.5, bold=True)
    right = sheet.text(words.buyer[0], MIDDLE, right, RIGHT - MIDDLE)
    sheet.font(9)
    for line in words.buyer[1:]:
        right = sheet.text(line, MIDDLE, right, RIGHT - MIDDLE)
    sheet.box(MIDDLE - 4, top - 1, 0.8, right - top + 2, ACCENT)
    sheet.y = max(y, right) + 6


def _fact(sheet: Sheet, label: str, value: str, y: float) -> float:
    sheet.font(7.5, colour=SOFT)
    sheet.line(label, LEFT, y + 0.3, 30)
    sheet.font(8.5, bold=label == "Échéance")
    return sheet.text(value, LEFT + 31, y, MIDDLE - LEFT - 31 - 8) + 0.5


def _notice(sheet: Sheet, words: Wording) -> None:
    if words.notice:
        sheet.font(9, bold=True, colour=ACCENT)
        lines = sheet.lines(words.notice, RIGHT - LEFT - 8)
        height = len(lines) * sheet.leading + 4
        sheet.box(LEFT, sheet.y, RIGHT - LEFT, height, ACCENT_SOFT)
        sheet.text(words.notice, LEFT + 4, sheet.y + 2, RIGHT - LEFT - 8)
        sheet.y += height + 5


def _totals(sheet: Sheet, words: Wording) -> None:
    """VAT by rate on the left with its reasons, what is due on the right."""
    sheet.need(max(30, 12 + 10 * len(words.vat)))
    top = sheet.y = sheet.y + 5
    left = _vat(sheet, words, top)
    x, width, y = 126.0, RIGHT - 126, top
    for label, value in words.totals:
        sheet.font(8.5, colour=SOFT)
        sheet.line(label, x + 3, y, width)
        sheet.font(8.5)
        sheet.fitted(value, x + 30, y, width - 31)
        y += 5.4
    sheet.box(x, y + 0.5, width, 10, ACCENT)
    sheet.font(10.5, bold=True, colour=WHITE)
    sheet.line(words.due[0], x + 3, y + 3, width)
    sheet.fitted(words.due[1], x + 38, y + 3, width - 39)
    sheet.y = max(left, y + 10.5) + 6


def _vat(sheet: Sheet, words: Wording, y: float) -> float:
    columns = ((LEFT, 42, "L"), (LEFT + 42, 28, "R"), (LEFT + 70, 28, "R"))
    sheet.font(7, colour=SOFT)
    for (x, width, align), text in zip(columns, ("TVA", "Base HT", "Montant"), strict=True):
        sheet.line(text, x, y, width, align)
    y += 4.6
    for row in words.vat:
        sheet.rule(y - 0.4, to=LEFT + 98)
        sheet.font(8.5)
        for (x, width, align), text in zip(columns, (row.label, row.base, row.vat), strict=True):
            sheet.fitted(text, x, y + 0.4, width, align)
        y += 5
        if row.reason:
            sheet.font(7, colour=SOFT)
            y = sheet.text(row.reason, LEFT, y - 0.4, 98) + 1
    return y


def _payment(sheet: Sheet, words: Wording) -> None:
    """What to do with it, and the account to pay to."""
    sheet.font(9, bold=True, colour=ACCENT)
    terms = sheet.lines(words.terms, RIGHT - LEFT - 8)
    height = len(terms) * sheet.leading + 6.5
    sheet.need(height + 9)
    sheet.box(LEFT, sheet.y, RIGHT - LEFT, height + (9 if words.payment else 0), ACCENT_SOFT)
    sheet.font(9, bold=True, colour=ACCENT)
    sheet.y = sheet.set(terms, LEFT + 4, sheet.y + 3.2, RIGHT - LEFT - 8) + 2
    x = LEFT + 4
    for (label, value), width in zip(words.payment, (84.0, 38.0, 50.0), strict=False):
        sheet.font(7, colour=SOFT)
        sheet.line(label, x, sheet.y, width)
        sheet.font(9.5, bold=True)
        sheet.fitted(value, x, sheet.y + 3.3, width, "L")
        x += width
    sheet.y += (9 if words.payment else 0) + 6


def _mentions(sheet: Sheet, words: Wording) -> None:
    for mention in words.mentions:
        _mention(sheet, mention)


def _mention(sheet: Sheet, mention: Pair) -> None:
    heading, text = mention
    x = LEFT + 31
    sheet.font(7.5)
    lines = sheet.lines(text, RIGHT - x)
    sheet.need(min(len(lines) * sheet.leading, 30))
    sheet.font(7.5, colour=SOFT)
    sheet.line(heading, LEFT, sheet.y, 30)
    sheet.font(7.5, colour=INK)
    for each in lines:
        if sheet.y > BOTTOM - sheet.leading:
            sheet.page()
            sheet.font(7.5)
        sheet.line(each, x, sheet.y, RIGHT - x)
        sheet.y += sheet.leading
    sheet.y += 1.4
