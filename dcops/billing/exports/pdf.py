"""A document as PDF/A-3, to be read by people, with its Factur-X inside, to be read by machines."""

from __future__ import annotations

from datetime import date

from dcops.billing.document import Document
from dcops.billing.exports import facturx
from dcops.billing.exports.wording import Wording, worded

NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
MAKER = "dcops"


def render(document: Document) -> bytes:
    """The PDF, the same bytes each time; a draft says that it is one, and has no Factur-X."""
    from dcops.billing.exports.layout import draw

    words = worded(document)
    on = document.issued_on or document.period[1]
    sheet = draw(words)
    if document.number:
        sheet.attach(facturx.FILE, facturx.xml(document), on)
    return sheet.finish(_xmp(words, on, with_xml=document.number is not None), words.name, on)


def _xmp(words: Wording, on: date, *, with_xml: bool) -> str:
    """The metadata that PDF/A-3 asks for, and Factur-X where it is inside."""
    from facturx import generate_xmp_object
    from lxml import etree

    embedded = {
        "urn": NAMESPACE, "documenttype": "INVOICE", "xml_filename": facturx.FILE, "version": "1.0",
        "xmp_level": "EN 16931",
    }  # fmt: skip
    told = {
        "pdfa3_flavor": "B", "title": words.name, "author": words.seller[0],
        "subject": f"{words.name}, {words.buyer[0]}", "producer": MAKER, "creator_tool": MAKER,
        "timestamp": f"{on}T12:00:00+00:00", **(embedded if with_xml else {}),
    }  # fmt: skip
    made = generate_xmp_object(told)
    for description in made.iter(f"{RDF}Description"):
        description.set(f"{RDF}about", "")  # XMP wants it
    return str(etree.tostring(made, pretty_print=True, encoding="unicode"))
