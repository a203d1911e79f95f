"""A technician decides of an exception: it is read, written by hand, and the energy says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dcops.wiring import Parts
from metering import store
from metering.exceptions.checking import validate
from metering.period import HOUR
from metering.readings import Reading
from metering.register import append_readings
from tests.browser.conftest import WIDTHS, keep, served, whole
from tests.browser.test_pages import overflow, problems
from tests.conftest import NOW

pytestmark = pytest.mark.browser
AT = datetime(2024, 5, 20, 8, tzinfo=UTC)
NUMBERS = dict(zip(sorted(WIDTHS), ("A", "B"), strict=True))
"""One feed jumps for each width: an exception is decided once."""


@pytest.fixture(scope="module")
def site(web_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(web_template, tmp_path_factory.mktemp("exceptions"), jump) as address:
        yield address


def jump(parts: Parts) -> None:
    """Both feeds of A01 jump by 60 kWh in an hour, between two hours of 0.6 kWh."""
    with parts.database.transaction() as tx:
        for feed in NUMBERS.values():
            registers = (4_000_000, 4_000_600, 4_060_600, 4_061_200)
            told = [Reading(AT + n * HOUR, wh, 600) for n, wh in enumerate(registers)]
            append_readings(tx, store.meter(tx, f"A01-{feed}"), told, NOW)
        validate(tx, NOW)


def test_a_technician_writes_the_energy_of_a_jump(visit: Callable[[str], Page], site: str, width: str) -> None:
    meter = f"A01-{NUMBERS[width]}"
    page = visit("tech")
    page.goto(f"{site}/energie/?month=2024-05")
    page.get_by_role("link", name="Exceptions", exact=True).first.click()
    whole(page)
    keep(page, f"exceptions-{width}")
    assert problems(page) == []
    assert overflow(page) <= 0
    page.get_by_role("row", name=meter).filter(has_text="Au-delà du possible").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name="Au-delà du possible")).to_be_visible()
    expect(page.locator("#index-autour .scatterlayer .trace")).to_have_count(2)
    keep(page, f"exception-{width}")
    assert problems(page) == []
    assert overflow(page) <= 0
    page.get_by_label("Corriger : écrire l’énergie").check()
    page.get_by_label("Énergie de la période (kWh)").fill("0.75")
    page.get_by_label("Motif").fill("index relevé sur l’afficheur")
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.get_by_text("Décision enregistrée : corrigé.")).to_be_visible()
    expect(page.locator("#decisions")).to_contain_text("0,750 kWh")
    assert problems(page) == []
    page.goto(f"{site}/energie/?month=2024-05")
    expect(page.get_by_role("row", name="A01").first).to_contain_text("Dont corrigé")
