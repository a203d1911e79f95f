"""Pages where people decide and write: findings, interventions, packs; nothing typed is lost when refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dcops.app import create_app
from dcops.config import Settings
from dcops.support import hours
from dcops.web.rule_words import RULE_WORDS
from dcops.wiring import Parts
from inventory import store
from inventory.models import Finding
from inventory.rules import RULES
from tests.conftest import NOW
from tests.dcops.web.browsing import send, text
from tests.dcops.web.conftest import PASSWORD, log_in


def finding_id(parts: Parts) -> int:
    with parts.database.transaction() as tx:
        return store.findings(tx, rule="vm.oversized")[0].id


def test_every_rule_has_its_words_and_what_to_do() -> None:
    assert RULE_WORDS.keys() == RULES.keys()
    assert all(words.name and words.remedy.endswith(".") for words in RULE_WORDS.values())


def test_findings_come_the_dearest_first_with_their_total(technician: FlaskClient) -> None:
    page = text(technician, "/ecarts/")
    assert page.index("A01\u00a0: appareil hors des parts") < page.index("web-01 tourne avec 4\u00a0vCPU")
    assert "720,00\xa0€" in page


def test_a_finding_is_narrowed_by_rule_and_exported(technician: FlaskClient) -> None:
    assert "hors des parts" not in text(technician, "/ecarts/?regle=vm.oversized")
    exported = technician.get("/ecarts/?regle=vm.oversized&format=csv").get_data(as_text=True)
    assert exported.splitlines()[1].startswith("web-01 tourne avec 4 vCPU, 2 vendus;")
    assert technician.get("/ecarts/?format=xlsx").data[:2] == b"PK"


def test_a_finding_shows_the_three_truths_and_what_to_do(technician: FlaskClient, web_parts: Parts) -> None:
    page = text(technician, f"/ecarts/{finding_id(web_parts)}")
    for words in (
        "Vendu",
        "Documenté",
        "Réel",
        "Ne dit rien\u00a0: documenté.",
        "≠ diffère",
        "Facturer l’option",
        "120,00\xa0€",
    ):
        assert words in page


def test_evidence_calls_customers_by_their_names(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        store.customer(tx, "roye").name = "Roÿe"
        tenant = Finding(
            thing="vm:amiens-a/101", rule="vm.tenant-differs", field="customer", scope="amiens-a", title="web-01",
            sold="albert", documented="roye", real=None, eur_per_year=Decimal(0), state="OPEN",
            first_seen=NOW, last_seen=NOW, sources={},
        )  # fmt: skip
        share = {"rack": "A01", "units": "U1-U21", "half_units": [0, 42], "customer": "roye", "label": "half"}
        space = Finding(
            thing="rack:A01", rule="rack.oversold", field="U1-U21 twice", scope="racks", title="A01",
            sold=[share, {**share, "customer": "ailleurs"}], documented=None, real=None, eur_per_year=Decimal(0),
            state="OPEN", first_seen=NOW, last_seen=NOW, sources={},
        )  # fmt: skip
        tx.add_all([tenant, space])
        tx.flush()
        pages = [f"/ecarts/{tenant.id}", f"/ecarts/{space.id}"]
    shown = [truths(technician, page) for page in pages]
    assert shown[0] == {"Collectivité": ["Ville d’Albert", "Roÿe"]}
    assert shown[1]["Collectivité"] == ["Roÿe", "ailleurs"]


def truths(client: FlaskClient, page: str) -> dict[str, list[str]]:
    """What the three truths say, by label, from the one that is sold on."""
    told = text(client, page).split('id="verites"')[1].split("</tbody>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', told, re.DOTALL)
    return {label: re.findall(r"<div>(.*?)</div>", cells) for label, cells in rows}


def test_a_decision_is_kept_with_its_author_and_reason(technician: FlaskClient, web_parts: Parts) -> None:
    page = f"/ecarts/{finding_id(web_parts)}"
    status, _ = send(technician, page, f"{page}/prendre", why="Avenant envoyé")
    assert status == 302
    with web_parts.database.transaction() as tx:
        found = store.finding(tx, finding_id(web_parts))
        assert (found.state, found.moves[-1].who, found.moves[-1].why) == ("ACKNOWLEDGED", "tech", "Avenant envoyé")


def test_a_finding_is_ignored_until_a_day_to_come_only(technician: FlaskClient, web_parts: Parts) -> None:
    page = f"/ecarts/{finding_id(web_parts)}"
    past, later = (str((NOW + timedelta(days=days)).date()) for days in (-1, 90))
    status, answer = send(technician, page, f"{page}/ignorer", why="Geste commercial", until=past)
    assert status == 200
    assert "est passée" in answer
    assert "Geste commercial" in answer  # what was typed is still there
    assert send(technician, page, f"{page}/ignorer", why="Geste commercial", until=later)[0] == 302
    assert "ignoré" in text(technician, page)


def test_a_decision_without_reason_is_refused(technician: FlaskClient, web_parts: Parts) -> None:
    page = f"/ecarts/{finding_id(web_parts)}"
    status, answer = send(technician, page, f"{page}/prendre", why="")
    assert status == 200
    assert "Une décision se motive" in answer


def test_a_commune_decides_of_no_finding(app: Flask, web_parts: Parts) -> None:
    commune, page = log_in(app, "mairie"), f"/ecarts/{finding_id(web_parts)}"
    for path in (
        page,
        "/ecarts/",
        "/ecarts/plans/",
        "/ecarts/tendance",
        "/premier-jour/",
        "/ecarts/lot/prendre?tout=1",
    ):
        assert commune.get(path).status_code == 403
    assert send(commune, "/mot-de-passe", f"{page}/prendre", why="x")[0] == 403


def test_an_intervention_is_logged_and_said_back(technician: FlaskClient, web_parts: Parts) -> None:
    page = "/assistance/intervention"
    fields = {"customer": "albert", "minutes": "20", "on": "2024-06-14", "what": "Écran"}
    assert send(technician, page, page, **fields)[0] == 302
    shown = text(technician, "/assistance/albert")
    assert "30 min décomptées pour 20 min saisies" in shown
    assert "Écran" in shown
    with web_parts.database.transaction() as tx:
        assert hours.balance(tx, "albert", NOW.date()).used_minutes == 75


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"customer": "roye"}, "forfait"),  # no pack
        ({"on": "2024-06-16"}, "futur"),
        ({"minutes": "0"}, "De 1 à 1"),
        ({"minutes": "-5"}, "De 1 à 1"),
        ({"what": "é" * 2001}, "2 000 caractères"),
        ({"customer": "inconnue"}, "choix valide"),
    ],
)
def test_a_refused_intervention_keeps_what_was_typed(
    technician: FlaskClient, web_parts: Parts, change: dict[str, str], words: str
) -> None:
    page = "/assistance/intervention"
    fields = {"customer": "albert", "minutes": "20", "on": "2024-06-14", "what": "Remise en route du réseau"} | change
    status, answer = send(technician, page, page, **fields)
    assert status == 200
    assert words in answer or words.capitalize() in answer
    assert fields["what"][:2000] in answer
    with web_parts.database.transaction() as tx:
        assert hours.balance(tx, "albert", NOW.date()).used_minutes == 45


def test_a_pack_is_sold_by_the_accountant_only(app: Flask, technician: FlaskClient, web_parts: Parts) -> None:
    page, fields = "/assistance/vente", {"customer": "roye", "pack": "assist-10h", "on": "2024-06-01"}
    assert technician.get(page).status_code == 403
    assert send(log_in(app, "compta"), page, page, **fields)[0] == 302
    with web_parts.database.transaction() as tx:
        assert hours.balance(tx, "roye", NOW.date()).remaining_minutes == 600


def test_the_door_closes_after_ten_wrong_passwords_and_a_right_one_costs_nothing(anonymous: FlaskClient) -> None:
    def knock(password: str) -> int:
        return send(anonymous, "/connexion", "/connexion", login="tech", password=password, next="/")[0]

    assert [knock("wrong") for _ in range(10)] == [401] * 10
    status, answer = send(anonymous, "/connexion", "/connexion", login="tech", password=PASSWORD, next="/")
    assert status == 429
    assert "Patientez une minute" in answer


@pytest.mark.parametrize(("base_url", "others"), [("https://dcops.example.org", 401), ("http://127.0.0.1:8000", 429)])
def test_behind_a_proxy_that_speaks_https_each_person_has_their_own_door(
    web_parts: Parts, base_url: str, others: int
) -> None:
    web = web_parts.settings.web.model_copy(update={"base_url": base_url})
    app = create_app(replace(web_parts, settings=Settings(web=web)))
    app.config["PREFERRED_URL_SCHEME"] = base_url.partition(":")[0]  # what the browser of the test speaks
    client = app.test_client()
    client.environ_base["HTTP_REFERER"] = f"{base_url.partition(':')[0]}://localhost/connexion"

    def knock(address: str) -> int:
        client.environ_base["HTTP_X_FORWARDED_FOR"] = address
        return send(client, "/connexion", "/connexion", login="tech", password="wrong", next="/")[0]

    assert [knock("192.0.2.1") for _ in range(11)] == [401] * 10 + [429]
    assert knock("192.0.2.2") == others


@pytest.mark.parametrize("target", ["//[", "/a\r\nSet-Cookie: x=1", "/\\ailleurs", "//ailleurs", "/\t/ailleurs"])
def test_the_door_leads_nowhere_else(anonymous: FlaskClient, target: str) -> None:
    token = text(anonymous, "/connexion").split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = anonymous.post(
        "/connexion", data={"csrf_token": token, "login": "tech", "password": PASSWORD, "next": target}
    )
    assert (answer.status_code, answer.location) == (302, "/")


def test_only_the_two_decisions_are_taken(technician: FlaskClient) -> None:
    assert send(technician, "/ecarts/1", "/ecarts/1/effacer", why="essai")[0] == 404
