"""The whole demo as three people walk through it: the technician, the accountant, the commune."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from dcops.app import create_app
from dcops.billing.dry_run import dry_run
from dcops.demo import launch
from dcops.demo.folder import Folder
from dcops.support import hours
from dcops.web import formats
from dcops.wiring import Parts
from inventory.clock import SystemClock, civil_date
from tests.browser.conftest import WIDTHS, keep, log_in

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Demo:
    """The demo, running: its address and its parts."""

    url: str
    parts: Parts


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Simulators in a child, a database filled as `make run` fills it, every job run once, a live server."""
    folder = Folder(tmp_path_factory.mktemp("demo"))
    child, ports = launch.start_simulators(folder)
    with ThreadPoolExecutor(1) as elsewhere:  # the browser's driver already runs an event loop in this thread
        now = SystemClock().now()
        parts = elsewhere.submit(launch.prepare, folder, ports, "127.0.0.1:0", now, print).result()
    server = make_server("127.0.0.1", 0, create_app(parts), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Demo(f"http://127.0.0.1:{server.server_port}", parts)
    server.shutdown()
    thread.join()
    server.server_close()
    parts.database.dispose()
    child.communicate(timeout=30)  # closing its input ends it


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser as wide as a desk."""
    context = browser.new_context(viewport=WIDTHS["desktop"], locale="fr-FR", timezone_id="Europe/Paris")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def menu(page: Page, entry: str) -> None:
    page.get_by_role("navigation", name="Menu principal").get_by_role("link", name=entry, exact=True).click()


def heading(page: Page, words: str) -> None:
    """The page of that title, however long a whole year takes to compute on a busy machine."""
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible(timeout=60_000)


def euros(text: str) -> float:
    """The value of ``1 234,56 €``."""
    return float("".join(c for c in text.replace(",", ".") if c.isdigit() or c == "."))


def test_the_technician_finds_a_rack_and_what_costs_most(demo: Demo, page: Page) -> None:
    log_in(page, demo.url, "technicien", "demo-technicien")
    heading(page, "Tableau de bord")
    keep(page, "walk-1-dashboard")

    menu(page, "Baies")
    page.get_by_role("link", name="A03", exact=True).click()
    heading(page, "Baie A03")
    drawing = page.get_by_role("region", name="Élévation de la baie").locator("svg")
    expect(drawing).to_be_visible()
    expect(drawing).to_contain_text("Abbeville")
    keep(page, "walk-2-rack")

    page.get_by_label("Du", exact=True).fill("2024-03-01")
    page.get_by_label("Au (inclus)").fill("2024-03-31")
    page.get_by_role("button", name="Afficher").click()
    expect(page.locator("#courbe figcaption")).to_have_text("Énergie par jour")
    expect(page.locator("#courbe-graphique .barlayer .point")).not_to_have_count(0)
    page.get_by_text("Voir le tableau des valeurs").click()
    expect(page.get_by_role("cell", name="31/03/2024")).to_be_visible()

    menu(page, "Écarts")
    heading(page, "Écarts")
    yearly = [euros(text) for text in page.locator("tbody td[data-label^='Par an']").all_inner_texts()]
    assert len(yearly) > 10
    assert yearly == sorted(yearly, reverse=True)
    assert yearly[0] > 1000
    keep(page, "walk-3-findings")


def test_the_accountant_sees_why_each_amount_of_2024(demo: Demo, page: Page) -> None:
    with demo.parts.database.transaction() as tx:
        run = dry_run(tx, 2024, demo.parts.settings)
    log_in(page, demo.url, "comptable", "demo-comptable")
    menu(page, "Facturation")
    page.get_by_label("Année facturée").select_option("2024")
    page.get_by_role("link", name="Simulation de l’année 2024").click()
    heading(page, "Simulation 2024")
    expect(page.locator(".stat").first).to_contain_text(formats.amount(run.net))
    keep(page, "walk-4-dry-run")

    page.get_by_role("link", name="Abbeville", exact=True).click()
    heading(page, "Abbeville")
    line = page.locator("details", has_text="Part variable indexée sur la consommation électrique").first
    line.locator("summary").click()
    expect(line).to_contain_text("Relevés aux bornes")
    expect(line).to_contain_text("pdu-a03-a@")
    keep(page, "walk-5-invoice")


def test_the_commune_sees_its_hours_and_nothing_of_others(demo: Demo, page: Page) -> None:
    today = civil_date(datetime.now(UTC))
    with demo.parts.database.transaction() as tx:
        balance = hours.balance(tx, "abbeville", today)
    log_in(page, demo.url, "abbeville", "demo-abbeville")
    heading(page, "Abbeville")
    figure = page.locator(".stat", has_text="Heures restantes")
    expect(figure).to_contain_text(formats.minutes(balance.remaining_minutes))
    keep(page, "walk-6-commune")
    answer = page.goto(f"{demo.url}/baies/A03")
    assert answer is not None
    assert answer.status == 403
