"""The PDF is a PDF/A-3 with the Factur-X inside, says what a public body owes, and is the same bytes each time."""

from __future__ import annotations

import gc
import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from fpdf.fonts import TTFFont
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from dcops.billing.document import Document
from dcops.billing.exports import facturx, fonts, html, pdf
from dcops.billing.exports.sheet import Sheet
from tests.dcops.billing.exports.documents import BUYER, MENTIONS, SELLER, credit_note, invoice, line, outside
from tests.dcops.billing.exports.test_facturx import EXEMPT, changed

MM = 25.4 / 72
FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
LONG = "n° {} – très longue désignation d’une œuvre à l’été, « accentuée » & répétée " + "mot " * 60


def opened(document: Document) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf.render(document)))


def pages(document: Document) -> list[str]:
    """The text of each page, spaces that do not break as plain ones."""
    reader = PdfReader(io.BytesIO(pdf.render(document)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def long_invoice(count: int = 80) -> Document:
    """Many lines of five sections, with labels of 200 characters."""
    sections = ("13", "12", "9", "6.2", "16")
    return invoice(
        lines=tuple(
            line(n, "vm1", LONG.format(n)[:200], "12", "60.5", "726.00", section=sections[n % 5])
            for n in range(1, count + 1)
        )
    )


@pytest.mark.parametrize("document", [invoice(), credit_note(), outside(), long_invoice(), changed(EXEMPT)])
def test_it_is_a_pdf_a_3_with_the_xml_of_the_same_document_inside(document: Document) -> None:
    made = opened(document)
    (intent,) = made.Root.OutputIntents
    assert intent.S == pikepdf.Name.GTS_PDFA1
    assert len(intent.DestOutputProfile.read_bytes()) > 1000
    (spec,) = made.Root.AF
    assert spec.AFRelationship == pikepdf.Name.Data
    assert spec.EF.F.Subtype == pikepdf.Name("/text/xml")
    assert str(spec.EF.F.Params.ModDate).startswith(f"D:{document.issued_on:%Y%m%d}")
    assert spec.EF.F.read_bytes() == facturx.xml(document)
    assert list(made.attachments) == ["factur-x.xml"]
    assert made.Root.Lang == "fr"
    assert not made.is_encrypted
    assert made.trailer.ID


@pytest.mark.parametrize("document", [invoice(), credit_note()])
def test_its_metadata_says_pdf_a_3b_and_factur_x_en_16931(document: Document) -> None:
    with opened(document).open_metadata() as told:
        assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("3", "B")
        assert told["dc:title"] == f"{document.title} {document.number}"
        assert told["xmp:CreateDate"] == f"{document.issued_on}T12:00:00+00:00"
        fx = {name: told[f"{{{FX}}}{name}"] for name in ("DocumentType", "DocumentFileName", "ConformanceLevel")}
    assert fx == {"DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "ConformanceLevel": "EN 16931"}


def test_every_font_is_inside_maps_its_letters_back_and_is_as_wide_as_the_page_says() -> None:
    made = opened(long_invoice())
    used = [font for page in made.pages for font in page.Resources.Font.values()]
    assert used
    for font in used:
        assert font.ToUnicode
        inner = font.DescendantFonts[0]
        program = TTFont(io.BytesIO(inner.FontDescriptor.FontFile2.read_bytes()))
        glyphs, names = inner.CIDToGIDMap.read_bytes(), program.getGlyphOrder()
        for code, width in letter_widths(inner).items():
            glyph = int.from_bytes(glyphs[2 * code : 2 * code + 2])
            if glyph:
                told = program["hmtx"][names[glyph]][0] * 1000 / program["head"].unitsPerEm
                assert abs(told - width) <= 1


def test_others_find_the_electronic_invoice_in_it() -> None:
    from facturx import get_facturx_xml_from_pdf

    assert get_facturx_xml_from_pdf(pdf.render(invoice())) == ("factur-x.xml", facturx.xml(invoice()))


def test_an_invoice_says_what_a_public_body_owes() -> None:
    (page,) = pages(invoice())
    for said in (
        "Facture n° CSN-2025-00007", "Date d’émission 03/02/2025", "Échéance 05/03/2025",
        "Période facturée du 01/01/2024 au 31/12/2024", "Budget Centre de services numériques",
        "N° d’engagement ENG-2024-118", "Code service FINANCES", "SIRET 258 004 365 00015", "SIRET 218 000 016 00012",
        "TVA FR55258004365", "13 · Hébergement au data center", "Du 01/07/2024 au 31/12/2024 · grille 2024",
        "10 452,625", "2 090,53 €", "TVA 20 % 10 701,68 € 2 140,34 €", "Net à payer 12 842,02 €",
        "À régler au plus tard le 05/03/2025, par virement", "FR76 3000 1007 9412 3456 7890 185", "BDFEFRPPCCT",
        "Grille 2024 : Comité syndical du 29 janvier 2024.", "recours devant le tribunal compétent",
        "Délibérations du comité syndical", "Pénalités de retard", "Page 1/1",
    ):  # fmt: skip
        assert said in page
    assert "Projet" not in page


def test_a_credit_note_says_which_invoice_and_why_and_asks_for_nothing() -> None:
    (page,) = pages(credit_note())
    for said in (
        "Avoir n° CSN-2025-00008", "Facture créditée CSN-2025-00007 du 03/02/2025",
        "Motif de l’avoir : Part de baie rendue au 30 juin, facturée à tort.", "Montant de l’avoir 12 842,02 €",
        "Avoir de la facture CSN-2025-00007 du 03/02/2025, à déduire",
    ):  # fmt: skip
        assert said in page
    assert "IBAN" not in page
    assert "-8 400" not in page


def test_no_vat_is_always_explained() -> None:
    (exempt,), (beyond,) = pages(changed(EXEMPT)), pages(outside())
    assert "Exonération de TVA, article 261 du code général des impôts" in exempt
    assert "Hors champ de la TVA, article 256 B du code général des impôts" in beyond
    assert "TVA FR" not in beyond


def test_a_draft_says_that_it_is_one_and_has_no_electronic_invoice() -> None:
    draft = invoice(number=None, series=None, sequence=None, issued_on=None, due_on=None)
    (page,) = pages(draft)
    assert "Projet de facture" in page
    assert "PROJET" in page
    assert "ce document n’est pas émis" in page
    assert "IBAN" not in page
    assert not opened(draft).attachments
    with opened(draft).open_metadata() as told:
        assert told["pdfaid:part"] == "3"
        assert f"{{{FX}}}DocumentType" not in told


def test_a_long_list_goes_over_pages_each_with_the_heads_of_its_columns_and_its_number() -> None:
    told = pages(long_invoice())
    assert len(told) > 3
    for number, page in enumerate(told, start=1):
        assert "Désignation Quantité Unité" in page
        assert f"Page {number}/{len(told)}" in page
        assert ("Facture CSN-2025-00007 · Ville d’Abbeville (suite)" in page) == (number > 1)
    whole = " ".join(told)
    assert [n for n in range(1, 81) if f"n° {n} " not in whole] == []
    assert "Net à payer 69 696,00 €" in told[-1]


def huge_invoice() -> Document:
    """Everything longer than anyone writes it."""
    return invoice(
        lines=(
            line(1, "x", "W" * 200, "123456789.123456", "98765.432109", "1234567890.12"),
            line(2, "x", "Ligne", "1", "1", "-1234567890.12", vat_category="E", vat_rate=Decimal(0)),
            *long_invoice(30).lines[2:],
        ),
        buyer=replace(BUYER, name="Communauté d’agglomération " * 6, service="S" * 100),
        seller=replace(SELLER, name="Syndicat mixte " * 8),
        order_number="ENGAGEMENT-" * 4,
        mentions=replace(MENTIONS, contest="Réclamation à adresser à l'ordonnateur. " * 120),
    )


@pytest.mark.parametrize(
    "document",
    [invoice(), credit_note(reason="Motif " * 80), outside(), changed(EXEMPT), long_invoice(), huge_invoice()],
)
def test_texts_stay_inside_the_margins_and_apart_from_each_other(document: Document) -> None:
    for page in opened(document).pages:
        found = sorted(placed(page))
        for n, (y, start, end) in enumerate(found):
            assert 14.9 <= start <= end <= 195.1
            assert 5 <= y <= 290
            beside = [
                other
                for other in found[n + 1 :]
                if other[0] - y < 2 and other[1] < end - 0.2 and start < other[2] - 0.2
            ]
            assert beside == []


def placed(page: pikepdf.Page) -> list[tuple[float, float, float]]:
    """(y, start, end) of every text, in millimetres from the top left."""
    widths = {str(name): letter_widths(font.DescendantFonts[0]) for name, font in page.Resources.Font.items()}
    found, font, size, x, y, stretched = [], "", 0.0, 0.0, 0.0, 1.0
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            font, size = str(operands[0]), float(operands[1])
        elif str(operator) == "Tz":
            stretched = float(operands[0]) / 100
        elif str(operator) == "Td":
            x, y = (float(value) for value in operands)
        elif str(operator) == "Tj":
            codes = bytes(operands[0])
            letters = [int.from_bytes(codes[at : at + 2]) for at in range(0, len(codes), 2)]
            end = x + sum(widths[font][letter] for letter in letters) * size / 1000 * stretched
            found.append((297 - y * MM, x * MM, end * MM))
            x = end
    assert found
    return found


def letter_widths(font: pikepdf.Object) -> dict[int, float]:
    """What the W array of a font says."""
    found: dict[int, float] = {}
    told = list(font.W)
    while told:
        first, then = int(told.pop(0)), told.pop(0)
        if isinstance(then, pikepdf.Array):
            found |= {first + n: float(width) for n, width in enumerate(then)}
        else:
            found |= dict.fromkeys(range(first, int(then) + 1), float(told.pop(0)))
    return found


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("abWé ’«»\u00a0-"), max_size=300), st.floats(15, 90))
def test_a_broken_text_fits_and_loses_nothing(text: str, width: float) -> None:
    sheet = Sheet(text, lambda _: None)
    sheet.page()
    sheet.font(8.5)
    lines = sheet.lines(text, width)
    assert all(sheet.pdf.get_string_width(each) <= width + 1e-6 for each in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_letters_that_french_does_not_use_come_from_the_whole_font() -> None:
    greek = invoice(buyer=replace(BUYER, name="Δήμος Αθηναίων"))
    assert not fonts.covers("Δήμος")
    assert "Δήμος Αθηναίων" in pages(greek)[0]


def test_no_font_of_a_document_outlives_it() -> None:
    pdf.render(invoice())
    gc.collect()
    assert [each for each in gc.get_objects() if isinstance(each, TTFFont)] == []


PRINT = """
import hashlib
from dcops.billing.exports import facturx, html, pdf
from tests.dcops.billing.exports.documents import credit_note, invoice
for document in (invoice(), credit_note()):
    for made in (pdf.render(document), facturx.xml(document), html.render(document)):
        print(hashlib.sha256(made).hexdigest())
"""


def test_the_bytes_are_the_same_in_every_process_whatever_its_hash_seed() -> None:
    here = [
        hashlib.sha256(made).hexdigest()
        for document in (invoice(), credit_note())
        for made in (pdf.render(document), facturx.xml(document), html.render(document))
    ]
    for seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", PRINT], env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert there.stdout.split() == here


def test_two_invoices_of_other_amounts_are_other_files() -> None:
    other = invoice(lines=(*invoice().lines[:3], replace(invoice().lines[3], amount=Decimal(1))))
    assert pdf.render(other) != pdf.render(invoice())
