"""An accountant bills a year in a real browser: draft, review, issue, why, PDF, credit note, nothing left to bill."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect
from werkzeug.serving import make_server

from dcops.app import create_app
from dcops.billing import store
from dcops.config import Settings
from dcops.db import Database
from dcops.sections import Billing, Web
from dcops.web import formats
from dcops.wiring import Parts
from inventory.clock import FixedClock
from tests.browser.conftest import WIDTHS, keep, log_in
from tests.conftest import NOW
from tests.dcops.web.conftest import ISSUER, web_template
from tests.journeys.test_walk import heading, menu

__all__ = ["web_template"]
pytestmark = pytest.mark.browser


@pytest.fixture
def office(web_template: Path, tmp_path: Path) -> Iterator[tuple[str, Parts]]:
    """A live server on the seeded data centre, nothing billed yet: its address and its parts."""
    shutil.copy(web_template, tmp_path / "dcops.db")
    database = Database(f"sqlite:///{tmp_path / 'dcops.db'}")
    settings = Settings(
        operator=ISSUER, web=Web(secret_file=tmp_path / "key"), billing=Billing(exports_dir=tmp_path / "exports")
    )
    parts = Parts(settings, database, FixedClock(NOW), {})
    server = make_server("127.0.0.1", 0, create_app(parts), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", parts
    server.shutdown()
    thread.join()
    server.server_close()
    database.dispose()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser as wide as a desk that must complain of nothing."""
    context = browser.new_context(viewport=WIDTHS["desktop"], locale="fr-FR", timezone_id="Europe/Paris")  # type: ignore[arg-type]
    opened, complaints = context.new_page(), []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    yield opened
    context.close()
    assert complaints == []


def bytes_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def prepare(page: Page, year: str) -> None:
    """From the menu, draft the bills of a year."""
    menu(page, "Facturation")
    page.get_by_label("Année facturée").select_option(year)
    page.get_by_role("button", name=f"Préparer la facturation de l’année {year}").click()


def issue(page: Page) -> None:
    """From the page of a run, through what will be issued."""
    page.get_by_role("link", name="Émettre…").click()
    expect(page.get_by_text("Ce qui va être émis")).to_be_visible()
    page.get_by_role("button", name="Émettre définitivement").click()


def test_a_year_is_billed_from_draft_to_credit_note(office: tuple[str, Parts], page: Page) -> None:
    url, parts = office
    log_in(page, url, "compta")
    prepare(page, "2024")
    heading(page, "Campagne 2024-1")
    row = page.get_by_role("row", name="Ville d’Albert")
    expect(row).to_contain_text("nouvelle")
    page.get_by_role("link", name="Ne voir qu’eux").click()
    expect(row).to_be_visible()
    keep(page, "billing-1-review")

    page.get_by_role("link", name="Documents", exact=True).last.click()
    page.get_by_role("link", name="Projet 1").click()
    expect(page.get_by_text("PROJET", exact=True)).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Marquer comme relue").click()
    expect(page.get_by_role("alert").or_(page.get_by_role("status"))).to_contain_text("est relue")
    issue(page)
    expect(page.get_by_role("link", name="F-2024-00001")).to_be_visible()
    keep(page, "billing-2-issued")

    page.get_by_role("link", name="F-2024-00001").click()
    heading(page, "Facture F-2024-00001")
    line = page.locator("details.invoice-line", has_text="VM1 (1 vcpu")
    line.locator("summary").click()
    expect(line).to_contain_text("Comité syndical du 29 janvier 2024")
    expect(line.get_by_role("link", name="web-01")).to_be_visible()
    expect(line).to_contain_text("adhérent")
    keep(page, "billing-3-why")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert download.value.suggested_filename == "F-2024-00001.pdf"
    assert bytes_of(download.value).startswith(b"%PDF")

    page.get_by_role("link", name="Émettre un avoir…").click()
    page.get_by_role("checkbox", name="VM1 (1 vcpu").check()
    page.get_by_label("Motif").fill("Machine rendue en janvier")
    page.get_by_role("button", name="Voir l’avoir avant de l’émettre").click()
    with parts.database.transaction() as tx:
        credited = next(one for one in store.document(tx, "F-2024-00001").lines if one.code == "vm1")
    expect(page.get_by_text("Ce qui va être émis")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text(formats.amount(credited.amount))
    keep(page, "billing-4-credit")
    page.get_by_role("button", name="Modifier").click()
    expect(page.get_by_label("Motif")).to_have_value("Machine rendue en janvier")
    page.get_by_role("button", name="Voir l’avoir avant de l’émettre").click()
    page.get_by_role("button", name="Émettre l’avoir").click()
    heading(page, "Avoir F-2024-00003")
    page.get_by_role("link", name="F-2024-00001").first.click()
    heading(page, "Facture F-2024-00001")
    expect(page.get_by_role("link", name="F-2024-00003")).to_be_visible()

    prepare(page, "2024")
    heading(page, "Facturation")
    expect(page.get_by_text("2024 : rien à facturer ni à corriger")).to_be_visible()
    with parts.database.transaction() as tx:
        assert [row.number for row in store.issued(tx)] == ["F-2024-00003", "F-2024-00002", "F-2024-00001"]


def test_all_the_pdfs_are_prepared_while_one_looks(office: tuple[str, Parts], page: Page) -> None:
    url, _ = office
    log_in(page, url, "compta")
    prepare(page, "2024")
    heading(page, "Campagne 2024-1")
    issue(page)
    page.get_by_role("link", name="Exports").first.click()
    page.get_by_role("button", name="Préparer tous les PDF").click()
    ready = page.get_by_role("link", name="factures-2024-1.zip")
    expect(ready).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        ready.click()
    assert bytes_of(download.value).startswith(b"PK")


def test_a_commune_finds_its_invoice(office: tuple[str, Parts], page: Page) -> None:
    url, parts = office
    log_in(page, url, "compta")
    prepare(page, "2024")
    heading(page, "Campagne 2024-1")
    issue(page)
    page.context.clear_cookies()
    log_in(page, url, "mairie")
    row = page.get_by_role("row", name="F-2024-00001")
    with parts.database.transaction() as tx:
        expect(row).to_contain_text(formats.amount(store.document(tx, "F-2024-00001").gross))
    with page.expect_download() as download:
        row.get_by_role("link", name="Télécharger F-2024-00001").click()
    assert bytes_of(download.value).startswith(b"%PDF")
    keep(page, "billing-5-portal")
