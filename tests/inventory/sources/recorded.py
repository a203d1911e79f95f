"""Serves recorded answers on a real loopback socket: a table of path -> answer, over the simulators' server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dcops.demo.serving import Answer, Question, Server, in_thread
from dcops.demo.tls import Certificate

Reply = Answer | Callable[[Question], Answer]


def recorded(path: Path) -> Answer:
    """A recorded body (status 200), or a recorded error ({status, reason, body})."""
    content = json.loads(path.read_text())
    if "reason" in content:
        return Answer(content["status"], json.loads(content["body"] or "null"), content["reason"])
    return Answer(200, content)


def data(value: Any) -> Answer:
    return Answer(200, {"data": value})


@contextmanager
def replies(table: Mapping[str, Reply], certificate: Certificate | None = None) -> Iterator[Server]:
    """Answer from the table; what it lacks is 501. Keys are paths, with ``?type=x`` where the type matters."""

    def respond(question: Question) -> Answer:
        typed = f"{question.path}?type={question.query.get('type')}"
        reply = table.get(typed, table.get(question.path, Answer(501, {"data": None}, "not recorded")))
        return reply if isinstance(reply, Answer) else reply(question)

    server = Server("127.0.0.1", 0, certificate, respond)
    with in_thread(server):
        yield server
