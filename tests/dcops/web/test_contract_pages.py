"""Contracts as pages: on any day, one by one, sold, amended and ended by those who may, the effect seen first."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dcops.contracts.amendments import record
from dcops.contracts.changes import Draft
from dcops.contracts.holdings import terms_of
from dcops.contracts.sale import Offer, sell
from dcops.contracts.store import subscription, subscriptions
from dcops.wiring import Parts
from tests.conftest import NOW
from tests.dcops.web.browsing import send, text
from tests.dcops.web.conftest import log_in

WHY = "demande de la mairie"


@pytest.fixture
def shop(web_parts: Parts) -> Parts:
    """Albert has six maintained workstations, eight from September, with notice and yearly renewal."""
    with web_parts.database.transaction() as tx:
        offer = Offer("albert", "maint-poste", Decimal(6), date(2024, 1, 1), notice_months=3, renewal_months=12)
        row, _ = sell(tx, offer)
        record(tx, row.id, Draft("change", date(2024, 9, 1), quantity=Decimal(8)), "Dominique", "écoles", NOW)
    return web_parts


@pytest.fixture
def accountant(app: Flask, shop: Parts) -> FlaskClient:
    return log_in(app, "compta")


class _Fields(HTMLParser):
    """The hidden fields of a page's form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "input" and told.get("type") == "hidden" and told.get("name"):
            self.found[str(told["name"])] = told.get("value") or ""


def confirmed(client: FlaskClient, page: str, to: str, step: str = "confirmer") -> tuple[int, str]:
    """Press a button of a preview: its hidden fields are sent again."""
    fields = _Fields()
    fields.feed(page.split("<main")[1])
    answer = client.post(to, data={**fields.found, "step": step})
    return answer.status_code, answer.get_data(as_text=True)


def plain(page: str) -> str:
    return page.replace("\xa0", " ").replace("\u202f", " ")


def rows(client: FlaskClient, path: str) -> list[dict[str, str]]:
    content = client.get(path).get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content), delimiter=";"))


def test_what_is_held_is_that_of_the_day_asked(accountant: FlaskClient) -> None:
    def quantity(day: str) -> list[str]:
        found = rows(accountant, f"/contrats/?on={day}&format=csv&objet=subscription")
        return [row["Quantité"] for row in found]

    assert [quantity(day) for day in ("2023-12-31", "2024-03-01", "2024-09-01")] == [[], ["6"], ["8"]]
    page = text(accountant, "/contrats/?on=2024-03-01")
    assert 'value="2024-03-01"' in page
    assert "Contrats tels qu’ils étaient ou seront le 01/03/2024" in plain(page)
    for nonsense in ("hier", "9999-12-31", "0001-01-01", ""):
        assert "Contrats" in text(accountant, f"/contrats/?on={nonsense}")


def test_the_filters_keep_the_day(accountant: FlaskClient) -> None:
    assert 'name="on" value="2024-03-01"' in text(accountant, "/contrats/?on=2024-03-01&objet=subscription")


def test_one_contract_tells_its_terms_its_amendments_and_what_binds_it(accountant: FlaskClient) -> None:
    page = plain(text(accountant, "/contrats/1"))
    for words in ("Ville d’Albert", "864,00 €", "31/08/2024", "écoles", "Dominique", "36 mois", "30/09/2026",
                  "tous les 12 mois", "jamais facturé"):  # fmt: skip
        assert words in page, words
    assert page.count('class="timeline-bar') == 2
    simulated = plain(text(accountant, "/contrats/1?sortie=2025-06-30"))
    assert "reste dû 1 732,73 €" in simulated  # 1152 × 184/365 + 1152
    assert "au prorata des jours de chaque année civile" in simulated
    assert accountant.get("/contrats/99").status_code == 404


