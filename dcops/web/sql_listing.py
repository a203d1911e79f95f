"""A list whose rows stay in the database: sorted, paged and added up there, sent row by row as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from unicodedata import normalize
from urllib.parse import quote

from flask import Response, render_template, send_file, stream_with_context

from dcops.web.context import parts
from dcops.web.list_files import csv_lines, write_xlsx
from dcops.web.listing import CSV, PAGE_SIZE, XLSX, Column, Listing, Row
from inventory.orm import Transaction

_IN_MEMORY = 1024 * 1024
"""Bytes of a workbook beyond which it is put together on disk."""


@dataclass
class SqlListing(Listing[Row]):
    """A Listing of which ``rows`` is the page that is shown, see ``load``.

    ``counted`` and ``totals`` (by column key) are of every row that is kept, ``some`` is whether there would be any
    unfiltered. ``read`` and ``stream`` ask the database; an order is the key of a column, ``-`` first for descending.
    """

    counted: int = 0
    totals: Mapping[str, Any] = field(default_factory=dict)
    some: bool = False
    read: Callable[[Transaction, str, int, int], Sequence[Row]] = field(default=lambda *_: ())
    stream: Callable[[Transaction, str], Iterator[Row]] = field(default=lambda *_: iter(()))

    def load(self, tx: Transaction) -> None:
        """Read the page that the address asks for, unless it asks for a file."""
        if not self.args.get("format"):
            self.rows = self.read(tx, self.order, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)

    @property
    def count(self) -> int:
        return self.counted

    @property
    def narrowed(self) -> bool:
        return self.some

    @property
    def shown(self) -> list[Row]:
        return list(self.rows)

    def total(self, column: Column[Row]) -> Any:
        return self.totals[column.key]

    def every(self) -> Iterator[Row]:
        """Every row that is kept, in a transaction of its own."""
        with parts().database.transaction() as tx:
            yield from self.stream(tx, self.order)


def show(listing: SqlListing[Any], template: str, **context: Any) -> Response | str:
    """The page that was loaded, or every row as a file when ``?format=csv`` or ``xlsx`` asks for it."""
    wanted = listing.args.get("format")
    if wanted == "csv":
        return _csv(listing)
    if wanted == "xlsx":
        out = cast(IO[bytes], SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - the answer closes it
        write_xlsx(out, listing.title, listing.columns, listing.every(), streamed=True)
        out.seek(0)
        return send_file(out, XLSX, as_attachment=True, download_name=f"{listing.title}.xlsx")
    return render_template(template, listing=listing, **context)


def _csv(listing: SqlListing[Any]) -> Response:
    lines = csv_lines(listing.columns, listing.every())
    answer = Response(stream_with_context(line.encode() for line in lines), content_type=CSV)
    plain = normalize("NFKD", listing.title).encode("ascii", "ignore").decode()
    names = {"filename": f"{plain}.csv", "filename*": f"UTF-8''{quote(listing.title)}.csv"}
    answer.headers.set("Content-Disposition", "attachment", **names)
    return answer
