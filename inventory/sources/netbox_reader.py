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

    def knock(self) -> None:
        """One small question first: a dead or closed NetBox is found out once, not list after list."""
        try:
            self.api.status()
        except FAILURES as error:
            if is_unreachable(error) or status_of(error) in (401, 403):
                self.shut = self.sentence(error)

    def rows(
        self, listing: tuple[str, str], filters: Mapping[str, Any], recent: bool = False
    ) -> tuple[list[Row], list[str]]:
        """(rows, faults): every row of a list, or those before the page that failed and the sentence that says so.

        A ``recent`` list is one that older NetBoxes do not have: there, it is empty.
        ``listing`` is (path, names of the fields). Plain rows of pynetbox's requests, not its Records: a Record
        asks again for each field it was not given. Each page, as large as NetBox gives it, starts after the last id
        of the one before: one counted from the start of the list skips a row for each that is deleted meanwhile. The
        list ends where a page has as many rows as are counted from there on: a count that is wrong costs a question.
        """
        path, fields = listing
        if self.shut:
            return [], [self.shut]
        found: dict[int, Row] = {}
        announced, asked = 0, {**filters, "fields": fields, "ordering": "id"}
        while True:
            if monotonic() > self.until:
                self.shut = _LATE
                return list(found.values()), [f"{path} : {_LATE}"]
            request, before = self._request(path, asked), len(found)
            try:
                for row in request.get():
                    found[int(row["id"])] = row
            except FAILURES as error:
                lacking = recent and not found and status_of(error) == 404
                return list(found.values()), [] if lacking else [self._fault(path, error)]
            page, left = len(found) - before, int(request.count or 0)
            announced = announced or left
            if page == left:
                return list(found.values()), []
            if not page:
                return list(found.values()), [_shortage(path, len(found), announced)]
            asked["id__gt"] = max(found)

    def count(self, path: str, filters: Mapping[str, Any]) -> tuple[int | None, list[str]]:
        """(how many rows of a list the token sees, faults); None with the sentence that says why not."""
        if self.shut:
            return None, [self.shut]
        try:
            return int(self._request(path, filters).get_count()), []
        except FAILURES as error:
            return None, [self._fault(path, error)]

    def _request(self, path: str, filters: Mapping[str, Any]) -> Request:
        url = f"{self.api.base_url}/{path}/"
        return Request(url, self.api.http_session, filters=dict(filters), limit=PAGE, offset=0, token=self.api.token)

    def _fault(self, path: str, error: Exception) -> str:
        # A 403 here is about this list only (the token was good at the door); no answer is about all of them.
        sentence = self.sentence(error)
        self.shut = sentence if is_unreachable(error) else None
        return f"{path} : {sentence}"


def _shortage(path: str, received: int, announced: int) -> str:
    """Fewer rows than announced are not the whole list."""
    return f"{path} : {received} objets reçus sur {announced} annoncés par NetBox ; relancer la synchronisation."
