"""A NetBox that exists only on paper, answering the real API's lists over HTTP from a frozen world."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from dcops.demo.netbox_rows import Row, Rows
from dcops.demo.netbox_world import NetboxWorld
from dcops.demo.serving import Answer, Question, Server, in_thread

DEFAULT_PAGE = 50
LARGEST_PAGE = 1000


class NetboxServer(Server):
    """The running simulator; assign ``world`` to change what it answers from the next request on."""

    def __init__(self, world: NetboxWorld, host: str, port: int) -> None:
        self._world = world
        super().__init__(host, port, None, self._answer)

    @property
    def world(self) -> NetboxWorld:
        return self._world

    @world.setter
    def world(self, world: NetboxWorld) -> None:
        self._world = world
        self.__dict__.pop("_rows", None)

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self._world, self.url)

    def _answer(self, question: Question) -> Answer:
        return answer(self._rows, question)


@contextmanager
def serving(world: NetboxWorld, port: int = 0, host: str = "127.0.0.1") -> Iterator[NetboxServer]:
    """Serve the world in a thread while the block lasts; port 0 takes a free one (``server.port``, ``server.url``)."""
    server = NetboxServer(world, host, port)
    with in_thread(server):
        yield server


def answer(rows: Rows, question: Question) -> Answer:
    """What NetBox answers to a question, errors included; pure."""
    refused = _refusal(rows.world.token, question.headers.get("authorization"))
    if refused:
        return Answer(403, {"detail": refused})
    if question.path == "/api/status/":
        return Answer(200, _status(rows.world))
    listed = rows.lists.get(question.path)
    if listed is None:
        return Answer(404, {"detail": "Not found."})
    return _page(rows, question, listed)


def _refusal(token: str, authorization: str | None) -> str | None:
    if authorization is None:
        return "Authentication credentials were not provided."
    version = "v2" if token.startswith("nbt_") else "v1"
    scheme = {"v1": "Token", "v2": "Bearer"}[version]
    return None if authorization == f"{scheme} {token}" else f"Invalid {version} token"


def _status(world: NetboxWorld) -> dict[str, Any]:
    return {"netbox-version": world.version, "netbox-full-version": world.version, "plugins": {}}


def _page(rows: Rows, question: Question, listed: list[Row]) -> Answer:
    query = dict(question.query)
    limit = min(int(query.get("limit", DEFAULT_PAGE)) or LARGEST_PAGE, LARGEST_PAGE)
    offset = int(query.get("offset", 0))
    skipped = offset + sum(row["id"] <= int(query.get("id__gt", 0)) for row in listed)
    if any(path == question.path and skipped >= first for path, first in rows.world.failing):
        return Answer(500, {"error": "server closed the connection unexpectedly", "exception": "OperationalError"})
    hidden = rows.world.hidden
    wanted = [row for row in listed if (question.path, row["id"]) not in hidden and _matches(row, query)]
    before, after = (
        f"{rows.base}{question.path}?{urlencode(query | {'limit': limit, 'offset': start})}"
        for start in (max(0, offset - limit), offset + limit)
    )
    shown = [_only(row, query.get("fields")) for row in wanted[offset : offset + limit]]
    return Answer(
        200,
        {
            "count": len(wanted),
            "next": after if offset + limit < len(wanted) else None,
            "previous": before if offset else None,
            "results": shown,
        },
    )


def _matches(row: Row, query: dict[str, str]) -> bool:
    """The few filters known here; like the real one, ignores those it does not know."""
    for name in ("site", "tenant"):
        if name in query and (row.get(name) or {}).get("slug") != query[name]:
            return False
    if row["id"] <= int(query.get("id__gt", 0)):
        return False
    belongs = all(row.get(name) for name in ("site", "tenant") if query.get(f"{name}_id__n") == "null")
    return belongs and not (query.get("position__empty") == "false" and row.get("position") is None)


def _only(row: Row, fields: str | None) -> Row:
    return row if fields is None else {name: row[name] for name in fields.split(",") if name in row}
