"""A thousand PDF/A-3 with Factur-X: time against bare pages, memory as they pass. Run: python -m bench.documents."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import perf_counter

from fpdf import FPDF

from bench.timing import best_of, show
from dcops.billing.document import Document, DocumentLine, Mentions, Party
from dcops.billing.exports import facturx, fonts, html, pdf
from dcops.billing.exports.wording import worded

BARE = "fpdf2 alone: the same texts in the same fonts"
MANY, SOME, EVERY = 1000, 100, 25
SELLER = Party(
    "Syndicat mixte numérique", siren="258004365", siret="25800436500015", address="1 rue de l’Exemple",
    postcode="80000", city="Amiens", iban="FR7630001007941234567890185", bic="BDFEFRPPCCT",
)  # fmt: skip
MENTIONS = Mentions(
    "Centre de services numériques", "Délibérations du comité syndical fixant les tarifs.",
    "Réclamation à adresser à l’ordonnateur ; recours devant le tribunal compétent dans les deux mois.",
)  # fmt: skip
YEAR = (date(2024, 1, 1), date(2025, 1, 1))


def main() -> None:
    one = invoice(1)
    seconds = best_of(
        {
            BARE: lambda: bare(one),
            "pdf.render: laid out, PDF/A-3, Factur-X inside": lambda: pdf.render(one),
            "of which facturx.xml": lambda: facturx.xml(one),
            "html.render": lambda: html.render(one),
        }
    )
    show(f"One invoice of {len(one.lines)} lines", seconds, BARE)
    _many()


def invoice(number: int) -> Document:
    """No two are alike, so that nothing can be kept from one to the next."""
    buyer = Party(f"Commune n° {number} de l’Œuvre", siren=f"{218000000 + number}", city=f"Ville {number}", service="F")
    return Document(
        id=number, kind="invoice", year=2024, seller=SELLER, buyer=buyer, lines=tuple(_lines(number)), budget="CSN",
        mentions=MENTIONS, number=f"CSN-2025-{number:05}", series="CSN/2025", sequence=number,
        issued_on=date(2025, 2, 3), due_on=date(2025, 3, 5), order_number=f"ENG-{number}",
    )  # fmt: skip


def _lines(number: int) -> Iterator[DocumentLine]:
    """Twelve lines of four sections."""
    line = DocumentLine(
        position=1, code="vm1", tariff="2024", section="12", label="VM1 (1 vcpu, 2Go ram, 20Go de disque)",
        unit="VM/year", kind="annual", quantity=Decimal(1), unit_price=Decimal(420), amount=Decimal(420),
        start=YEAR[0], end=YEAR[1], vat_category="S", vat_rate=Decimal(20), account="7068",
        evidence={"deliberation": "Comité syndical du 29 janvier 2024"}, explanation=("Grille 2024, section 12.",),
    )  # fmt: skip
    for position in range(1, 13):
        count = Decimal(number % 7 + position)
        yield replace(
            line, position=position, section=("9", "11", "12", "13")[position % 4], quantity=count, amount=420 * count,
            label=f"{line.label} – {number}.{position}",
        )  # fmt: skip


def bare(document: Document) -> bytes:
    """What anybody would write: the fonts added, every text in a cell, one below the other."""
    words = worded(document)
    paper = FPDF(format="A4")
    for style in fonts.FILES:
        paper.add_font("DejaVu", style, fonts.whole(style))
    paper.add_page()
    paper.set_font("DejaVu", "B", 12)
    paper.cell(text=words.name, new_x="LMARGIN", new_y="NEXT")
    paper.set_font("DejaVu", "", 8)
    pairs = (*words.facts, *words.totals, words.due, *words.payment, *words.mentions)
    rows = [row for group in words.groups for row in group.rows]
    texts = [*words.seller, *words.buyer, words.terms, *(text for pair in pairs for text in pair)]
    for row in rows:
        texts += [row.label, *row.details, row.quantity, row.unit, row.price, row.vat, row.amount]
    for text in texts:
        paper.multi_cell(0, text=text, new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def _many() -> None:
    """One after the other, a bare one every now and then, and what stays in memory."""
    size, held, took, reference = 0, {}, 0.0, []
    for number in range(1, MANY + 1):
        document = invoice(number)
        start = perf_counter()
        size += len(pdf.render(document))
        took += perf_counter() - start
        if number in (SOME, MANY // 2, MANY):
            held[number] = _resident()
        if number % EVERY == 0:
            start = perf_counter()
            bare(document)
            reference.append(perf_counter() - start)
    ratio = took / MANY / (sum(reference) / len(reference))
    print(f"\n{MANY} invoices: {took:.1f} s, {took / MANY * 1000:.1f} ms each, {ratio:.2f} x reference among them")
    print(f"{size / 1e6:.1f} MB of files; in memory after " + ", ".join(f"{n}: {mb:.1f} MB" for n, mb in held.items()))


def _resident() -> float:
    """Megabytes of this process that are in memory; Linux tells."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
