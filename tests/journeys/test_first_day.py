"""The first day of an operator: sources connected, customers imported, what runs unbilled becomes dated orders."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from dcops import db, wiring
from dcops.app import create_app
from dcops.auth.users import add_user
from dcops.billing.dry_run import dry_run
from dcops.catalogue.grids import load_shipped
from dcops.cli import cli
from dcops.config import Settings, load
from dcops.demo import launch
from dcops.demo.folder import Folder
from dcops.sections import Antivirus
from dcops.web import formats
from dcops.wiring import Parts
from inventory import first_day_store, plan_store, store
from inventory.clock import SystemClock, civil_date
from tests.browser.conftest import WIDTHS, keep, log_in

pytestmark = pytest.mark.browser
PASSWORD = "quatre mots pris au hasard"
A_WHILE = 60_000
"""Milliseconds that a comparison of the whole demo may take on a busy machine."""


@pytest.fixture(scope="module")
def installed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Parts]]:
    """An empty dcops, with nothing but the demo's Proxmox and NetBox in its settings, and its address."""
    folder = Folder(tmp_path_factory.mktemp("first-day"))
    child, ports = launch.start_simulators(folder)
    folder.write_settings(ports, "127.0.0.1:0")
    parts = wiring.build(only_proxmox_and_netbox(load(folder.settings, {})), {})
    db.upgrade(parts.database)
    with parts.database.transaction() as tx:
        load_shipped(tx)
        add_user(tx, "dominique", "Dominique", "accountant", PASSWORD, SystemClock().now())
    server = make_server("127.0.0.1", 0, create_app(parts), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", parts
    server.shutdown()
    thread.join()
    server.server_close()
    parts.database.dispose()
    child.communicate(timeout=30)


def only_proxmox_and_netbox(settings: Settings) -> Settings:
    proxmox = [cluster for cluster in settings.proxmox if cluster.kind == "pve"]
    return settings.model_copy(update={"proxmox": proxmox, "antivirus": Antivirus()})


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDTHS["desktop"], locale="fr-FR", timezone_id="Europe/Paris")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def customers_file(folder: Path) -> Path:
    """The customers of the operator, as a CSV file of its own: a code, a name, a kind."""
    with (files("dcops") / "demo" / "communes.csv").open(encoding="utf-8", newline="") as read:
        known = [{name: row[name] for name in ("code", "name", "kind")} for row in csv.DictReader(read)]
    path = folder / "customers.csv"
    with path.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, ["code", "name", "kind", "member_from"])
        writer.writeheader()
        writer.writerows({**row, "member_from": "2020-01-01"} for row in known)
    return path


def test_from_nothing_to_orders_in_one_sitting(installed: tuple[str, Parts], page: Page, tmp_path: Path) -> None:
    url, parts = installed
    log_in(page, url, "dominique", PASSWORD)
    page.get_by_role("link", name="Commencer").click()
    expect(page.get_by_role("heading", level=1, name="Premier jour")).to_be_visible()
    expect(page.locator("#sources")).to_contain_text("jamais interrogée")

    imported = CliRunner().invoke(cli, ["customers", "import", str(customers_file(tmp_path))], obj=parts)
    assert imported.exit_code == 0, imported.output

    page.get_by_role("button", name="Interroger les sources et comparer").click()
    expect(page.get_by_text("Dernière comparaison")).to_be_visible(timeout=A_WHILE)
    page.goto(f"{url}/premier-jour/")
    with parts.database.transaction() as tx:
        owners = first_day_store.unbilled(tx)
        euros, count = sum(one.eur_per_year for one in owners), sum(one.count for one in owners)
        assert any(one.code is None for one in owners)
        assert any(one.code is not None for one in owners)
    assert count > 20
    expect(page.locator(".stat", has_text="Rapporterait en un an")).to_contain_text(formats.amount(euros))
    keep(page, "first-day-1-found")

    rows = page.locator("#constat form tbody tr")
    known = rows.filter(has_not_text="inconnue")
    for place in range(2):
        known.nth(place).get_by_role("checkbox").check()
    rows.filter(has_text="inconnue").first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Choisir dates et collectivités").click()
    start = civil_date(SystemClock().now()).replace(day=1)
    page.get_by_label("Date d’effet des commandes").fill(start.isoformat())
    page.get_by_label("Collectivité, là où personne ne sait").fill("Péronne")
    page.get_by_role("button", name="Mettre l’aperçu à jour").click()
    expect(page.get_by_text(f"pour Péronne dès le {start:%d/%m/%Y}")).to_be_visible()
    keep(page, "first-day-2-preview")
    with parts.database.transaction() as tx:
        assert store.machines(tx) == []
    page.get_by_label("Motif").fill("Premier jour : ce qui tournait sans commande")
    page.get_by_role("button", name="Enregistrer ce plan (3 actions)").click()
    page.wait_for_url("**/ecarts/plans/*")
    page.get_by_label("J’ai relu ce plan").check()
    page.get_by_role("button", name="Appliquer le plan").click()
    expect(page.get_by_text("3 actions faites")).to_be_visible(timeout=A_WHILE)
    keep(page, "first-day-3-applied")
    ordered_as_they_run(parts, start)

    page.goto(f"{url}/premier-jour/")
    page.get_by_role("button", name="Interroger les sources et comparer").click()
    expect(page.get_by_text("3 résolus")).to_be_visible(timeout=A_WHILE)
    with parts.database.transaction() as tx:
        (plan,) = plan_store.plans(tx)
        assert [action.finding.state for action in plan_store.plan(tx, plan.id).actions] == ["VERIFIED"] * 3
        bills = dry_run(tx, start.year, parts.settings)
        owners = {order.customer.code for order in store.machines(tx)}
    assert {invoice.customer_code for invoice in bills.invoices} == owners
    bases = [line for invoice in bills.invoices for line in invoice.lines if line.code == "vm1"]
    assert sum(line.quantity for line in bases) == 3
    assert {line.start for line in bases} == {start}
    assert "peronne" in owners


def ordered_as_they_run(parts: Parts, start: date) -> None:
    """Each order has the sizes of the machine that runs, from the day that was chosen."""
    with parts.database.transaction() as tx:
        (plan,) = plan_store.plans(tx)
        actions = plan_store.plan(tx, plan.id).actions
        assert [action.finding.state for action in actions] == ["APPLIED"] * 3
        real = {(a.finding.real["cluster"], a.finding.real["vmid"]): a.finding.real for a in actions}
        orders = store.machines(tx)
        assert len(orders) == 3
        for order in orders:
            found = real[(order.cluster, order.vmid)]
            assert (order.vcpu, order.ram_gb, order.disk_gb) == (found["vcpu"], found["ram_gb"], found["disk_gb"])
            assert (order.name, order.start, order.end) == (found["name"], start, None)