def test_an_order_tells_what_binds_its_lines(accountant: FlaskClient) -> None:
    page = plain(text(accountant, "/contrats/antivirus/1?sortie=2025-12-31"))
    assert "Abonnement annuel solution anti-virus poste × 12" in page
    assert "engagement jusqu’au 31/12/2026 : reste dû 216,00 €" in page  # a year of 12 × 18
    assert accountant.get("/contrats/antivirus/99").status_code == 404
    assert accountant.get("/contrats/pack/1").status_code == 404


def test_a_change_is_previewed_then_confirmed(accountant: FlaskClient, shop: Parts) -> None:
    form = "/contrats/1/avenant"
    status, preview = send(accountant, form, form, effective="2024-07-01", quantity="7", reason=WHY)
    assert status == 200
    assert "+144,00 €" in plain(preview)
    with shop.database.transaction() as tx:
        assert len(subscription(tx, 1).amendments) == 1  # nothing written yet
    edited = confirmed(accountant, preview, form, "modifier")[1]
    assert 'value="2024-07-01"' in edited
    assert WHY in edited
    assert confirmed(accountant, preview, form)[0] == 302
    with shop.database.transaction() as tx:
        row = subscription(tx, 1)
        assert [int(term.quantity) for term in terms_of(row)] == [6, 7, 8]
        assert (row.amendments[-1].author, row.amendments[-1].reason) == ("compta", WHY)


def test_an_end_says_what_remains_due_and_is_taken_back(accountant: FlaskClient, shop: Parts) -> None:
    form = "/contrats/1/fin"
    preview = send(accountant, form, form, last="2025-06-30", reason=WHY)[1]
    assert "−1 152,00 €" in plain(preview)
    assert "reste dû 1 732,73 €" in plain(preview)
    assert confirmed(accountant, preview, form)[0] == 302
    assert "dernier jour : 30/06/2025" in plain(text(accountant, "/contrats/1"))
    back = "/contrats/1/reprise"
    preview = send(accountant, back, back, reason="ils restent")[1]
    assert "+1 152,00 €" in plain(preview)
    assert confirmed(accountant, preview, back)[0] == 302
    with shop.database.transaction() as tx:
        assert terms_of(subscription(tx, 1))[-1].end is None


@pytest.mark.parametrize(
    ("what", "typed", "told"),
    [
        ("avenant", {"effective": "2024-07-01", "quantity": "0", "reason": WHY}, "mettre fin à l’abonnement"),
        ("avenant", {"effective": "2023-07-01", "quantity": "7", "reason": WHY}, "ne commence que le 01/01/2024"),
        ("avenant", {"effective": "2024-07-01", "quantity": "six", "reason": WHY}, "Un nombre, par exemple"),
        ("avenant", {"effective": "2024-07-01", "quantity": "6", "reason": WHY}, "ne changerait rien"),
        ("avenant", {"effective": "2024-02-31", "quantity": "7", "reason": WHY}, "Une date qui existe"),
        ("avenant", {"effective": "2024-07-01", "quantity": "7", "reason": ""}, "Ce champ est nécessaire"),
        ("fin", {"last": "2023-12-31", "reason": WHY}, "avant d’avoir commencé"),
        ("fin", {"last": "", "reason": WHY}, "Ce champ est nécessaire"),
        ("reprise", {"reason": WHY}, "rien à reprendre"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_typed_is_lost(
    accountant: FlaskClient, shop: Parts, what: str, typed: dict[str, str], told: str
) -> None:
    form = f"/contrats/1/{what}"
    status, page = send(accountant, form, form, **typed)
    assert (status, told in plain(page)) == (200, True)
    assert all(value in page for value in typed.values())
    with shop.database.transaction() as tx:
        assert len(subscription(tx, 1).amendments) == 1


SALE = {"customer": "albert", "code": "zimbra-5go", "quantity": "12", "start": "2024-06-01"}


def test_a_subscription_is_quoted_then_sold(accountant: FlaskClient, shop: Parts) -> None:
    form = "/contrats/nouveau"
    assert '<option selected value="albert">' in text(accountant, f"{form}?collectivite=albert")
    quote = send(accountant, form, form, **SALE)[1]
    assert "180,00 €" in plain(quote)
    assert "Messagerie Zimbra" in quote
    with shop.database.transaction() as tx:
        assert len(subscriptions(tx)) == 1
    assert confirmed(accountant, quote, form)[0] == 302
    with shop.database.transaction() as tx:
        assert [(row.code, row.quantity) for row in subscriptions(tx)] == [("maint-poste", 6), ("zimbra-5go", 12)]
    assert "zimbra-5go" in text(accountant, "/collectivites/albert")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"code": "dc-espace-privatif", "quantity": "1"}, "sur devis"),
        ({"last": "2024-05-01"}, "avant d’avoir commencé"),
        ({"quantity": "-1"}, "supérieure à zéro"),
        ({"code": "maint-poste", "start": "2024-01-01"}, "commence déjà le 01/01/2024"),
        ({"commitment_months": "601"}, "De 0 à 600"),
        ({"customer": ""}, "Ce champ est nécessaire"),
        ({"code": "assist-5h"}, "pas un choix valide"),
    ],
)
def test_a_sale_that_cannot_be_is_refused_with_what_was_typed(
    accountant: FlaskClient, shop: Parts, changed: dict[str, str], told: str
) -> None:
    status, page = send(accountant, "/contrats/nouveau", "/contrats/nouveau", **{**SALE, **changed})
    assert (status, told in plain(page)) == (200, True)
    with shop.database.transaction() as tx:
        assert len(subscriptions(tx)) == 1


