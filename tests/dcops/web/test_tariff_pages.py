"""The pages of the grid: what it prints and what changed, a line's history and holders, quotes with their reasons."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from dcops.billing.models import Invoice, InvoiceLine
from dcops.catalogue.grids import load, shipped_text
from dcops.catalogue.quoting import quote_for
from dcops.web import formats
from dcops.wiring import Parts
from inventory import store
from tests.dcops.web.browsing import text

QUOTE = "/grille/devis?customer=albert&on=2024-03-01&quantity=1&code="


def _row(page: str, code: str) -> str:
    """The part of the page that is the row of a line."""
    return page.split(f'id="ligne-{code}"')[1].split("</tr>")[0]


def _plain(html: str) -> str:
    """With ordinary spaces, to look words up."""
    return html.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_grid_shows_both_years_both_classes_and_what_changed(technician: FlaskClient) -> None:
    page = _plain(text(technician, "/grille/"))
    for words in ("13 · Hébergement au data center", "8 400,00 €", "9 240,00 €", "sur devis", "non vendu"):
        assert words in page
    assert page.count('id="ligne-') == 73
    acts = _row(page, "actes-legalite")
    for words in ("prix modifié en 2024", "80,00 €", "100,00 €", "▲ +25 %"):
        assert words in acts
    assert "▲ +50 %" in _row(page, "web-hebergement")
    assert "nouvelle en 2024" in _row(page, "assist-5h")
    assert "retirée en 2024" in _row(page, "domaine-unite-2023")
    assert "modifié" not in _row(page, "dc-elec")
    assert "lu par kWh" in _row(page, "dc-elec")


def test_a_price_that_falls_is_told_by_a_sign_and_a_word_too(technician: FlaskClient, web_parts: Parts) -> None:
    lower = shipped_text("2024").replace("per_consumption,0.20,0.22", "per_consumption,0.15,quote")
    with web_parts.database.transaction() as tx:
        load(tx, lower, "2025", date(2025, 1, 1), "Vote du 3 février 2025")
    row = _row(_plain(text(technician, "/grille/")), "dc-elec")
    for words in ("▼ −25 %", "prix modifié en 2025", "sur devis", ">modifié<"):
        assert words in row


def test_a_line_on_quote_is_said_so_where_no_word_is_printed(technician: FlaskClient) -> None:
    row = _row(text(technician, "/grille/"), "backup-autre")
    assert "sur devis" in row
    assert "non vendu" not in row


def test_a_grid_may_have_sections_that_are_no_numbers(technician: FlaskClient, web_parts: Parts) -> None:
    header = "section,service,code,label,unit,behaviour,member,nonmember\n"
    rows = "16 bis,neuf,neuf,Un service neuf,U,annual_flat,10.00,12.00\n12,vm,vm1,Une machine,U,annual_flat,1,2\n"
    with web_parts.database.transaction() as tx:
        load(tx, header + rows, "2025", date(2025, 1, 1), "Vote du 3 février 2025")
    page = text(technician, "/grille/")
    assert page.index('id="section-12"') < page.index('id="section-16"') < page.index('id="section-16 bis"')


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=kwh", {"dc-elec"}),
        ("q=lecture+zzz", set()),
        ("section=10", {"m365"}),
        ("evolution=up", {"actes-legalite", "web-hebergement", "zimbra-illimite"}),
        ("evolution=gone", {"domaine-unite-2023"}),
        ("evolution=down", set()),
        ("section=15&pour=epci", {"connect-epci"}),
        ("q=intramuros-commune&evolution=same&pour=epci", set()),
        ("q=WIFI&sort=2023-0", {"wifi-installation", "wifi-fas", "wifi-simple", "wifi-complexe"}),
    ],
)
def test_the_grid_is_searched_and_narrowed_by_its_address(technician: FlaskClient, query: str, codes: set[str]) -> None:
    page = text(technician, f"/grille/?{query}")
    assert {piece.split('"')[0] for piece in page.split('id="ligne-')[1:]} == codes
    assert ("Aucune ligne pour ce filtre" in page) is not bool(codes)


def test_the_grid_is_exported_with_both_years_and_the_rise(technician: FlaskClient) -> None:
    sheet = technician.get("/grille/?section=4&format=csv").get_data(as_text=True).removeprefix("\ufeff")
    first, _ = csv.DictReader(StringIO(sheet), delimiter=";")
    assert (first["Code"], first["2023 adhérent"], first["2024 adhérent"]) == ("web-hebergement", "20.00", "30.00")
    assert (first["Évolution adhérent (%)"], first["Évolution non adhérent (%)"]) == ("50.0", "25.0")
    with ZipFile(BytesIO(technician.get("/grille/?format=xlsx").get_data())) as book:
        cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert cells.count("<row ") == 74
    assert "<v>0.22</v>" in cells


def test_older_grids_are_shown_on_demand(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        for year in (2025, 2026):
            load(tx, shipped_text("2024"), str(year), date(year, 1, 1), "Vote")
    page = text(technician, "/grille/")
    assert "2023 adhérent" not in page
    assert "Montrer aussi les grilles plus anciennes" in page
    assert "2023 adhérent" in text(technician, "/grille/?grilles=toutes")


def test_a_line_tells_its_prices_its_reading_its_terms_and_who_holds_it(technician: FlaskClient) -> None:
    page = _plain(text(technician, "/grille/lignes/vm-ram"))
    for words in (
        "option mémoire vive supplémentaire", "60,00 €", "70,00 €", "Comité syndical du 29 janvier 2024",
        "lue par Go de mémoire", "prix par unité et par an", "au jour de l’année civile", "taxé (S)",
        "120,00 € par an", "Ville d’Albert", "jamais",
    ):  # fmt: skip
        assert words in page
    assert "Roye" not in page.split("Qui la détient", 1)[1]  # its machine ended
    contracts = text(technician, "/contrats/?q=option+mémoire+vive+supplémentaire")
    assert contracts.count("web-01") >= 1


def test_a_line_shows_what_it_rose_by_and_the_brackets_beside_it(technician: FlaskClient) -> None:
    page = _plain(text(technician, "/grille/lignes/web-hebergement"))
    assert "▲ +50 %" in page.split("Prix votés", 1)[1]
    page = _plain(text(technician, "/grille/lignes/av-forfait-1-3"))
    for words in ("36 mois", "1 à 3", "Les autres lignes du service", "av-forfait-4-6", "4 à 6", "7 et plus"):
        assert words in page
    assert "n’est plus dans la grille en vigueur" in text(technician, "/grille/lignes/domaine-unite-2023")


def test_a_line_says_since_when_it_is_billed(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        line = InvoiceLine(
            position=1, key="k", version=1, code="vm1", tariff="2024", section="12", label="VM1", unit="x",
            kind="annual", quantity=Decimal(1), unit_price=Decimal(420), amount=Decimal(420), start=date(2024, 1, 1),
            end=date(2025, 1, 1), vat_category="S", vat_rate=Decimal(20), evidence={}, explanation=[],
        )  # fmt: skip
        invoice = Invoice(
            customer=store.customer(tx, "albert"), kind="invoice", year=2024, budget="F", net=Decimal(420),
            vat=Decimal(84), gross=Decimal(504), lines=[line],
        )  # fmt: skip
        tx.add(invoice)
        tx.flush()
        invoice.series, invoice.sequence, invoice.number = "F/2024", 1, "F-2024-1"
        invoice.issued_on = date(2024, 6, 1)
    page = _plain(text(technician, "/grille/lignes/vm1"))
    billed = page.split("Facturée", 1)[1]
    for words in ("01/06/2024", "1 document", "420,00 €", "Une ligne facturée ne change plus"):
        assert words in billed
    assert "jamais" in billed  # with the grid of 2023


def test_a_service_leads_to_its_lines_and_an_unknown_code_to_close_ones(technician: FlaskClient) -> None:
    answer = technician.get("/grille/lignes/connect-commune")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/grille/?q=connect-commune")
    page = text(technician, answer.headers["Location"])
    assert page.count('id="ligne-') == 3
    missing = technician.get("/grille/lignes/vm-cpus")
    assert (missing.status_code, "vm-cpu" in missing.get_data(as_text=True)) == (404, True)


def test_every_line_has_a_page(technician: FlaskClient) -> None:
    page = text(technician, "/grille/")
    codes = [piece.split('"')[0] for piece in page.split('id="ligne-')[1:]]
    for code in codes[::9]:
        assert f'href="/grille/lignes/{code}"' in page
        assert code in text(technician, f"/grille/lignes/{code}")


def test_a_quote_explains_itself_and_can_be_shared(technician: FlaskClient, web_parts: Parts) -> None:
    page = _plain(text(technician, "/grille/devis?code=vm-go&customer=albert&on=2024-03-01&quantity=30"))
    with web_parts.database.transaction() as tx:
        found = quote_for(tx, "vm-go", "albert", date(2024, 3, 1), Decimal(30))
    assert _plain(formats.amount(found.amount)) == "360,00 €"
    for words in ("360,00 €", "72,00 €", "432,00 €", "Comité syndical du 29 janvier 2024", "adhérent", "Go de disque"):
        assert words in page


def test_a_quote_shows_the_brackets_and_the_one_that_was_taken(technician: FlaskClient) -> None:
    page = _plain(text(technician, f"{QUOTE}intramuros-commune"))
    assert "900,00 €" in page.split('class="price"')[1][:80]
    rows = page.split("Ce que dit la grille", 1)[1].split("<tr>")
    (taken,) = [row for row in rows if "ligne retenue" in row.lower()]
    assert "intramuros-5001-10000" in taken
    assert "5 001 à 10 000 habitants" in taken
    assert "Population retenue : 10000 habitants" in page or "Population retenue : 10 000 habitants" in page


def test_a_code_alone_is_told_before_anything_is_asked(technician: FlaskClient) -> None:
    page = text(technician, "/grille/devis?code=domaine-std-sup10")
    for words in ("les premières gratuites", "Nombre total, les 10 premiers gratuits compris", "Ce que dit la grille"):
        assert words in page
    for words in ("is-invalid", "Prix du fournisseur"):
        assert words not in page
    assert "Prix du fournisseur" in text(technician, "/grille/devis")


def test_a_line_at_the_price_of_a_supplier_asks_for_it(technician: FlaskClient) -> None:
    page = text(technician, f"{QUOTE}domaine-autre-ext")
    assert "Donner le prix du fournisseur" in page
    assert "--supplier-price" not in page
    page = _plain(text(technician, f"{QUOTE}domaine-autre-ext&supplier_price=10,50"))
    assert "12,60 €" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("code=dc-espace-privatif&customer=albert&on=2024-03-01&quantity=1", ("sur devis", "Convenir d’un prix")),
        ("code=assist-5h&customer=albert&on=2023-03-01&quantity=1", ("2024", "Changer la date")),
        ("code=vm-go&customer=albert&on=2012-03-01&quantity=1", ("aucune grille", "Changer la date")),
        ("code=mairie-socle-v2&customer=roye&on=2024-03-01&quantity=1", ("sans objet", "Vérifier l’adhésion")),
        ("code=intramuros-commune&customer=roye&on=2024-03-01&quantity=1", ("Non vendu", "Vérifier l’adhésion")),
        ("code=connect-epci&customer=albert&on=2024-03-01&quantity=1", ("Réservé à d’autres", "connect-commune")),
        ("code=mairie-socle-v1&customer=albert&on=2024-03-01&quantity=1", ("de quoi chiffrer", "2 000 habitants")),
        ("code=inconnu&customer=albert&on=2024-03-01&quantity=1", ("est inconnu de la grille", "Introuvable")),
        ("code=vm-go&customer=albert&on=demain&quantity=1", ("valide", "La demande est à compléter")),
        ("code=vm-go&customer=albert&on=2024-03-01&quantity=-1", ("Une quantité positive", "à compléter")),
        ("code=vm-go&customer=albert&on=2024-03-01&quantity=NaN", ("à compléter",)),
        ("code=vm-go&customer=albert&on=2024-03-01&quantity=1e30", ("quantité impossible",)),
        ("code=&customer=&on=2024-03-01&quantity=1", ("Ce champ est nécessaire",)),
    ],
)  # fmt: skip
def test_a_price_that_does_not_exist_is_refused_with_why_and_what_to_do(
    technician: FlaskClient, query: str, words: tuple[str, ...]
) -> None:
    page = _plain(text(technician, f"/grille/devis?{query}"))
    for expected in words:
        assert expected in page
    assert 'class="price"' not in page


def test_a_quantity_may_be_typed_with_a_comma(technician: FlaskClient) -> None:
    page = _plain(text(technician, "/grille/devis?code=dc-elec&customer=albert&on=2024-03-01&quantity=1 000,5"))
    assert "200,10 €" in page


def test_a_commune_does_not_open_the_grid(commune: FlaskClient) -> None:
    for path in ("/grille/", "/grille/lignes/vm1", "/grille/devis"):
        assert commune.get(path).status_code == 403
