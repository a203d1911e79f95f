"""A live server on the seeded data centre, and browsers of two widths that log in to it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect
from werkzeug.serving import make_server

from dcops.app import create_app
from dcops.billing import runs
from dcops.config import Settings
from dcops.db import Database
from dcops.sections import Billing, Web
from dcops.wiring import Parts
from inventory.clock import FixedClock
from tests.conftest import NOW
from tests.dcops.web.conftest import ISSUER, PASSWORD, web_template

__all__ = ["web_template"]
WIDTHS: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1440, "height": 900},
}


@pytest.fixture(scope="session")
def site(web_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a live server on the seeded data centre."""
    with served(web_template, tmp_path_factory.mktemp("site"), bill) as address:
        yield address


@contextmanager
def served(web_template: Path, folder: Path, prepare: Callable[[Parts], None]) -> Iterator[str]:
    """The address of a live server on a copy of the seeded data centre, once that is prepared."""
    shutil.copy(web_template, folder / "dcops.db")
    database = Database(f"sqlite:///{folder / 'dcops.db'}")
    settings = Settings(
        operator=ISSUER, web=Web(secret_file=folder / "key"), billing=Billing(exports_dir=folder / "exports")
    )
    parts = Parts(settings, database, FixedClock(NOW), {})
    prepare(parts)
    server = make_server("127.0.0.1", 0, create_app(parts), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    database.dispose()


def bill(parts: Parts) -> None:
    """The year 2023 is issued as 2023-1, the year 2024 is a draft, 2024-1."""
    with parts.database.transaction() as tx:
        run = runs.draft(tx, 2023, parts.settings, "compta", NOW)
        assert run is not None
        runs.issue(tx, run.name, parts.settings, "compta", NOW)
    with parts.database.transaction() as tx:
        assert runs.draft(tx, 2024, parts.settings, "compta", NOW) is not None


def log_in(page: Page, site: str, login: str, password: str = PASSWORD) -> None:
    """Through the form, as a person does."""
    page.goto(f"{site}/connexion")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: "/connexion" not in url)


@pytest.fixture(params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> str:
    """Each test at the width of a phone and of a desk."""
    return str(request.param)


@pytest.fixture(scope="module")
def entered(browser: Browser, site: str) -> Callable[[str], Any]:
    """The cookies of a user who went through the login form, once per module: it is slow on purpose."""

    @cache
    def of(login: str) -> Any:
        context = browser.new_context()
        log_in(context.new_page(), site, login)
        state = context.storage_state()
        context.close()
        return state

    return of


@pytest.fixture(scope="module")
def pages(browser: Browser, entered: Callable[[str], Any]) -> Iterator[Callable[[str, str], Page]]:
    """The page of a user at a width, kept for the module: scripts that it has read are read faster."""
    opened: list[BrowserContext] = []

    @cache
    def of(login: str, width: str) -> Page:
        looks: Any = {"viewport": WIDTHS[width], "locale": "fr-FR", "timezone_id": "Europe/Paris"}
        opened.append(browser.new_context(storage_state=entered(login) if login else None, **looks))
        return opened[-1].new_page()

    yield of
    for context in opened:
        context.close()


@pytest.fixture
def visit(pages: Callable[[str, str], Page], width: str) -> Iterator[Callable[[str], Page]]:
    """A browser of that width as a user: ``visit("tech")``, or as nobody: ``visit("")``. What it complains of fails."""
    complaints: list[str] = []
    heard: list[Page] = []

    def failed(error: Any) -> None:
        complaints.append(str(error))

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def as_user(login: str) -> Page:
        page = pages(login, width)
        page.set_viewport_size(WIDTHS[width])
        page.on("pageerror", failed)
        page.on("console", said)
        heard.append(page)
        return page

    yield as_user
    for page in heard:
        page.remove_listener("pageerror", failed)
        page.remove_listener("console", said)
    assert complaints == []


def whole(page: Page) -> None:
    """Wait until the parts of a page that come after it are there; what a closed fold holds comes when it opens."""
    expect(page.locator("[aria-busy=true], [data-load]:not(details:not([open]) *)")).to_have_count(0)


def keep(page: Page, name: str) -> None:
    """A screenshot of the whole page in the folder that ``DCOPS_SCREENSHOTS`` names, if it does."""
    folder = os.environ.get("DCOPS_SCREENSHOTS")
    if folder:
        whole(page)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
