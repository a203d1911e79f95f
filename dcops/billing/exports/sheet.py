"""Sheets of A4 as PDF/A-3: text measured and set in millimetres, colours, pages with a foot, the XML inside."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.fonts import SubsetMap, TTFFont
from fpdf.prefs import ViewerPreferences

from dcops.billing.exports import fonts

Colour = tuple[int, int, int]
ACCENT, ACCENT_SOFT = (11, 79, 92), (232, 242, 244)
INK, SOFT, LINE, WHITE, GHOST = (27, 42, 48), (81, 98, 106), (211, 221, 225), (255, 255, 255), (236, 239, 241)
WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 15.0
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
BOTTOM = HEIGHT - 20
FAMILY = "DejaVu"
POINT = 25.4 / 72
LEADING = 1.32
NARROWED = 92
"""Percent of DejaVu's own width, which is generous."""


class Sheet:
    """A document that is being set; ``y`` is where the next thing goes, ``on_page`` draws what every page has."""

    def __init__(self, text: str, on_page: Callable[[Sheet], None]) -> None:
        self.pdf = FPDF(format="A4", enforce_compliance="PDF/A-3B")
        self.pdf.set_auto_page_break(False)
        self.pdf.c_margin = 0
        self.pdf.alias_nb_pages(align="L")
        self.pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.pdf.set_lang("fr")
        self.on_page = on_page
        self.y = MARGIN
        small = fonts.covers(text)
        for style in fonts.FILES:
            self._add_font(style, small)
        self.pdf.set_stretching(NARROWED)

    def _add_font(self, style: str, small: bool) -> None:
        if not small:
            self.pdf.add_font(FAMILY, style, fonts.whole(style))
            return
        key = f"{FAMILY.lower()}{style}"
        # add_font() wants a file; the class behind it reads one in memory as well
        font = TTFFont(self.pdf, cast(Path, io.BytesIO(fonts.cut(style))), key, style)
        font.ttfont.recalcBBoxes = False  # letters are taken as they are: measured anew, they cost half of the time
        self.pdf.fonts[key] = font

    def page(self) -> None:
        """Begin a page."""
        self.pdf.add_page()
        self.y = MARGIN
        self.on_page(self)

    def need(self, height: float) -> None:
        """Begin a page where the rest of this one is too short."""
        if self.y + height > BOTTOM:
            self.page()

    def font(self, size: float, bold: bool = False, colour: Colour = INK) -> None:
        self.pdf.set_font(FAMILY, "B" if bold else "", size)
        self.pdf.set_text_color(*colour)

    def lines(self, text: str, width: float) -> list[str]:
        """A text broken to a width in the current font, between words, or inside one that is longer."""
        return [line for paragraph in text.split("\n") for line in self._broken(paragraph, width)]

    def _broken(self, text: str, width: float) -> Iterator[str]:
        measure = self.pdf.get_string_width
        space, line, taken = measure(" "), "", 0.0
        for word in text.split(" "):
            long = measure(word)
            if line and taken + space + long > width:
                yield line
                line, taken = "", 0.0
            while not line and long > width:
                fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or measure(word[:n]) <= width)
                yield word[:fits]
                word, long = word[fits:], measure(word[fits:])
            line, taken = (f"{line} {word}", taken + space + long) if line else (word, long)
        yield line

    @property
    def leading(self) -> float:
        """The height of a line of the current font."""
        return self.pdf.font_size_pt * POINT * LEADING

    def line(self, text: str, x: float, y: float, width: float, align: str = "L") -> None:
        """One line, whose box begins at (x, y)."""
        self.pdf.set_xy(x, y)
        self.pdf.cell(width, self.leading, text, align=align)

    def text(self, text: str, x: float, y: float, width: float, align: str = "L") -> float:
        """A text broken to a width; the y below it."""
        return self.set(self.lines(text, width), x, y, width, align)

    def set(self, lines: list[str], x: float, y: float, width: float, align: str = "L") -> float:
        """Lines one below the other; the y below them."""
        for each in lines:
            self.line(each, x, y, width, align)
            y += self.leading
        return y

    def fitted(self, text: str, x: float, y: float, width: float, align: str = "R") -> None:
        """One line, smaller where it is longer than its box."""
        size, takes = self.pdf.font_size_pt, self.pdf.get_string_width(text)
        if takes > width:
            self.pdf.set_font_size(size * width / takes)
        self.line(text, x, y, width, align)
        self.pdf.set_font_size(size)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.pdf.set_fill_color(*colour)
        self.pdf.rect(x, y, width, height, style="F")

    def rule(self, y: float, x: float = LEFT, to: float = RIGHT, colour: Colour = LINE, width: float = 0.2) -> None:
        """A horizontal line."""
        self.pdf.set_draw_color(*colour)
        self.pdf.set_line_width(width)
        self.pdf.line(x, y, to, y)

    @contextmanager
    def turned(self, angle: float) -> Iterator[None]:
        """Drawing turned round the middle of the page."""
        with self.pdf.rotation(angle, WIDTH / 2, HEIGHT / 2):
            yield

    def attach(self, name: str, xml: bytes, on: date) -> None:
        """Put the XML of the same document in."""
        self.pdf.embed_file(
            bytes=xml, basename=name, desc="Factur-X", mime_type="text/xml", modification_date=_noon(on),
            associated_file_relationship="Data", compress=True, checksum=True,
        )  # fmt: skip

    def finish(self, xmp: str, title: str, on: date) -> bytes:
        """The bytes; they depend on nothing but what was drawn."""
        self.pdf.set_creation_date(_noon(on))
        self.pdf.set_title(title)
        self.pdf.set_xmp_metadata(xmp)
        try:
            return bytes(self.pdf.output())
        finally:
            # Both caches keep every font of every document ever made otherwise.
            SubsetMap.pick.cache_clear()
            SubsetMap.get_glyph.cache_clear()


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12), UTC)
