"""Meters, their readings and energies over HTTP: the same as the commands tell, and none for a commune."""

from __future__ import annotations

from datetime import date

import pytest

from inventory import store as inventory_store
from metering import store
from metering.meters.meter_imports import import_meters
from metering.period import midnight
from tests.dcops.api.conftest import NOW, Api
from tests.metering.world import add_meter, feed, steady

FIRST = midnight(date(2024, 5, 1))
MAY = "from=2024-05-01&to=2024-06-01"


@pytest.fixture
def metered(world: Api) -> Api:
    """Two feeds of 500 and 300 W since May, a site meter of 2 kW."""
    with world.parts.database.transaction() as tx:
        rack = inventory_store.rack(tx, "A01")
        for name, watts in (("A", 500), ("B", 300)):
            feed(tx, add_meter(tx, f"pdu-{name}", rack, name, start=FIRST), steady(FIRST, 31 * 24, watts), NOW)
        rows = "name,driver,scope,max_w,from,serial\ntgbt,csv,site,90000,2024-05-01,SN-12\n"
        import_meters(tx, "m.csv", rows, now=NOW)
        feed(tx, store.meter(tx, "tgbt"), steady(FIRST, 31 * 24, 2000), NOW)
    return world


@pytest.mark.parametrize(
    ("path", "watts"),
    [
        ("/racks/A01/energy", 800),
        ("/racks/A01/energy?feed=B", 300),
        ("/meters/pdu-A/energy", 500),
        ("/shares/1/energy", 400),
        ("/site/energy", 2000),
        ("/customers/abbeville/energy", 400),
    ],
)
def test_what_each_thing_drew_in_a_month(metered: Api, path: str, watts: int) -> None:
    document = metered.get(f"{path}{'&' if '?' in path else '?'}{MAY}&by=month").get_json()
    assert (document["wh"], document["coverage"], document["notes"]) == (watts * 24 * 31, "1.000", [])
    assert [(cell["wh"], cell["coverage"]) for cell in document["intervals"]] == [(watts * 24 * 31, "1.000")]
    year = metered.get(f"{path}{'&' if '?' in path else '?'}by=year").get_json()
    assert [cell["wh"] for cell in year["intervals"]] == [watts * 24 * 31]


def test_meters_and_their_readings_page_by_page(metered: Api) -> None:
    first = metered.get("/meters?limit=2").get_json()
    rest = metered.get(f"/meters?limit=2&cursor={first['next']}").get_json()
    names = [meter["name"] for meter in first["items"] + rest["items"]]
    assert (names, rest["next"]) == (["pdu-A", "pdu-B", "tgbt"], None)
    assert (rest["items"][0]["serial"], rest["items"][0]["places"][0]["scope"]) == ("SN-12", "site")
    page = metered.get(f"/meters/pdu-A/readings?limit=200&{MAY}").get_json()
    found = list(page["items"])
    while page["next"]:
        page = metered.get(f"/meters/pdu-A/readings?limit=200&cursor={page['next']}&{MAY}").get_json()
        found += page["items"]
    assert [reading["wh"] for reading in found] == [500 * hour for hour in range(31 * 24)]


@pytest.mark.parametrize(
    "path", ["/meters", "/meters/pdu-A/readings", "/meters/pdu-A/energy", "/site/energy", "/shares/1/energy"]
)
def test_a_commune_sees_none_of_it(metered: Api, path: str) -> None:
    assert metered.get(path, "abbeville").status_code == 403


@pytest.mark.parametrize("path", ["/meters/x/energy", "/meters/x/readings", "/racks/x/energy", "/shares/99/energy"])
def test_what_does_not_exist_is_404(metered: Api, path: str) -> None:
    assert metered.get(path).status_code == 404
