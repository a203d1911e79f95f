"""A NetBox that exists only on paper, answering the real API over HTTP; what is written there stays while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from dcops.demo.netbox_rows import Row, Rows
from dcops.demo.netbox_world import NetboxWorld
from dcops.demo.netbox_writes import NAMES, detail, split, write
from dcops.demo.serving import Answer, Question, Server, in_thread

DEFAULT_PAGE = 50
LARGEST_PAGE = 1000
BROKEN = Answer(500, {"error": "server closed the connection unexpectedly", "exception": "OperationalError"})


class NetboxServer(Server):
    """The running simulator; assign ``world`` to change what it answers from the next request on.

    ``writes`` are the requests that did not only read; those whose number (from 1) is in ``failing_writes`` answer 500.
    """

    methods = frozenset({"GET", "POST", "PATCH"})

    def __init__(self, world: NetboxWorld, host: str, port: int) -> None:
        self._world = world
        self._one_at_a_time = Lock()
        self.writes: list[Question] = []
        self.failing_writes: set[int] = set()
        super().__init__(host, port, None, self._answer)

    @property
    def world(self) -> NetboxWorld:
        return self._world

    @world.setter
    def world(self, world: NetboxWorld) -> None:
        self._world = world
        self.__dict__.pop("rows", None)

    @cached_property
    def rows(self) -> Rows:
        """What NetBox holds now."""
        return Rows(self._world, self.url)

    def _answer(self, question: Question) -> Answer:
        with self._one_at_a_time:
            if question.method != "GET":
                self.writes.append(question)
                if len(self.writes) in self.failing_writes:
                    return BROKEN
            return answer(self.rows, question)


@contextmanager
def serving(world: NetboxWorld, port: int = 0, host: str = "127.0.0.1") -> Iterator[NetboxServer]:
    """Serve the world in a thread while the block lasts; port 0 takes a free one (``server.port``, ``server.url``)."""
    server = NetboxServer(world, host, port)
    with in_thread(server):
        yield server


def answer(rows: Rows, question: Question) -> Answer:
    """What NetBox answers to a question, errors included; a write changes ``rows``."""
    refused = _refusal(rows.world, question)
    if refused:
        return Answer(403, {"detail": refused})
    if question.path in rows.lists and question.method == "GET":
        return _page(rows, question, rows.lists[question.path])
    if question.path == "/api/status/" and question.method == "GET":
        return Answer(200, _status(rows.world))
    listing, row = split(rows, question.path)
    if listing not in rows.lists and question.path != "/api/status/":
        return Answer(404, {"detail": "Not found."})
    if question.path != listing and (row is None or (listing, row["id"]) in rows.world.hidden):
        return Answer(404, {"detail": f"No {NAMES.get(listing, 'object')} matches the given query."})
    return write(rows, question) if row is None or question.method != "GET" else detail(row)


def _refusal(world: NetboxWorld, question: Question) -> str | None:
    authorization = question.headers.get("authorization")
    if authorization is None:
        return "Authentication credentials were not provided."
    if authorization == _header(world.token):
        return None
    if world.reader and authorization == _header(world.reader):
        return None if question.method == "GET" else "You do not have permission to perform this action."
    return f"Invalid {'v2' if world.token.startswith('nbt_') else 'v1'} token"


def _header(token: str) -> str:
    return f"{'Bearer' if token.startswith('nbt_') else 'Token'} {token}"


def _status(world: NetboxWorld) -> dict[str, Any]:
    return {"netbox-version": world.version, "netbox-full-version": world.version, "plugins": {}}


def _page(rows: Rows, question: Question, listed: list[Row]) -> Answer:
    query = dict(question.query)
    limit = min(int(query.get("limit", DEFAULT_PAGE)) or LARGEST_PAGE, LARGEST_PAGE)
    offset = int(query.get("offset", 0))
    skipped = offset + sum(row["id"] <= int(query.get("id__gt", 0)) for row in listed)
    if any(path == question.path and skipped >= first for path, first in rows.world.failing):
        return BROKEN
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
    for name in ("site", "location", "cluster", "tenant", "virtual_machine"):
        if name in row and f"{name}_id" in query and str((row[name] or {}).get("id")) != query[f"{name}_id"]:
            return False
    if any(str(row.get(name)) != query[name] for name in ("name", "slug") if name in query):
        return False
    if "name__ie" in query and str(row.get("name")).casefold() != query["name__ie"].casefold():
        return False
    if row["id"] <= int(query.get("id__gt", 0)):
        return False
    belongs = all(row.get(name) for name in ("site", "tenant") if query.get(f"{name}_id__n") == "null")
    return belongs and not (query.get("position__empty") == "false" and row.get("position") is None)


def _only(row: Row, fields: str | None) -> Row:
    return row if fields is None else {name: row[name] for name in fields.split(",") if name in row}
