"""An invoice or a credit note in the words a person reads, whatever shows them: PDF, page, electronic notes; pure.

What a credit note is about has negative amounts in a ``Document``; on paper, « avoir » says it and they are positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from dcops.billing.document import Document, DocumentLine, Party, VatPart
from dcops.billing.exports import sentences
from dcops.catalogue import sections, units
from dcops.money import ZERO, french, plain
from inventory.french import grouped, typeset

ORDERED = ("share", "machine", "nas")
"""Orders whose things have names that their customer knows."""
COMMON = ("Grille ", "Vote : ", "Tarif ", "Engagement ", "Lecture de la grille : ")
"""Explanations that every line has: they are said once, or of use to the seller only."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One line; ``details`` are its days, the thing it is for, and how it was computed where that is not plain."""

    label: str
    details: tuple[str, ...]
    quantity: str
    unit: str
    price: str
    vat: str
    amount: str


@dataclass(frozen=True)
class Group:
    """The lines of a section of the grid."""

    title: str
    subtotal: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class VatRow:
    label: str
    base: str
    vat: str
    reason: str


@dataclass(frozen=True)
class Wording:
    """All that is written on a document, in the order it is read."""

    title: str
    number: str
    draft: bool
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[Pair, ...]
    notice: str
    groups: tuple[Group, ...]
    vat: tuple[VatRow, ...]
    totals: tuple[Pair, ...]
    due: Pair
    terms: str
    payment: tuple[Pair, ...]
    mentions: tuple[Pair, ...]

    @property
    def name(self) -> str:
        """« Facture CSN-2025-00007 »."""
        return f"{self.title} {self.number}".strip()


def worded(document: Document) -> Wording:
    """A document in words; a draft says that it is one."""
    return Wording(
        title=document.title if document.number else f"Projet {'d’avoir' if document.credits else 'de facture'}",
        number=document.number or "",
        draft=document.number is None,
        seller=party_lines(document.seller, sentences.seller_vat(document)),
        buyer=party_lines(document.buyer, document.buyer.vat_number),
        facts=tuple(_facts(document)),
        notice=typeset(_notice(document)),
        groups=tuple(_groups(document)),
        vat=tuple(_vat_row(document, part) for part in document.vat_parts),
        totals=(("Total HT", _euros(document, document.net)), ("Total TVA", _euros(document, document.vat))),
        due=(_due(document), _euros(document, document.gross)),
        terms=sentences.terms(document),
        payment=tuple(_payment(document)),
        mentions=tuple((heading, typeset(text)) for heading, text in _mentions(document) if text),
    )


def party_lines(party: Party, vat_number: str | None) -> tuple[str, ...]:
    """A name, an address, identifiers."""
    town = " ".join(part for part in (party.postcode, party.city) if part)
    siret = f"SIRET {sentences.digits(party.siret, 3, 3, 3, 5)}" if party.siret else ""
    siren = f"SIREN {sentences.digits(party.legal_id, 3)}" if party.legal_id and not siret else ""
    vat = f"TVA {vat_number}" if vat_number else ""
    lines = (party.name, *party.address.splitlines(), town, siret, siren, vat)
    return tuple(typeset(line) for line in lines if line)


def _euros(document: Document, amount: Decimal) -> str:
    return french(document.sign * amount + ZERO)  # + 0: no "-0,00"


def _facts(document: Document) -> Iterator[Pair]:
    yield "Date d’émission", sentences.day(document.issued_on) if document.issued_on else "non émis"
    if document.due_on and document.sign > 0:
        yield "Échéance", sentences.day(document.due_on)
    if document.credits:
        yield "Facture créditée", sentences.credited(document)
    yield "Période facturée", sentences.days(*document.period)
    yield "Budget", typeset(document.mentions.budget or document.budget)
    if document.order_number:
        yield "N° d’engagement", document.order_number
    if document.buyer.service:
        yield "Code service", document.buyer.service


def _notice(document: Document) -> str:
    """What must be seen first."""
    if not document.number:
        return "Projet : ce document n'est pas émis, il n'a pas de numéro et rien n'est à payer."
    return f"Motif de l'avoir : {document.reason}" if document.reason else ""


def _due(document: Document) -> str:
    if document.sign < 0:
        return "Montant de l’avoir"
    return "Net à payer" if document.number else "Total TTC"


def _groups(document: Document) -> Iterator[Group]:
    lines = sorted(document.lines, key=lambda line: (sections.order(line.section), line.position))
    for section, found in groupby(lines, key=lambda line: line.section):
        these = tuple(found)
        title = " · ".join(part for part in (section, sections.title(section)) if part)
        subtotal = _euros(document, sum((line.amount for line in these), ZERO))
        yield Group(title, subtotal, tuple(_row(document, line) for line in these))


def _row(document: Document, line: DocumentLine) -> Row:
    return Row(
        label=typeset(line.label),
        details=tuple(typeset(detail) for detail in _details(line)),
        quantity=grouped(plain(line.quantity)),
        unit=typeset(units.in_french(line.unit)),
        price=french(line.unit_price),
        vat=sentences.NO_RATE.get(line.vat_category) or sentences.percent(line.vat_rate),
        amount=_euros(document, line.amount),
    )


def _details(line: DocumentLine) -> Iterable[str]:
    order = line.evidence.get("order", {})
    thing = [order["name"]] if order.get("order") in ORDERED else []
    period = sentences.days(line.start, line.end)
    yield " · ".join((*thing, period[0].upper() + period[1:], f"grille {line.tariff}"))
    if line.kind == "consumption" or not line.multiplies:
        yield " ".join(said for said in line.explanation if not said.startswith(COMMON))


def _vat_row(document: Document, part: VatPart) -> VatRow:
    label = sentences.NO_VAT.get(part.category) or f"TVA {sentences.percent(part.rate)}"
    reason = sentences.vat_reason(document, part.category)
    return VatRow(label, _euros(document, part.base), _euros(document, part.vat), typeset(reason))


def _payment(document: Document) -> Iterator[Pair]:
    if document.sign < 0 or not document.number or not document.seller.iban:
        return
    yield "IBAN", sentences.digits(document.seller.iban.replace(" ", ""), 4)
    if document.seller.bic:
        yield "BIC", document.seller.bic
    yield "Référence", document.number


def _mentions(document: Document) -> Iterator[Pair]:
    yield "Base légale", document.mentions.ground
    yield "Grille tarifaire", sentences.votes(document)
    yield "Contestation", document.mentions.contest
    if document.sign > 0:
        yield "Retard de paiement", f"{sentences.LATE} {sentences.RECOVERY} {sentences.NO_DISCOUNT}"
