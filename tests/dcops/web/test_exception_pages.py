"""The queue of exceptions and what a person decides of one, on pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from dcops.wiring import Parts
from metering import store
from metering.exceptions import exception_store
from metering.exceptions.checking import validate
from metering.intervals import interval_store
from metering.models import VeeDecision
from metering.period import HOUR, Period
from metering.readings import Reading
from metering.register import append_readings
from tests.conftest import NOW
from tests.dcops.web.browsing import send
from tests.dcops.web.test_pages import rows_of
from tests.dcops.web.test_pages import text_of as text

AT = datetime(2024, 5, 20, 8, tzinfo=UTC)
WHY = "vu au pied de la baie"


@pytest.fixture
def jump(web_parts: Parts) -> int:
    """The number of an exception: A01-A jumps by 60 kWh in an hour, between two hours of 0.6 kWh."""
    registers = (4_000_000, 4_000_600, 4_060_600, 4_061_200)
    with web_parts.database.transaction() as tx:
        meter = store.meter(tx, "A01-A")
        append_readings(tx, meter, [Reading(AT + n * HOUR, wh) for n, wh in enumerate(registers)], NOW)
        validate(tx, NOW, [meter.id])
        [fault] = exception_store.reading_faults(tx, "A01-A")
        return fault.id


def hour(parts: Parts) -> list[tuple[int, str]]:
    with parts.database.transaction() as tx:
        meter = store.meter(tx, "A01-A")
        cells = interval_store.intervals(tx, meter.id, Period(AT + HOUR, AT + 2 * HOUR))
        return [(one.wh, str(one.flag)) for one in cells]


def test_the_queue_tells_where_whom_and_how_much(technician: FlaskClient, jump: int) -> None:
    (row,) = rows_of(technician, "/energie/exceptions/?format=csv&q=A01-A")
    assert (row["Baie"], row["Collectivités"]) == ("A01", "Ville d’Albert, Ville de Roye")
    assert row["Nature"] == "Au-delà du possible"
    assert next(value for name, value in row.items() if name.startswith("En jeu")).startswith("60")
    assert "rien n’est facturé" in text(technician, "/energie/exceptions/")


def test_an_exception_shows_what_each_method_says(technician: FlaskClient, jump: int) -> None:
    page = text(technician, f"/energie/exceptions/{jump}")
    assert "index tel que relevé 60,000 kWh" in page
    assert "droite entre ses bords 0,600 kWh" in page
    assert "4 060,600 kWh" in page
    assert technician.get("/energie/exceptions/999999").status_code == 404


def test_an_exception_that_does_not_say_since_when_is_shown_and_decided_too(
    web_parts: Parts, technician: FlaskClient
) -> None:
    with web_parts.database.transaction() as tx:
        [fault] = exception_store.reading_faults(tx, "A01-B")
        address = f"/energie/exceptions/{fault.id}"
    assert "le registre est revenu à zéro" in text(technician, address).lower()
    assert send(technician, address, address, kind="accept", reason=WHY)[0] == 302
    assert rows_of(technician, "/energie/exceptions/?format=csv") == []


@pytest.mark.parametrize(
    ("filled", "becomes"),
    [
        ({"kind": "accept"}, [(60_000, "ACTUAL")]),
        ({"kind": "estimate"}, [(600, "ESTIMATED")]),
        ({"kind": "edit", "kwh": "0,75"}, [(750, "EDITED")]),
    ],
)
def test_a_decision_is_drawn_at_once(
    web_parts: Parts, technician: FlaskClient, jump: int, filled: dict[str, str], becomes: list[tuple[int, str]]
) -> None:
    assert hour(web_parts) == []
    address = f"/energie/exceptions/{jump}"
    assert send(technician, address, address, reason=WHY, **filled)[0] == 302
    assert hour(web_parts) == becomes
    assert rows_of(technician, "/energie/exceptions/?format=csv&q=A01-A") == []
    (row,) = rows_of(technician, "/energie/exceptions/?format=csv&etat=decided")
    assert row["État"] == "Décidé"
    with web_parts.database.transaction() as tx:
        decision = tx.query(VeeDecision).one()
        assert (decision.author, decision.reason, decision.fault_id) == ("tech", WHY, jump)
    assert WHY in text(technician, address)


def test_a_rejected_reading_is_bridged(web_parts: Parts, technician: FlaskClient, jump: int) -> None:
    address = f"/energie/exceptions/{jump}"
    assert send(technician, address, address, kind="reject", reason=WHY)[0] == 302
    assert hour(web_parts) == []  # 60 kWh in two hours are too many as well: the next reading says so


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"kind": "accept", "reason": ""}, "Ce champ est nécessaire"),
        ({"reason": WHY}, "Choisir une décision"),
        ({"kind": "brûler", "reason": WHY}, "n'est pas une décision"),
        ({"kind": "edit", "reason": WHY}, "une correction dit des kWh"),
        ({"kind": "edit", "kwh": "-1", "reason": WHY}, "positif ou nul"),
        ({"kind": "edit", "kwh": "0,0001", "reason": WHY}, "trois décimales"),
        ({"kind": "edit", "kwh": "beaucoup", "reason": WHY}, "Un nombre"),
        ({"kind": "edit", "kwh": "60", "reason": WHY}, "plus que 7360 W ne permettent"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_typed_is_lost(
    web_parts: Parts, technician: FlaskClient, jump: int, filled: dict[str, str], words: str
) -> None:
    address = f"/energie/exceptions/{jump}"
    status, page = send(technician, address, address, **filled)
    assert status == 200
    assert words in page.replace("\u00a0", " ").replace("’", "'").replace("\u202f", " ")
    assert filled.get("reason", "") in page
    with web_parts.database.transaction() as tx:
        assert tx.query(VeeDecision).count() == 0


def test_two_people_do_not_decide_over_each_other(technician: FlaskClient, jump: int) -> None:
    address = f"/energie/exceptions/{jump}"
    assert send(technician, address, address, kind="accept", reason=WHY)[0] == 302
    status, page = send(technician, address, address, kind="edit", kwh="0,7", reason=WHY, known="")
    assert status == 200
    assert "déjà décidée" in page
    with technician.application.extensions["dcops"].database.transaction() as tx:
        last = tx.query(VeeDecision).one().id
    assert send(technician, address, address, kind="edit", kwh="0,7", reason=WHY, known=str(last))[0] == 302


def test_who_bills_reads_and_does_not_decide(accountant: FlaskClient, commune: FlaskClient, jump: int) -> None:
    address = f"/energie/exceptions/{jump}"
    page = text(accountant, address)
    assert "Un technicien décide" in page
    assert "Enregistrer la décision" not in page
    assert accountant.post(address, data={"kind": "accept"}).status_code in (400, 403)
    assert commune.get(address).status_code == 403


SPAN = "/energie/exceptions/periode/?compteur=A01-A&du=2024-05-20T11:00&au=2024-05-20T12:00"


def test_a_span_is_seen_before_it_is_decided_and_settles_what_waits_in_it(
    web_parts: Parts, technician: FlaskClient, jump: int
) -> None:
    assert "Choisir" in text(technician, "/energie/exceptions/periode/")
    page = text(technician, SPAN)
    assert "droite entre ses bords 0,600 kWh" in page
    assert "plus que 7360 W ne permettent" in page
    assert send(technician, SPAN, SPAN, kind="edit", kwh="0.8", reason=WHY)[0] == 302
    assert hour(web_parts) == [(800, "EDITED")]
    assert rows_of(technician, "/energie/exceptions/?format=csv&q=A01-A") == []
    assert WHY in text(technician, SPAN)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (SPAN.replace("T12:00", "T10:00"), "La fin doit venir après le début"),
        (SPAN.replace("T12:00", ""), "Voir"),
        (SPAN.replace("A01-A", "inconnu"), "Voir"),
    ],
)
def test_a_span_that_makes_no_sense_shows_nothing_to_decide(
    technician: FlaskClient, jump: int, address: str, words: str
) -> None:
    page = text(technician, address)
    assert words in page
    assert "Enregistrer la décision" not in page


def test_a_decision_of_a_span_that_is_refused_says_why(technician: FlaskClient, jump: int) -> None:
    status, page = send(technician, SPAN, SPAN, kind="edit", kwh="-1", reason=WHY)
    assert status == 200
    assert "positif ou nul" in page
    assert WHY in page


def test_only_a_technician_decides_of_a_span(accountant: FlaskClient, jump: int) -> None:
    assert accountant.get(SPAN).status_code == 403
