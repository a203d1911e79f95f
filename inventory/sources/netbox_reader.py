"""How NetBox's lists are asked: page by page, with a time limit, and no more once it is known not to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

import requests
from pynetbox.core.query import Request

from inventory.sources.faults import FAILURES, is_unreachable, status_of
from inventory.sources.netbox_rows import counts_disks_in_gb

PAGE = 1000
"""The largest page NetBox gives, unless its MAX_PAGE_SIZE is smaller; small pages cost six times more."""
Row = Mapping[str, Any]
_LATE = "NetBox n'a pas tout dit à temps ; voir pourquoi il est lent, ou augmenter reconcile.source_timeout_s."


class PatientSession(requests.Session):
    """A session whose every request gives up after ``timeout_s``: pynetbox itself waits for ever."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def request(self, *args: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", self._timeout_s)
        return super().request(*args, **options)


@dataclass
class Reader:
    """Reads the lists of one NetBox. Once it is known not to answer us at all, it is not asked again."""

    api: Any
    sentence: Callable[[Exception], str]
    until: float = inf  # of time.monotonic(): no page is asked for after
    shut: str | None = None
    disks_in_gb: bool = False  # as NetBox counted them before 4.1; in MB since

    def knock(self) -> None:
        """One small question first: a dead or closed NetBox is found out once, not list after list."""
        try:
            self.disks_in_gb = counts_disks_in_gb(self.api.status())
        except FAILURES as error:
            if is_unreachable(error) or status_of(error) in (401, 403):
                self.shut = self.sentence(error)

    def rows(
        self, listing: tuple[str, str], filters: Mapping[str, Any], recent: bool = False
    ) -> tuple[list[Row], list[str]]:
        """(rows, faults): every row of a list, or those before the page that failed and the sentence that says so.

        A ``recent`` list is one that older NetBoxes do not have: there, it is empty.
        ``listing`` is (path, names of the fields). Plain rows of pynetbox's requests, not its Records: a Record
        asks again for each field it was not given.
        """
        path, fields = listing
        if self.shut:
            return [], [self.shut]
        found: dict[int, Row] = {}
        announced = 0
        asked: dict[str, Any] | None = {**filters, "fields": fields, "ordering": "id"}
        while asked is not None:
            if monotonic() > self.until:
                self.shut = _LATE
                return list(found.values()), [f"{path} : {_LATE}"]
            try:
                page = self._page(path, asked)
            except FAILURES as error:
                lacking = recent and not found and status_of(error) == 404
                return list(found.values()), [] if lacking else [self._fault(path, error)]
            announced = announced or page.count
            try:
                asked = _after(page, asked, found)
            except _ShortList:
                return list(found.values()), [_shortage(path, len(found), announced)]
        return list(found.values()), []

    def count(self, path: str, filters: Mapping[str, Any]) -> tuple[int | None, list[str]]:
        """(how many rows of a list the token sees, faults); None with the sentence that says why not."""
        if self.shut:
            return None, [self.shut]
        try:
            return int(self._request(path, filters).get_count()), []
        except FAILURES as error:
            return None, [self._fault(path, error)]

    def _page(self, path: str, asked: Mapping[str, Any]) -> _Page:
        told = self._request(path, asked)._make_call(add_params={"limit": PAGE})
        rows = {int(row["id"]): row for row in told["results"]}
        return _Page(rows, int(told.get("count") or 0), bool(told.get("next")))

    def _request(self, path: str, filters: Mapping[str, Any]) -> Request:
        url = f"{self.api.base_url}/{path}/"
        return Request(url, self.api.http_session, filters=dict(filters), token=self.api.token)

    def _fault(self, path: str, error: Exception) -> str:
        # A 403 here is about this list only (the token was good at the door); no answer is about all of them.
        sentence = self.sentence(error)
        self.shut = sentence if is_unreachable(error) else None
        return f"{path} : {sentence}"


@dataclass(frozen=True)
class _Page:
    """One page: its rows by id, how many NetBox counts without a page, and whether it says that others follow."""

    rows: Mapping[int, Row]
    count: int
    more: bool


class _ShortList(Exception):
    """NetBox says that there are other rows, and does not give them."""


def _after(page: _Page, asked: Mapping[str, Any], found: dict[int, Row]) -> dict[str, Any] | None:
    """What to ask after a page, once its rows are among those ``found``; None after the last. Raises _ShortList.

    The next page, as large as NetBox gives it, starts after the last id: one counted from the start of the list skips
    a row for each that is deleted meanwhile. Only a server that does not know ``id__gt`` is asked by count; its pages
    begin with the last row of the one before: without it, the list has changed. A count that is wrong costs a question.
    """
    known = found.keys() & page.rows.keys()
    found.update(page.rows)
    fresh, counted = len(page.rows) - len(known), "offset" in asked
    if counted and not known:
        raise _ShortList
    if not page.more and (page.count == len(page.rows) or (counted and page.count <= len(found))):
        return None
    if not page.rows or not (fresh or "id__gt" in asked):
        raise _ShortList
    listing = {name: value for name, value in asked.items() if name != "id__gt"}
    return listing | ({"id__gt": max(found)} if fresh and not counted else {"offset": len(found) - 1})


def _shortage(path: str, received: int, announced: int) -> str:
    """Fewer rows than announced are not the whole list."""
    return f"{path} : {received} objets reçus sur {announced} annoncés par NetBox ; relancer la synchronisation."