def test_an_agreed_price_makes_a_line_on_quotation_sold(accountant: FlaskClient) -> None:
    typed = {**SALE, "code": "dc-espace-privatif", "quantity": "1", "agreed_price": "15 200,50"}
    quote = send(accountant, "/contrats/nouveau", "/contrats/nouveau", **typed)[1]
    assert "15 200,50 €" in plain(quote)
    assert confirmed(accountant, quote, "/contrats/nouveau")[0] == 302


def test_what_deserves_a_look_is_told_before_confirming(accountant: FlaskClient) -> None:
    quote = send(accountant, "/contrats/nouveau", "/contrats/nouveau", **{**SALE, "code": "connect-epci"})[1]
    assert "réservée aux EPCI" in plain(quote)


def test_what_ends_soon_is_listed(accountant: FlaskClient, shop: Parts) -> None:
    assert "Rien ne finit dans les 90 jours." in plain(text(accountant, "/contrats/echeances"))
    with shop.database.transaction() as tx:
        record(tx, 1, Draft("end", date(2024, 8, 1)), "Dominique", "départ", NOW)
    found = rows(accountant, "/contrats/echeances?format=csv")
    assert [(row["Dernier jour"], row["Échéance"], row["Par an (HT)"]) for row in found] == [
        ("2024-07-31", "Fin du contrat", "864.00")
    ]
    assert rows(accountant, "/contrats/echeances?format=csv&jours=30") == []
    assert len(rows(accountant, "/contrats/echeances?format=csv&jours=1000")) == 3  # antivirus of both customers
    for nonsense in ("x", "-1", "99999999"):
        assert "Échéances" in text(accountant, f"/contrats/echeances?jours={nonsense}")


@pytest.fixture
def reader(app: Flask, shop: Parts) -> FlaskClient:
    return log_in(app, "tech")


def test_who_may_not_write_contracts_reads_only(reader: FlaskClient, app: Flask) -> None:
    page = text(reader, "/contrats/1")
    assert "/contrats/1/avenant" not in page
    assert "Ajouter un abonnement" not in text(reader, "/contrats/")
    for path in ("/contrats/nouveau", "/contrats/1/avenant", "/contrats/1/fin", "/contrats/1/reprise"):
        assert reader.get(path).status_code == 403
    assert log_in(app, "mairie").get("/contrats/1").status_code == 403
