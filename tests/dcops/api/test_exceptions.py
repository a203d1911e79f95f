"""Exceptions of metering over HTTP: the queue page by page, one of them, and decisions."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from inventory import store as inventory_store
from metering import store
from metering.intervals import interval_store
from metering.period import HOUR, Period
from tests.dcops.api.conftest import NOW, Api
from tests.metering.world import START, add_meter, feed, steady


@pytest.fixture
def jumped(world: Api) -> Api:
    """Two meters whose registers jump by 60 kWh in their fourth hour."""
    with world.parts.database.transaction() as tx:
        for name in ("A", "B"):
            meter = add_meter(tx, f"pdu-{name}", inventory_store.rack(tx, "A01"), name)
            feed(tx, meter, [*steady(START, 3, 1000), *steady(START + 4 * HOUR, 3, 1000, 63_000)], NOW)
    return world


def post(api: Api, path: str, body: dict[str, Any], who: str = "technician") -> TestResponse:
    return api.get(path, who, method="POST", json=body)


def test_the_queue_page_by_page_and_one_exception(jumped: Api) -> None:
    first = jumped.get("/meters/exceptions?limit=1").get_json()
    rest = jumped.get(f"/meters/exceptions?limit=1&cursor={first['next']}").get_json()
    assert [row["meter"] for row in first["items"] + rest["items"]] == ["pdu-B", "pdu-A"]
    assert rest["next"] is None
    assert jumped.get("/meters/exceptions?meter=pdu-A").get_json()["items"] == rest["items"]
    assert jumped.get("/meters/exceptions?meter=inconnu").status_code == 404
    one = jumped.get("/meters/exceptions/1").get_json()
    assert (one["proposals"], len(one["readings"])) == ({"accept": 60_000, "linear": 1000}, 8)


def test_a_technician_decides_an_accountant_reads_and_a_commune_sees_none(jumped: Api) -> None:
    edit = {"decision": "edit", "wh": 1200, "reason": "vu sur place"}
    path = "/meters/exceptions/1/decision"
    assert post(jumped, path, edit, "accountant").status_code == 403
    assert jumped.get("/meters/exceptions/1", who="accountant").status_code == 200
    assert jumped.get("/meters/exceptions", who="abbeville").status_code == 403
    told = post(jumped, path, edit).get_json()
    assert (told["state"], told["decisions"][0]["author"], told["decisions"][0]["wh"]) == (
        "decided",
        "technicien",
        1200,
    )
    assert post(jumped, path, edit).status_code == 409
    assert post(jumped, path, {**edit, "wh": 1300, "known": told["decisions"][0]["id"]}).status_code == 200
    with jumped.parts.database.transaction() as tx:
        span = Period(START + 3 * HOUR, START + 4 * HOUR)
        found = interval_store.intervals(tx, store.meter(tx, "pdu-A").id, span)
        assert [(one.wh, str(one.flag)) for one in found] == [(1300, "EDITED")]


@pytest.mark.parametrize(
    "wrong",
    [{"wh": -1}, {"wh": 60_000}, {"wh": None}, {"reason": ""}, {"decision": "burn"}, {"decision": "accept"}],
)
def test_what_makes_no_sense_is_refused(jumped: Api, wrong: dict[str, object]) -> None:
    edit = {"decision": "edit", "wh": 1200, "reason": "vu sur place"}
    answer = post(jumped, "/meters/exceptions/1/decision", {**edit, **wrong})
    assert answer.status_code == 422
    assert jumped.get("/meters/exceptions/1").get_json()["decisions"] == []
