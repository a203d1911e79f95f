"""Where invoices go, populations and memberships, as an accountant tells them on pages."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from dcops.wiring import Parts
from inventory import store
from inventory.models import Customer
from tests.dcops.web.browsing import send, text

IDENTITY = "/collectivites/albert/identite"
GOOD = {
    "siret": "732 829 320 00074", "address": "1 place d’Armes", "postcode": "80300", "city": "Albert",
    "paying_service": "SERV-1", "order_number_required": "y", "order_number": "ENG-7",
}  # fmt: skip


def known(parts: Parts, code: str = "albert") -> Customer:
    with parts.database.transaction() as tx:
        return store.customer(tx, code)


def test_the_billing_identity_is_completed(accountant: FlaskClient, web_parts: Parts) -> None:
    before = text(accountant, "/collectivites/albert")
    assert "Identité incomplète" in before
    assert "il manque le SIRET, l’adresse, le code postal, la ville" in before.replace("l'", "l’")
    status, _ = send(accountant, IDENTITY, IDENTITY, **GOOD)
    assert status == 302
    albert = known(web_parts)
    assert (albert.siret, albert.siren, albert.postcode) == ("73282932000074", "732829320", "80300")
    assert (albert.order_number_required, albert.order_number) == (True, "ENG-7")
    after = text(accountant, "/collectivites/albert")
    assert "Identité incomplète" not in after
    assert "ENG-7" in after
    send(accountant, IDENTITY, IDENTITY, **{**GOOD, "order_number": ""})
    assert "exigé, manquant" in text(accountant, "/collectivites/albert")


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("siret", "73282932000075", "clé de contrôle de ce SIRET"),
        ("siret", "123", "quatorze chiffres"),
        ("siren", "732829321", "clé de contrôle de ce SIREN"),
        ("siren", "552100554", "n’est pas celui du SIREN 552100554"),
        ("postcode", "8030", "cinq chiffres"),
        ("city", "x" * 101, "100 caractères au plus"),
        ("order_number", "x" * 51, "50 caractères au plus"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    accountant: FlaskClient, web_parts: Parts, field: str, typed: str, told: str
) -> None:
    status, page = send(accountant, IDENTITY, IDENTITY, **{**GOOD, field: typed})
    assert status == 200
    assert told in page
    assert typed in page
    assert "ENG-7" in page or field == "order_number"
    assert known(web_parts).siret is None


def test_la_poste_has_a_key_of_its_own(accountant: FlaskClient, web_parts: Parts) -> None:
    send(accountant, IDENTITY, IDENTITY, **{**GOOD, "siret": "35600000049837"})
    assert known(web_parts).siret == "35600000049837"


def test_a_population_is_added_then_corrected(accountant: FlaskClient, web_parts: Parts) -> None:
    page = "/collectivites/albert/population"
    for inhabitants in ("9 521", "9600"):
        assert send(accountant, page, page, year="2024", base="municipal", inhabitants=inhabitants)[0] == 302
    assert {(one.year, one.inhabitants) for one in known(web_parts).populations} == {(2021, 10000), (2024, 9600)}
    status, again = send(accountant, page, page, year="1492", base="municipal", inhabitants="-1")
    assert status == 200
    assert "De 1900 à 2100." in again
    assert "De 0 à 100 000 000." in again.replace("\xa0", " ")
    assert "Un nombre entier." in send(accountant, page, page, year="vingt", base="municipal", inhabitants="1")[1]


def test_a_membership_starts_and_ends(accountant: FlaskClient, web_parts: Parts) -> None:
    page = "/collectivites/albert/adhesion"
    assert 'value="2020-01-01"' in text(accountant, f"{page}?debut=2020-01-01")
    status, refused = send(accountant, page, page, start="2023-01-01", last="")
    assert (status, "chevauche celle du 01/01/2020" in refused) == (200, True)
    assert send(accountant, page, page, start="2020-01-01", last="2023-12-31")[0] == 302
    assert known(web_parts).memberships[0].end == date(2024, 1, 1)
    assert send(accountant, page, page, start="2024-01-01", last="")[0] == 302
    assert [one.start for one in known(web_parts).memberships] == [date(2020, 1, 1), date(2024, 1, 1)]
    assert "avant d’avoir commencé" in send(accountant, page, page, start="2025-01-01", last="2024-06-01")[1]


def test_the_list_tells_whose_identity_is_incomplete(accountant: FlaskClient) -> None:
    assert "2 collectivités n’ont pas" in text(accountant, "/collectivites/").replace("\xa0", " ")
    send(accountant, IDENTITY, IDENTITY, **GOOD)
    incomplete = text(accountant, "/collectivites/?identite=incomplete")
    assert "Ville de Roye" in incomplete
    assert "Ville d’Albert" not in incomplete
    assert "le SIRET, l’adresse" in incomplete
    assert "Ville d’Albert" in text(accountant, "/collectivites/?identite=complete")


@pytest.mark.parametrize("what", ["identite", "population", "adhesion"])
def test_only_who_may_write_customers_opens_the_forms(
    accountant: FlaskClient, technician: FlaskClient, what: str
) -> None:
    assert accountant.get(f"/collectivites/albert/{what}").status_code == 200
    assert accountant.get(f"/collectivites/nulle-part/{what}").status_code == 404
    assert technician.get(f"/collectivites/albert/{what}").status_code == 403
    assert "Modifier l’identité" not in text(technician, "/collectivites/albert")
    assert accountant.post(f"/collectivites/albert/{what}", data={}).status_code == 400  # no token
