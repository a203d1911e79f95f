"""An issued document as Factur-X at the level EN 16931: the CII XML that platforms of electronic invoices read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from dcops.billing.document import Document, DocumentLine, Party, VatPart
from dcops.billing.exports import sentences
from dcops.catalogue import units
from dcops.money import ZERO, french, number, plain, price_text, text
from inventory.errors import Invalid

FILE = "factur-x.xml"
LEVEL = "en16931"
TYPES = {"invoice": "380", "credit_note": "381"}
SERVICES = "S1"  # BT-23: an invoice of services
SEPA_TRANSFER = "58"
SIREN, SIRET, ADDRESS = "0002", "0009", "0225"
OUTSIDE = "VATEX-EU-O"
QUANTITY_DECIMALS, PRICE_DECIMALS = 4, 6
"""What the French rules accept."""

Terms = dict[str, Any]
"""Business terms of EN 16931 (BT) and their groups (BG), by number."""


def xml(document: Document) -> bytes:
    """The XML of an issued document, the same bytes each time. Raises Invalid for a draft.

    Amounts of a credit note are positive: its type says that they are taken back.
    """
    from facturx import generate_cii_xml

    if not document.number or not document.issued_on:
        raise Invalid("un projet n'a pas de Factur-X : l'émettre d'abord, il aura un numéro et une date.")
    made: bytes = generate_cii_xml(_terms(document), level=LEVEL, check_xsd=False, check_schematron=False)
    return made


def _terms(document: Document) -> Terms:
    start, end = document.period
    last = end - timedelta(days=1)
    return {
        "BT-1": document.number, "BT-2": document.issued_on, "BT-3": TYPES[document.kind], "BT-5": "EUR",
        "BT-9": document.due_on, "BT-10": document.buyer.service, "BT-13": document.order_number,
        "BT-20": sentences.terms(document), "BT-23": SERVICES,
        "BT-72": last, "BT-73": start, "BT-74": last,
        "BG-1": [{"BT-21": code, "BT-22": note} for code, note in _notes(document) if note],
        "BG-3": [{"BT-25": document.credits[0], "BT-26": document.credits[1]}] if document.credits else [],
        "BG-4": _seller(document), "BG-7": _buyer(document),
        "BG-23": [_vat(document, part) for part in document.vat_parts],
        "BG-25": [_line(document, line) for line in document.lines],
        **_payment(document), **_totals(document),
    }  # fmt: skip


def _notes(document: Document) -> Iterator[tuple[str, str]]:
    """The notes with the subject codes of UNTDID 4451; PMT, PMD and AAB are mandatory in France."""
    yield "PMT", sentences.RECOVERY
    yield "PMD", sentences.LATE
    yield "AAB", sentences.NO_DISCOUNT
    yield "ACD", document.reason
    yield "REG", document.mentions.ground
    yield "REG", sentences.votes(document)
    yield "REG", document.mentions.contest
    yield "AAI", f"Budget : {document.mentions.budget or document.budget}"


def _seller(document: Document) -> Terms:
    seller, vat = document.seller, sentences.seller_vat(document)
    exempt = any(line.vat_category == "E" for line in document.lines)
    return {
        **_party(seller),
        "vat_identifier": vat,
        "tax_identifier": seller.legal_id if exempt and not vat else None,
    }


def _buyer(document: Document) -> Terms:
    buyer = document.buyer
    outside = any(line.vat_category == "O" for line in document.lines)
    return {
        **_party(buyer),
        "vat_identifier": None if outside else buyer.vat_number,
    }


def _party(party: Party) -> Terms:
    address = dict(zip(("addr_l1", "addr_l2", "addr_l3"), party.address.splitlines(), strict=False))
    return {
        "name": party.name, "identifiers": {SIRET: party.siret} if party.siret else {},
        "legal_identifier": party.legal_id, "legal_identifier_schemeid": SIREN,
        "einvoicing_addr": party.electronic_address, "einvoicing_addr_schemeid": ADDRESS,
        **address, "postcode": party.postcode, "city": party.city, "country_code": "FR",
    }  # fmt: skip


def _payment(document: Document) -> Terms:
    """How to pay an invoice; a credit note is not paid by the one who receives it."""
    seller = document.seller
    if document.sign < 0 or not seller.iban:
        return {}
    return {
        "BT-81": SEPA_TRANSFER, "BT-82": "Virement", "BT-83": document.number,
        "BT-84": seller.iban.replace(" ", ""), "BT-86": seller.bic,
    }  # fmt: skip


def _vat(document: Document, part: VatPart) -> Terms:
    outside = part.category == "O"
    return {
        "BT-116": _amount(document, part.base), "BT-117": _amount(document, part.vat), "BT-118": part.category,
        "BT-119": None if outside else plain(part.rate),
        "BT-120": sentences.vat_reason(document, part.category), "BT-121": OUTSIDE if outside else None,
    }  # fmt: skip


def _line(document: Document, line: DocumentLine) -> Terms:
    quantity, price, unit = _billed(line)
    sign = document.sign if line.amount else 1  # nothing taken back is nothing
    return {
        "BT-126": str(line.position), "BT-127-00": [{"BT-127": " ".join(line.explanation)}],
        "BT-129": plain(sign * quantity), "BT-130": unit, "BT-131": _amount(document, line.amount),
        "BT-134": line.start, "BT-135": line.end - timedelta(days=1), "BT-146": price_text(price),
        "BT-151": line.vat_category, "BT-152": None if line.vat_category == "O" else plain(line.vat_rate),
        "BT-153": line.label, "BT-155": line.code,
        "BG-32": [{"BT-160": name, "BT-161": value} for name, value in _attributes(line) if value],
    }  # fmt: skip


def _attributes(line: DocumentLine) -> Iterator[tuple[str, str | None]]:
    """What the line rests on, and the grid's quantity and price where the amount does not multiply."""
    yield "Grille tarifaire", line.tariff
    yield "Délibération", line.evidence.get("deliberation")
    if not line.multiplies:
        yield "Quantité", f"{number(line.quantity)} {units.in_french(line.unit)}"
        yield "Prix unitaire", french(line.unit_price)


def _billed(line: DocumentLine) -> tuple[Decimal, Decimal, str]:
    """Quantity, unit price and unit code whose product is the amount; a lump sum where the grid's do not multiply."""
    quantity, price = line.billed
    if line.multiplies and _decimals(quantity) <= QUANTITY_DECIMALS and _decimals(price) <= PRICE_DECIMALS:
        return quantity, price, units.code(line.unit)
    return Decimal(-1 if line.amount < 0 else 1), abs(line.amount), units.LUMP_SUM


def _decimals(value: Decimal) -> int:
    return len(plain(value).partition(".")[2])


def _totals(document: Document) -> Terms:
    net, vat, gross = (_amount(document, amount) for amount in (document.net, document.vat, document.gross))
    return {"BT-106": net, "BT-109": net, "BT-110": vat, "BT-112": gross, "BT-115": gross}


def _amount(document: Document, amount: Decimal) -> str:
    return text(document.sign * amount + ZERO)
