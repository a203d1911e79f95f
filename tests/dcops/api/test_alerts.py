"""Alerts through the API: what is open, what is over, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from dcops.alerts.models import Alert, AlertNotice
from dcops.db import Database
from tests.dcops.api.conftest import NOW, Api, build  # noqa: F401


def alert(number: int, over: bool = False) -> Alert:
    at = NOW - timedelta(hours=number)
    return Alert(
        kind="meter-stale", subject=f"compteur:PDU-{number}", rack="A01", severity="warning", since=at, opened_at=at,
        seen_at=NOW, closed_at=NOW if over else None, message=f"Compteur PDU-{number} : aucun relevé.",
        notices=[AlertNotice(channel="email", what="opened", attempts=2, error="il refuse, 451.")],
    )  # fmt: skip


@pytest.fixture
def world(build: Callable[[Database], Api], sqlite_database: Database) -> Api:  # noqa: F811
    made = build(sqlite_database)
    waiting = Alert(kind="feed-load", subject="baie:A01/A", severity="warning", since=NOW, seen_at=NOW, message="…")
    with sqlite_database.transaction() as tx:
        tx.add_all([alert(1), alert(2, over=True), alert(3), waiting])
    return made


def subjects(world: Api, path: str) -> list[str]:
    return [one["subject"].removeprefix("compteur:") for one in (world.get(path).json or {})["items"]]


def test_open_alerts_are_told_with_what_was_told_of_them(world: Api) -> None:
    first = (world.get("/alerts").json or {})["items"][0]
    assert first == {
        "id": 3, "kind": "meter-stale", "subject": "compteur:PDU-3", "rack": "A01", "severity": "warning",
        "message": "Compteur PDU-3 : aucun relevé.", "since": "2024-06-15T07:00:00Z",
        "opened_at": "2024-06-15T07:00:00Z", "seen_at": "2024-06-15T10:00:00Z", "closed_at": None,
        "taken_at": None, "taken_by": None, "taken_why": "",
        "notices": [
            {"channel": "email", "what": "opened", "attempts": 2, "sent_at": None, "error": "il refuse, 451."}
        ],
    }  # fmt: skip
    assert subjects(world, "/alerts") == ["PDU-3", "PDU-1"]
    assert subjects(world, "/alerts?state=closed") == ["PDU-2"]
    assert subjects(world, "/alerts?state=all&kind=meter-stale") == ["PDU-3", "PDU-2", "PDU-1"]
    assert subjects(world, "/alerts?state=all&kind=feed-load") == []


def test_alerts_come_in_pages_and_not_to_communes(world: Api) -> None:
    page = world.get("/alerts?state=all&limit=2").json or {}
    rest = world.get(f"/alerts?state=all&limit=2&cursor={page['next']}").json or {}
    assert [one["id"] for one in page["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next"] is None
    assert world.get("/alerts?state=over").status_code == 422
    assert world.get("/alerts", "abbeville").status_code == 403
