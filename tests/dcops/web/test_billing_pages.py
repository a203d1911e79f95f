"""Billing as people read it: the home, a run and its review, documents and why, files, the portal, the search."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dcops.billing import runs, store
from dcops.billing.dry_run import dry_run
from dcops.config import Settings
from dcops.web import formats
from dcops.wiring import Parts
from inventory.french import typeset
from tests.conftest import NOW
from tests.dcops.web.browsing import text
from tests.dcops.web.conftest import ISSUER


def drafted(parts: Parts, year: int = 2023) -> str:
    """The name of the draft of a year."""
    with parts.database.transaction() as tx:
        run = runs.draft(tx, year, parts.settings, "compta", NOW)
        assert run is not None
        return run.name


def issued(parts: Parts, year: int = 2023) -> list[str]:
    """The numbers of the documents of a year, once issued."""
    name = drafted(parts, year)
    with parts.database.transaction() as tx:
        run = runs.issue(tx, name, parts.settings, "compta", NOW)
        return [row.number or "" for row in store.documents_of(tx, run.id)]


def test_the_home_says_what_to_do_when_nothing_was_ever_billed(accountant: FlaskClient) -> None:
    page = text(accountant, "/facturation/")
    assert "Aucune campagne\xa0: rien n’a encore été facturé ici." in page
    assert "Préparer la facturation de l’année" in page
    assert "2023" in page


def test_what_remains_to_be_billed_is_what_a_draft_would_bill(accountant: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        owed = dry_run(tx, 2023, web_parts.settings).net
    assert formats.amount(owed) in text(accountant, "/facturation/reste?year=2023")
    issued(web_parts)
    assert "tout ce qui est dû est émis" in text(accountant, "/facturation/reste?year=2023")
    home = text(accountant, "/facturation/?year=2023")
    assert formats.amount(owed) in home.split("Émis pour 2023")[1].split("Reste")[0]


def test_a_run_shows_its_steps_and_what_it_adds_up_to(accountant: FlaskClient, web_parts: Parts) -> None:
    name = drafted(web_parts)
    page = text(accountant, f"/facturation/campagnes/{name}")
    with web_parts.database.transaction() as tx:
        totals = store.totals(tx)[store.run(tx, name).id]
    assert formats.amount(totals.gross) in page
    brouillon, relue, emise = re.findall(r"<li class=\"[^\"]*\".*?</li>", page.split('class="steps"')[1], re.DOTALL)[:3]
    assert "par compta le <time" in re.sub(r"\s+", " ", brouillon)
    assert "à faire" in relue
    assert "à faire" in emise


def test_a_review_compares_with_the_year_before_and_flags(accountant: FlaskClient, web_parts: Parts) -> None:
    drafted(web_parts, 2023)
    name = drafted(web_parts, 2024)
    page = text(accountant, f"/facturation/campagnes/{name}")
    assert "simulé" in page
    assert "Rien n’a été émis ici pour 2023" in " ".join(page.split())
    sheet = accountant.get(f"/facturation/campagnes/{name}?format=csv").get_data(as_text=True)
    heads, *rows = csv.reader(sheet.removeprefix("\ufeff").splitlines(), delimiter=";")
    assert heads == ["Collectivité", "2023", "2024", "Différence", "Évolution", "À regarder"]
    by_name = {row[0]: row for row in rows}
    assert by_name["Ville d’Albert"][5] == "nouvelle"
    for row in rows:
        assert Decimal(row[2]) - Decimal(row[1]) == Decimal(row[3])


def test_a_review_can_show_what_stands_out_only(accountant: FlaskClient, web_parts: Parts) -> None:
    name = drafted(web_parts, 2024)
    table = text(accountant, f"/facturation/campagnes/{name}?ecart=new").split("<tbody>")[1]
    assert "Ville d’Albert" in table
    assert (
        "Ville d’Albert"
        not in text(accountant, f"/facturation/campagnes/{name}?ecart=gone")
        .split("<main")[1]
        .split("Ce qui manquera")[0]
    )


def test_a_review_says_what_documents_will_lack_and_leads_to_the_customer(
    accountant: FlaskClient, web_parts: Parts
) -> None:
    name = drafted(web_parts, 2024)
    panel = text(accountant, f"/facturation/campagnes/{name}").split("Ce qui manquera aux documents")[1]
    assert 'href="/collectivites/albert"' in panel.split("</section>")[0]


def test_what_was_left_out_says_why(accountant: FlaskClient, web_parts: Parts) -> None:
    name = drafted(web_parts, 2024)  # half a year of load only
    page = text(accountant, f"/facturation/campagnes/{name}/non-facture")
    assert "mesures insuffisantes" in page
    assert "dc-elec" in page


def test_documents_of_a_run_are_listed_and_add_up(accountant: FlaskClient, web_parts: Parts) -> None:
    name = drafted(web_parts, 2024)
    sheet = accountant.get(f"/facturation/campagnes/{name}/documents?format=csv").get_data(as_text=True)
    _, *rows = csv.reader(sheet.removeprefix("\ufeff").splitlines(), delimiter=";")
    with web_parts.database.transaction() as tx:
        totals = store.totals(tx)[store.run(tx, name).id]
    assert sum(Decimal(row[4]) for row in rows) == totals.net
    assert sum(Decimal(row[6]) for row in rows) == totals.gross


def test_a_draft_is_shown_as_a_project_until_it_is_issued(accountant: FlaskClient, web_parts: Parts) -> None:
    name = drafted(web_parts, 2024)
    with web_parts.database.transaction() as tx:
        first = store.documents_of(tx, store.run(tx, name).id)[0].id
    page = text(accountant, f"/facturation/brouillons/{first}")
    assert "PROJET" in page
    assert "ce document n’est pas émis" in page
    pdf = accountant.get(f"/facturation/brouillons/{first}.pdf")
    assert pdf.data.startswith(b"%PDF")
    with web_parts.database.transaction() as tx:
        runs.issue(tx, name, web_parts.settings, "compta", NOW)
    moved = accountant.get(f"/facturation/brouillons/{first}")
    assert (moved.status_code, moved.location) == (302, "/facturation/factures/F-2024-00001")


def test_an_invoice_is_a_page_with_its_parties_lines_and_mentions(accountant: FlaskClient, web_parts: Parts) -> None:
    number = issued(web_parts, 2024)[0]
    page = text(accountant, f"/facturation/factures/{number}")
    for words in (number, ISSUER.name, "Ville d’Albert", "12 · Machines virtuelles", "VM1 (1 vcpu", "Contestation"):
        assert words in page, words
    with web_parts.database.transaction() as tx:
        row = store.document(tx, number)
        assert page.count('class="invoice-line"') == len(row.lines)
        assert formats.amount(row.gross) in page


def test_every_line_says_why_it_has_its_amount(accountant: FlaskClient, web_parts: Parts) -> None:
    number = issued(web_parts, 2024)[0]
    with web_parts.database.transaction() as tx:
        lines = store.document(tx, number).lines
    for line in lines:
        part = text(accountant, f"/facturation/factures/{number}/lignes/{line.position}?part")
        assert "<html" not in part
        assert typeset(line.evidence["deliberation"]) in part
        assert all(typeset(sentence).split("&")[0] in part for sentence in line.explanation if "'" not in sentence)
        assert "Grille et vote" in text(accountant, f"/facturation/factures/{number}/lignes/{line.position}")


def test_why_leads_to_the_grid_and_to_the_contract(accountant: FlaskClient, web_parts: Parts) -> None:
    number = issued(web_parts, 2024)[0]
    with web_parts.database.transaction() as tx:
        line = next(line for line in store.document(tx, number).lines if line.code == "vm1")
        machine = line.evidence["order"]["id"]
    part = text(accountant, f"/facturation/factures/{number}/lignes/{line.position}?part")
    assert f'href="/contrats/machine/{machine}"' in part
    assert "#section-12" in part
    assert accountant.get(f"/contrats/machine/{machine}").status_code == 200


@pytest.mark.parametrize("path", ["/factures/F-2024-00009", "/factures/F-2024-00001/lignes/99", "/brouillons/999",
                                  "/campagnes/2030-1", "/campagnes/2030-1/exports", "/factures/F-1.pdf"])  # fmt: skip
def test_what_does_not_exist_is_a_page_not_found(accountant: FlaskClient, web_parts: Parts, path: str) -> None:
    issued(web_parts, 2024)
    assert accountant.get(f"/facturation{path}").status_code == 404


def test_an_invoice_leaves_as_pdf_html_and_xml(accountant: FlaskClient, web_parts: Parts) -> None:
    number = issued(web_parts, 2024)[0]
    starts = {"pdf": b"%PDF", "html": b"<!doctype html>", "xml": b"<?xml"}
    for ending, start in starts.items():
        answer = accountant.get(f"/facturation/factures/{number}.{ending}")
        assert answer.data[:20].lower().startswith(start.lower()), ending
        assert f"{number}.{ending}" in answer.headers["Content-Disposition"]


def test_issued_documents_are_filtered_searched_and_exported(accountant: FlaskClient, web_parts: Parts) -> None:
    first, *_ = issued(web_parts, 2023)
    later = issued(web_parts, 2024)
    page = text(accountant, "/facturation/factures?annee=2024")
    assert later[0] in page
    assert first not in page
    assert first in text(accountant, f"/facturation/factures?q={first}")
    book = accountant.get("/facturation/factures?format=xlsx")
    assert book.data.startswith(b"PK")
    assert "Aucun résultat" in text(accountant, "/facturation/factures?nature=credit_note")


def test_titres_leave_as_csv_and_pes_says_line_by_line_what_it_lacks(accountant: FlaskClient, web_parts: Parts) -> None:
    issued(web_parts, 2024)
    exports = "/facturation/campagnes/2024-1/exports"
    page = text(accountant, exports)
    assert f'data-load="{exports}/titres-csv"' in page
    assert f'data-load="{exports}/pes"' in page
    file = re.findall(r'href="([^"]+)"', text(accountant, f"{exports}/titres-csv"))[0]
    rows = list(csv.reader(io.StringIO(accountant.get(file).get_data(as_text=True)), delimiter=";"))
    assert len(rows) > 2
    refused = text(accountant, f"{exports}/pes")
    assert refused.count("<li>") >= 2
    assert "pes.post" in refused


def test_exports_of_a_draft_are_refused_with_what_to_do(accountant: FlaskClient, web_parts: Parts) -> None:
    name = drafted(web_parts, 2024)
    answer = accountant.get(f"/facturation/campagnes/{name}/exports")
    assert answer.status_code == 400
    assert "n’est pas émise" in answer.get_data(as_text=True)


def test_a_commune_downloads_its_invoices_and_no_other(
    commune: FlaskClient, accountant: FlaskClient, web_parts: Parts
) -> None:
    assert "Aucune facture." in text(commune, "/mon-espace/")
    albert, roye = issued(web_parts, 2024)
    page = text(commune, "/mon-espace/")
    assert albert in page
    assert roye not in page
    assert commune.get(f"/mon-espace/factures/{albert}.pdf").data.startswith(b"%PDF")
    other, unknown = (commune.get(f"/mon-espace/factures/{number}.pdf") for number in (roye, "F-2024-00099"))
    assert (other.status_code, unknown.status_code) == (404, 404)
    assert other.get_data(as_text=True).replace(roye, "F-2024-00099") == unknown.get_data(as_text=True)
    assert commune.get(f"/facturation/factures/{albert}").status_code == 403
    assert accountant.get(f"/mon-espace/factures/{albert}.pdf").status_code == 403


def test_the_search_finds_an_invoice_by_its_number(accountant: FlaskClient, web_parts: Parts) -> None:
    number = issued(web_parts, 2024)[0]
    for asked in (number, number.lower(), number[-5:]):
        assert f'href="/facturation/factures/{number}"' in text(accountant, f"/recherche/?q={asked}")
    assert "Factures et avoirs" not in text(accountant, "/recherche/?q=%25")


def test_a_reader_sees_no_button_that_changes_anything(technician: FlaskClient, web_parts: Parts) -> None:
    name = drafted(web_parts, 2024)
    for path in ("/facturation/", f"/facturation/campagnes/{name}"):
        main = text(technician, path).split("<main")[1]
        assert 'method="post"' not in main, path


def test_settings_of_an_issuer_that_is_incomplete_are_told_before_issuing(accountant: FlaskClient, app: Flask) -> None:
    parts = app.extensions["dcops"]
    name = drafted(parts, 2024)
    app.extensions["dcops"] = Parts(Settings(web=parts.settings.web), parts.database, parts.clock, {})
    page = text(accountant, f"/facturation/campagnes/{name}/emission")
    assert "operator.siret" in page
    assert re.search(r"<button[^>]*disabled[^>]*>\s*Émettre définitivement", page)
