"""Meters on pages: the list, one with its registers, telling an exchange, deciding how racks are divided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from dcops.wiring import Parts
from metering import store
from metering.exceptions.checking import validate
from metering.intervals import interval_store
from metering.period import HOUR, Period
from metering.places import place_store
from metering.readings import Flag, Reading
from metering.register import append_readings
from tests.conftest import NOW
from tests.dcops.web.browsing import send
from tests.dcops.web.test_pages import rows_of, text_of

AT = datetime(2024, 5, 20, 8, tzinfo=UTC)
PAGE = "/energie/compteurs/A01-A"
DAYS = "?from=2024-05-20&to=2024-05-20"


@pytest.fixture
def replaced(web_parts: Parts) -> None:
    """A01-A says 4,000.6 kWh at 9:00, then 0.2 kWh at 10:00: its device was replaced between the two."""
    registers = (4_000_000, 4_000_600, 200, 800)
    with web_parts.database.transaction() as tx:
        meter = store.meter(tx, "A01-A")
        append_readings(tx, meter, [Reading(AT + n * HOUR, wh) for n, wh in enumerate(registers)], NOW)
        validate(tx, NOW, [meter.id])


def told(**changes: str) -> dict[str, str]:
    """An exchange as the form sends it, half an hour after the second reading; it is 11:30 in Paris then."""
    typed = {"at": "2024-05-20T11:30", "closing": "4 000,900", "opening": "0", "reason": "PDU remplacé"}
    return {**typed, **changes}


def test_the_list_tells_where_each_meter_counts_and_what_it_last_said(technician: FlaskClient, replaced: None) -> None:
    row, *_ = rows_of(technician, "/energie/compteurs/?format=csv&q=A01-A")
    assert (row["Compteur"], row["Baie"], row["Voie"], row["Compte"]) == ("A01-A", "A01", "A", "Baie entière")
    assert PAGE in technician.get("/energie/compteurs/").text
    assert rows_of(technician, "/energie/compteurs/?format=csv&compte=site") == []


def test_a_meter_s_readings_are_listed_with_what_each_counted(technician: FlaskClient, replaced: None) -> None:
    rows = rows_of(technician, f"{PAGE}{DAYS}&format=csv")
    assert [row["Index (kWh)"] for row in rows] == ["0.800", "0.200", "4000.600", "4000.000"]
    assert [row["Depuis le précédent (kWh)"] for row in rows] == ["0.600", "", "0.600", ""]
    page = text_of(technician, f"{PAGE}{DAYS}")
    assert "L’appareil n’a pas été changé." in page
    assert technician.get("/energie/compteurs/inconnu").status_code == 404
    assert technician.get(f"{PAGE}?from=2020-01-01&to=2024-01-01").status_code == 400


def test_telling_an_exchange_makes_the_hours_around_it_exact(
    technician: FlaskClient, replaced: None, web_parts: Parts
) -> None:
    status, _ = send(technician, PAGE, PAGE, **told())
    assert status == 302
    with web_parts.database.transaction() as tx:
        meter = store.meter(tx, "A01-A")
        cells = interval_store.intervals(tx, meter.id, Period(AT, AT + 3 * HOUR))
        assert sum(one.wh for one in cells) == 600 + 300 + 200 + 600
        assert {one.flag for one in cells} <= {Flag.ACTUAL, Flag.CALCULATED}
        [kept] = store.exchanges_told(tx, meter.id)
        assert (kept.closing_wh, kept.opening_wh, kept.author) == (4_000_900, 0, "tech")
    assert "PDU remplacé" in text_of(technician, PAGE)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"closing": "3 000"}, "ne se suivent pas"),
        ({"closing": "4000,0001"}, "trois décimales"),
        ({"opening": "-1"}, "positif ou nul"),
        ({"opening": "beaucoup"}, "Un nombre, par exemple"),
        ({"at": "2031-01-01T00:00"}, "dans l’avenir"),
        ({"reason": ""}, "Ce champ est nécessaire"),
        ({"at": "hier"}, "invalid"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused_and_what_was_typed_stays(
    technician: FlaskClient, replaced: None, web_parts: Parts, changes: dict[str, str], why: str
) -> None:
    status, page = send(technician, PAGE, PAGE, **told(**changes))
    assert status == 200
    assert why in page
    assert "PDU remplacé" in page or "reason" in changes
    with web_parts.database.transaction() as tx:
        assert store.exchanges(tx, store.meter(tx, "A01-A").id) == []


def test_who_bills_reads_meters_and_decides_of_none(accountant: FlaskClient, replaced: None) -> None:
    assert "Enregistrer le changement" not in accountant.get(PAGE).text
    assert send(accountant, PAGE, PAGE, **told())[0] == 403
    assert "Décider d’un partage" not in accountant.get("/energie/partage/").text
    policy = {"rack": "A01", "policy": "equal", "first": "2024-06-01", "reason": "convention"}
    assert send(accountant, "/energie/partage/", "/energie/partage/", **policy)[0] == 403


def test_a_rack_is_divided_otherwise_from_a_day_on(technician: FlaskClient, web_parts: Parts) -> None:
    page = "/energie/partage/"
    assert "Toutes les baies se partagent par unités" in text_of(technician, page)
    policy = {"rack": "A01", "policy": "power", "first": "2024-06-01", "reason": "convention du 12 mai"}
    assert send(technician, page, page, **policy)[0] == 302
    with web_parts.database.transaction() as tx:
        [kept] = place_store.allocation_policies(tx)
        assert (kept.policy, kept.author, kept.start) == ("power", "tech", datetime(2024, 5, 31, 22, tzinfo=UTC))
    assert "Par puissance souscrite" in text_of(technician, page)
    assert "est déjà décidé" in send(technician, page, page, **{**policy, "policy": "equal"})[1]
    assert send(technician, page, page, **{**policy, "rack": ""})[0] == 302
    for wrong in ({"rack": "Z99"}, {"policy": "height"}, {"first": "demain"}, {"reason": " "}):
        assert send(technician, page, page, **{**policy, **wrong})[0] == 200
    with web_parts.database.transaction() as tx:
        assert len(place_store.allocation_policies(tx)) == 2


def test_a_meter_is_found_by_its_name(technician: FlaskClient) -> None:
    assert PAGE in technician.get("/recherche/?q=a01-a").text
