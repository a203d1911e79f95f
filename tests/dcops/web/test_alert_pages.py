"""The page of alerts: what is open first, who was told, who deals with it, what is over."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.dcops.web.browsing import send, text

MESSAGE = "Baie A01, voie A"


def test_open_alerts_come_first_with_their_severity_and_who_was_told(technician: FlaskClient) -> None:
    page = text(technician, "/alertes/")
    assert (
        page.index(MESSAGE)
        < page.index('class="section-title">Terminées')
        < page.index("Interroger les sources\u00a0»\u00a0:")
    )
    assert "Critique" in page
    assert "email, ouverture le 15/06/2024 10:00" in page
    assert "astreinte, ouverture\u00a0: pas encore (webhook «\u00a0astreinte\u00a0»\u00a0: il répond 500)" in page
    assert "personne n’est prévenu" in page


def test_the_menu_and_the_dashboard_count_what_waits(technician: FlaskClient) -> None:
    page = text(technician, "/tableau-de-bord/")
    assert re.search(r'tag-bad ms-auto">1<span class="visually-hidden"> à prendre en charge', page)
    assert re.search(r'href="/alertes/">Alertes ouvertes</a></div>\s*<div class="stat-value">1', page)


def test_those_that_are_over_can_be_filtered_and_exported(technician: FlaskClient) -> None:
    assert "Interroger les sources" in text(technician, "/alertes/?genre=job-late")
    assert "Aucun résultat" in text(technician, "/alertes/?genre=meter-stale")
    exported = text(technician, "/alertes/?format=csv")
    assert exported.splitlines()[1].count("Tâche « Interroger les sources » : en retard.") == 1
    assert "90" in exported


def test_somebody_deals_with_it_and_the_others_see_it(technician: FlaskClient) -> None:
    page = text(technician, "/alertes/1")
    assert 'href="/baies/A01"' in page
    assert "pas encore" in page
    status, refused = send(technician, "/alertes/1", "/alertes/1/prendre", why="")
    assert (status, "Dire en quelques mots" in refused) == (200, True)
    assert send(technician, "/alertes/1", "/alertes/1/prendre", why="délestage en cours")[0] == 302
    page = text(technician, "/alertes/1")
    assert "délestage en cours" in page
    assert "Je m’en occupe" not in page
    assert "tag-bad ms-auto" not in page
    assert re.search(r'<td data-label="Prise en charge">tech\s*</td>', text(technician, "/alertes/"))


def test_one_that_is_over_cannot_be_taken(technician: FlaskClient) -> None:
    assert "Je m’en occupe" not in text(technician, "/alertes/2")
    status, _ = send(technician, "/alertes/1", "/alertes/2/prendre", why="trop tard")
    assert status == 302
    assert "est terminée depuis le 15/06/2024 11:30" in text(technician, "/alertes/2")
    assert technician.get("/alertes/99").status_code == 404
