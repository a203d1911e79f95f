"""A list as people expect it everywhere: filter, sort, page, totals, shareable URL, CSV and XLSX export."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, TypeVar

from flask import Response, render_template, request, send_file

from dcops.web.list_files import csv_lines, write_xlsx
from inventory.french import folded

Row = TypeVar("Row")
PAGE_SIZE = 25
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, order=True)
class Badge:
    """A word with a tone (good, info, warn, bad, none), sorted and exported by its word."""

    label: str
    tone: str = "none"

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: ``value`` gives what is sorted, summed, exported and shown; ``kind`` says how it is written.

    Kinds: text, number, amount, energy, kwh, power, day, instant, month, year, minutes, percent, change, badge.
    """

    key: str
    label: str
    value: Callable[[Row], Any]
    kind: str = "text"
    link: Callable[[Row], str | None] | None = None
    total: bool = False
    phone: bool = True  # shown on a phone
    short: bool = False  # never cut over two lines
    wide: bool = False  # sentences: on a phone, over the whole width
    on_page: bool = True  # files have every column

    @property
    def right(self) -> bool:
        return self.kind in {"number", "amount", "energy", "kwh", "power", "minutes", "percent", "change"}

    @cached_property
    def classes(self) -> str:
        """The classes of its cells: there are thousands, they are put together once."""
        given = ("right", self.right), ("no-phone", not self.phone), ("short", self.short), ("lines-cell", self.wide)
        return " ".join(name for name, has in given if has)


@dataclass(frozen=True)
class Filter(Generic[Row]):
    """A choice that narrows the list: ``choices`` are (value, label); ``keep(row, chosen)`` decides."""

    key: str
    label: str
    choices: Sequence[tuple[str, str]]
    keep: Callable[[Row, str], bool] = lambda row, chosen: True
    later: str = ""  # the address of its choices, when they are too many to wait for


@dataclass
class Listing(Generic[Row]):
    """Rows narrowed, sorted and paged as the query string asks. ``title`` names the table and the export file."""

    title: str
    rows: Sequence[Row]
    columns: Sequence[Column[Row]]
    filters: Sequence[Filter[Row]] = ()
    sort: str = ""  # default: a column key, "-" first for descending
    empty: str = "Rien à montrer."
    hint: str = ""
    args: Mapping[str, str] = field(default_factory=lambda: request.args.to_dict())

    @property
    def query(self) -> str:
        return self.args.get("q", "").strip()

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the address says besides the filter bar's own fields: kept when the bar is sent."""
        own = {"q", "page", "format", *(narrowing.key for narrowing in self.filters)}
        return [(key, value) for key, value in self.args.items() if key not in own]

    @property
    def order(self) -> str:
        asked = self.args.get("sort", self.sort)
        return asked if asked.lstrip("-") in {column.key for column in self.columns} else self.sort

    @cached_property
    def kept(self) -> list[Row]:
        rows = [row for row in self.rows if self._matches(row)]
        key = self.order.lstrip("-")
        column = next((column for column in self.columns if column.key == key), None)
        if column is None:
            return rows
        value = column.value
        known = [row for row in rows if value(row) is not None]
        known.sort(key=lambda row: _sortable(value(row)), reverse=self.order.startswith("-"))
        return known + [row for row in rows if value(row) is None]

    def _matches(self, row: Row) -> bool:
        for narrowing in self.filters:
            chosen = self.args.get(narrowing.key, "")
            if chosen and not narrowing.keep(row, chosen):
                return False
        if not self.query:
            return True
        words = folded(self.query).split()
        haystack = folded(" ".join(str(column.value(row)) for column in self.columns))
        return all(word in haystack for word in words)

    @property
    def count(self) -> int:
        """How many rows are kept."""
        return len(self.kept)

    @property
    def narrowed(self) -> bool:
        """Whether an empty list is so because of what was asked."""
        return bool(self.query or self.rows)

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))

    @property
    def page(self) -> int:
        try:
            asked = int(self.args.get("page", "1"))
        except ValueError:
            return 1
        return min(max(1, asked), self.pages)

    @property
    def shown(self) -> list[Row]:
        first = (self.page - 1) * PAGE_SIZE
        return self.kept[first : first + PAGE_SIZE]

    @property
    def has_totals(self) -> bool:
        return any(column.total for column in self.columns) and bool(self.count)

    def total(self, column: Column[Row]) -> Any:
        """The sum of a column over every kept row, not only the page."""
        values = [column.value(row) for row in self.kept]
        return sum((value for value in values if value is not None), Decimal(0) if column.kind == "amount" else 0)

    def url(self, **changes: str | int | None) -> str:
        """The address of this list with some parameters changed (None removes one)."""
        from urllib.parse import urlencode

        merged = {**self.args, **changes}
        return request.path + "?" + urlencode({key: value for key, value in merged.items() if value not in (None, "")})

    def sort_url(self, column: Column[Row]) -> str:
        descending = self.order == column.key
        return self.url(sort=("-" if descending else "") + column.key, page=None)

    def aria_sort(self, column: Column[Row]) -> str:
        if self.order.lstrip("-") != column.key:
            return "none"
        return "descending" if self.order.startswith("-") else "ascending"


def show(listing: Listing[Any], template: str, **context: Any) -> Response | str:
    """The page, or the whole list as a file when ``?format=csv`` or ``xlsx`` asks for it."""
    wanted = listing.args.get("format")
    if wanted == "csv":
        told = "".join(csv_lines(listing.columns, listing.kept))
        return download(told.encode(), f"{listing.title}.csv", CSV)
    if wanted == "xlsx":
        out = io.BytesIO()
        write_xlsx(out, listing.title, listing.columns, listing.kept)
        return download(out.getvalue(), f"{listing.title}.xlsx", XLSX)
    return render_template(template, listing=listing, **context)


def _sortable(value: Any) -> Any:
    return folded(str(value)) if isinstance(value, str | Badge) else value


def download(content: bytes, name: str, mimetype: str) -> Response:
    """A download; ``send_file`` writes names with accents or apostrophes so that every server accepts the header."""
    response = send_file(io.BytesIO(content), mimetype, as_attachment=True, download_name=name)
    response.direct_passthrough = False  # it is all in memory
    return response
