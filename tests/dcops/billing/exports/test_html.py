"""The page stands alone, escapes what it is told, says what the PDF says, and is read by everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html as parser

from dcops.billing.document import Document
from dcops.billing.exports import html
from dcops.billing.exports.wording import worded
from dcops.catalogue import sections, units
from tests.dcops.billing.exports.documents import BUYER, credit_note, invoice, line, outside
from tests.dcops.billing.exports.snapshot import assert_kept
from tests.dcops.billing.exports.test_facturx import EXEMPT, changed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DRAFT = {"number": None, "series": None, "sequence": None, "issued_on": None, "due_on": None}


def said(document: Document) -> str:
    """The text of the page, in one line."""
    return " ".join(parser.fromstring(html.render(document)).text_content().replace("\u00a0", " ").split())


def test_it_needs_no_other_file_and_runs_nothing() -> None:
    page = parser.fromstring(html.render(invoice()))
    assert (
        page.xpath("//script | //link | //img | //iframe | //*[@style] | //@src | //@*[starts-with(name(), 'on')]")
        == []
    )
    assert "url(" not in page.findtext(".//style")
    assert page.get("lang") == "fr"


def test_what_it_is_told_is_text_and_never_markup() -> None:
    nasty = "<script>alert(1)</script> & « d'été »"
    page = html.render(
        invoice(buyer=replace(BUYER, name=nasty), lines=(line(1, "x", nasty, "1", "1", "1.00"),))
    ).decode()
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; «\u00a0d’été\u00a0»") == 2


def test_it_says_all_that_is_worded() -> None:
    document = changed(EXEMPT)
    words, page = worded(document), said(document)
    pairs = [
        text for pair in (*words.facts, *words.totals, words.due, *words.payment, *words.mentions) for text in pair
    ]
    rows = [text for group in words.groups for row in group.rows for text in (row.label, *row.details, row.amount)]
    expected = [
        words.number,
        *words.seller,
        *words.buyer,
        words.terms,
        *pairs,
        *rows,
        *(part.reason for part in words.vat),
    ]
    assert [text for text in expected if " ".join(text.replace("\u00a0", " ").split()) not in page] == []


def test_a_credit_note_shows_positive_amounts_and_its_reason_first() -> None:
    page = said(credit_note())
    assert "Motif de l’avoir : Part de baie rendue au 30 juin, facturée à tort." in page
    assert "Montant de l’avoir12 842,02 €" in page
    assert re.search(r"[-−]\s?\d[\d\s]*,\d\d", page.partition("Destinataire")[2]) is None


def test_a_draft_says_that_it_is_one() -> None:
    page = said(invoice(**DRAFT))
    assert "Projet de facture" in page
    assert "rien n’est à payer" in page


def test_the_thing_a_line_is_for_is_named_where_its_customer_knows_it() -> None:
    order = {"order": {"order": "share", "name": "A01, baie entière"}}
    one = line(1, "dc-baie-42u", "Baie", "1", "8400", "8400.00", evidence=order)
    other = replace(one, evidence={"order": {"order": "antivirus", "name": "workstation"}})
    details = [worded(invoice(lines=(each,))).groups[0].rows[0].details[0] for each in (one, other)]
    assert details == [
        "A01, baie entière · Du 01/01/2024 au 31/12/2024 · grille 2024",
        "Du 01/01/2024 au 31/12/2024 · grille 2024",
    ]


def test_sections_follow_the_grid_and_units_are_french_with_a_code() -> None:
    lines = tuple(
        line(n, "x", "Ligne", "1", "1", "1.00", section=key) for n, key in enumerate(("13", "2", "z", "1.1"), 1)
    )
    titles = [group.title for group in worded(invoice(lines=lines)).groups]
    assert titles == ["1.1 · Actes", "2 · Marchés publics", "13 · Hébergement au data center", "z"]
    assert sections.title("z") == ""
    assert set(units.CODES) <= set(units.UNITS)
    assert (units.in_french("VM/year"), units.code("VM/year"), units.code("kWh")) == ("machine par an", "C62", "KWH")
    assert units.in_french("voted later") == "voted later"


@pytest.mark.parametrize(
    ("name", "document"),
    [("invoice", invoice), ("credit_note", credit_note), ("outside", outside), ("draft", lambda: invoice(**DRAFT))],
)
def test_the_whole_page_is_the_kept_one_each_time(name: str, document: Callable[[], Document]) -> None:
    assert_kept(f"{name}.html", html.render(document()))
    assert html.render(document()) == html.render(document())


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("document", [invoice(), credit_note(), changed(EXEMPT), invoice(**DRAFT)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, tmp_path: Path, document: Document, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    path = tmp_path / "page.html"
    path.write_bytes(html.render(document))
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(path.as_uri())
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
