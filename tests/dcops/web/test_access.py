"""The gate: every page says who may open it, and nobody else gets in."""

from __future__ import annotations

import gzip
import re
from importlib.metadata import version

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from dcops.web.access import OPEN_ENDPOINTS, OWN_GATE
from tests.dcops.web.browsing import send, text
from tests.dcops.web.conftest import PASSWORD, log_in

STAFF_LISTS = (
    "dashboard", "racks", "machines", "backups", "antivirus", "findings", "first_day", "energy", "alerts", "contracts",
    "support", "billing", "tariffs", "customers", "admin",
)  # fmt: skip
OF_ONE = [
    "/baies/A01", "/baies/A01/courbe.csv", "/baies/A02/reserver", "/baies/parts/1/fin", "/baies/trouver",
    "/baies/espaces/nouveau", "/salles/Amiens/Salle 1", "/machines/1", "/sauvegarde/SN-0001", "/collectivites/albert",
    "/ecarts/1", "/ecarts/plans/", "/ecarts/tendance", "/ecarts/lot/planifier?finding=1",
    "/recherche/?q=albert", "/alertes/1", "/energie/compteurs/A01-A", "/energie/partage/",
    "/facturation/simulation/2024/albert", "/facturation/factures",
]  # fmt: skip


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in OPEN_ENDPOINTS]


def url_of(app: Flask, endpoint: str) -> str:
    with app.test_request_context():
        return app.url_for(endpoint)


def test_every_endpoint_is_public_or_gated(app: Flask) -> None:
    ungated = {
        rule.endpoint
        for rule in rules(app)
        if rule.endpoint.split(".")[0] not in OWN_GATE and not hasattr(app.view_functions[rule.endpoint], "permissions")
    }
    assert ungated == set()


def test_only_the_door_and_its_files_are_public(app: Flask) -> None:
    public = {
        rule.endpoint for rule in rules(app) if getattr(app.view_functions[rule.endpoint], "permissions", None) == ()
    }
    assert public == {"auth.login", "auth.logout", "assets.plotly"}


@pytest.mark.parametrize("area", STAFF_LISTS)
def test_an_anonymous_visitor_is_sent_to_the_door_and_back(app: Flask, anonymous: FlaskClient, area: str) -> None:
    url = url_of(app, f"{area}.index")
    answer = anonymous.get(url)
    assert answer.status_code == 302
    assert (
        answer.location == f"/connexion?next={url.replace('/', '%2F')}" or answer.location == f"/connexion?next={url}"
    )


@pytest.mark.parametrize("area", STAFF_LISTS)
def test_a_commune_is_refused_staff_pages(app: Flask, commune: FlaskClient, area: str) -> None:
    answer = commune.get(url_of(app, f"{area}.index"))
    assert answer.status_code == 403
    assert "Accès refusé" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", OF_ONE)
def test_a_commune_is_refused_the_pages_of_things_even_its_own(commune: FlaskClient, path: str) -> None:
    assert commune.get(path).status_code == 403


def test_a_commune_starts_in_its_own_space_and_staff_at_the_dashboard(
    commune: FlaskClient, technician: FlaskClient
) -> None:
    assert commune.get("/").location == "/mon-espace/"
    assert technician.get("/").location == "/tableau-de-bord/"


def test_a_menu_shows_only_what_its_reader_may_open(commune: FlaskClient, technician: FlaskClient) -> None:
    mine = commune.get("/mon-espace/").get_data(as_text=True)
    assert "Mon espace" in mine
    assert 'href="/baies/"' not in mine
    assert 'href="/mon-espace/"' not in technician.get("/baies/").get_data(as_text=True)


def token(client: FlaskClient) -> str:
    page = client.get("/connexion").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_wrong_password_and_an_unknown_login_get_the_same_refusal(anonymous: FlaskClient) -> None:
    words = []
    for login in ("tech", "inconnu"):
        form = {"login": login, "password": "wrong", "csrf_token": token(anonymous), "next": "/"}
        answer = anonymous.post("/connexion", data=form)
        assert answer.status_code == 401
        words.append(re.search(r'role="alert">([^<]+)<', answer.get_data(as_text=True))[1])  # type: ignore[index]
    assert words[0] == words[1]
    assert anonymous.get("/baies/").status_code == 302


def test_a_post_without_its_token_is_refused(app: Flask, anonymous: FlaskClient) -> None:
    answer = anonymous.post("/connexion", data={"login": "tech", "password": PASSWORD, "next": "/"})
    assert answer.status_code == 400
    assert anonymous.get("/baies/").status_code == 302
    technician = log_in(app, "tech")
    assert technician.post("/deconnexion").status_code == 400
    assert technician.get("/baies/").status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "baies"]
)
def test_logging_in_never_leads_to_another_site(anonymous: FlaskClient, target: str) -> None:
    form = {"login": "tech", "password": PASSWORD, "csrf_token": token(anonymous), "next": target}
    assert anonymous.post("/connexion", data=form).location == "/"


def test_logging_in_leads_where_one_was_going(anonymous: FlaskClient) -> None:
    form = {"login": "tech", "password": PASSWORD, "csrf_token": token(anonymous), "next": "/baies/?salle=Salle+1"}
    assert anonymous.post("/connexion", data=form).location == "/baies/?salle=Salle+1"


def test_logging_out_closes_the_pages_to_copies_of_the_cookie_too(app: Flask, technician: FlaskClient) -> None:
    thief, elsewhere = copy_of(app, technician), log_in(app, "tech")
    assert thief.get("/baies/").status_code == 200
    assert send(technician, "/baies/", "/deconnexion")[0] == 302
    assert [client.get("/baies/").status_code for client in (technician, thief, elsewhere)] == [302, 302, 200]


def copy_of(app: Flask, client: FlaskClient) -> FlaskClient:
    cookie = client.get_cookie("dcops")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("dcops", cookie.value)
    return thief


NEW = "cinq autres mots pris au hasard"


def test_changing_ones_password_keeps_this_browser_and_closes_the_others(app: Flask, technician: FlaskClient) -> None:
    elsewhere = log_in(app, "tech")
    status, _ = send(technician, "/mot-de-passe", "/mot-de-passe", current=PASSWORD, new=NEW, again=NEW)
    assert status == 302
    assert "Mot de passe changé" in text(technician, "/tableau-de-bord/")
    assert elsewhere.get("/baies/").status_code == 302
    for password, expected in ((PASSWORD, 401), (NEW, 302)):
        form = {"login": "tech", "password": password, "next": "/"}
        assert send(app.test_client(), "/connexion", "/connexion", **form)[0] == expected


@pytest.mark.parametrize(
    ("current", "new", "again", "status", "told"),
    [
        ("faux", NEW, NEW, 401, "Ce n’est pas le mot de passe actuel."),
        (PASSWORD, "court", "court", 200, "12 caractères au moins."),
        (PASSWORD, NEW, NEW + "!", 200, "Les deux saisies diffèrent."),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(
    commune: FlaskClient, current: str, new: str, again: str, status: int, told: str
) -> None:
    answer = send(commune, "/mot-de-passe", "/mot-de-passe", current=current, new=new, again=again)
    assert answer[0] == status
    assert told in answer[1]
    assert commune.get("/mon-espace/").status_code == 200


def test_wrong_passwords_are_counted_wherever_they_are_asked(technician: FlaskClient) -> None:
    tries = [
        send(technician, "/mot-de-passe", "/mot-de-passe", current="faux", new=NEW, again=NEW)[0] for _ in range(11)
    ]
    assert tries == [401] * 10 + [429]


@pytest.mark.parametrize("path", ["/connexion", "/baies/", "/inconnu", "/static/dcops.css"])
def test_every_answer_carries_the_security_headers(technician: FlaskClient, path: str) -> None:
    headers = technician.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(anonymous: FlaskClient) -> None:
    cookie = anonymous.get("/connexion").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


ELSEWHERE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//|url\(["']?(?:https?:)?//""")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


@pytest.mark.parametrize("area", STAFF_LISTS)
def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(
    app: Flask, technician: FlaskClient, area: str
) -> None:
    page = technician.get(url_of(app, f"{area}.index")).get_data(as_text=True)
    assert "</html>" in page
    assert ELSEWHERE.findall(page) == []
    assert INLINE.findall(page) == []


@pytest.mark.parametrize("path", [path for path in OF_ONE if not path.endswith(".csv")])
def test_nor_does_the_page_of_one_thing(technician: FlaskClient, path: str) -> None:
    page = technician.get(path).get_data(as_text=True)
    assert "</html>" in page
    assert ELSEWHERE.findall(page) == []
    assert INLINE.findall(page) == []


def test_plotly_is_sent_packed_to_who_takes_it_under_the_address_of_its_version(technician: FlaskClient) -> None:
    (address,) = set(re.findall(r"/assets/plotly\.min\.js[^\"]*", technician.get("/baies/A01").text))
    assert address.endswith(f"?v={version('plotly')}")
    plain = technician.get(address)
    packed = technician.get(address, headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding, Cookie")
    assert gzip.decompress(packed.data) == plain.data
    assert technician.get(address, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
