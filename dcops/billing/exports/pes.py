"""Titres de recettes as a PES V2 recette file (PES_Aller, schema 5.17) that Hélios imports; pure."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dcops.billing.document import Document, Party
from dcops.billing.exports.imputations import Imputation
from dcops.billing.exports.pes_texts import fit, pieces
from dcops.billing.exports.pes_titres import Slips, identity, line_of, missing, owed, unfit, why_left_out
from dcops.billing.exports.titres_csv import subject
from dcops.money import ZERO, text
from dcops.sections import Budget, Pes
from inventory.errors import Invalid

_NAMESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
_SLIPS = {"invoice": "01", "credit_note": "02"}  # ordinary; cancellation or reduction
_WITHOUT_TREATMENT = "04"  # the accountant sees the titre, and sends no notice: dcops sends the invoice
_OF_KINDS = {
    "commune": ("23", "09"), "department": ("22", "09"), "epci": ("24", "09"), "metropole": ("24", "09"),
    "syndicate": ("24", "09"),
}  # fmt: skip
_OTHER = ("29", "09")  # another public body


@dataclass(frozen=True)
class Flow:
    """A PES file, the name it gives itself, and what is not in it, each with why and what to do (in French)."""

    name: str
    content: bytes
    left_out: tuple[str, ...]


def write(
    documents: Sequence[Document], slips: Slips, pes: Pes, budget: Budget, credited: Iterable[Document] = ()
) -> Flow:
    """The titres of issued documents of one budget and year: one bordereau of invoices, one of credit notes.

    ``credited``: the invoices that credit notes are for, where they are not among the documents. Raises Invalid with
    all that is missing at once.
    """
    known = {each.number: each for each in (*credited, *documents) if each.number}
    titres = sorted((each for each in documents if not why_left_out(each, known)), key=lambda each: each.sequence or 0)
    out = left_out(documents, known)
    _refuse(documents, titres, out, slips, pes, budget)
    name = _name(titres, slips, pes, budget)
    root = ET.Element("n:PES_Aller", {"xmlns:n": _NAMESPACE})
    _envelope(root, name, pes)
    _header(root, titres[0].seller, slips, pes, budget)
    _receipts(root, titres, slips, pes, known)
    ET.indent(root)
    return Flow(name, ET.tostring(root, encoding="ISO-8859-1", xml_declaration=True), out)


def left_out(documents: Iterable[Document], known: Mapping[str, Document]) -> tuple[str, ...]:
    """The documents that give no titre, each with why and what to do; ``known`` are invoices by number."""
    reasons = [(each, why_left_out(each, known)) for each in documents]
    return tuple(f"{each.number} ({each.buyer.name}) : {reason}" for each, reason in reasons if reason)


def _refuse(
    documents: Sequence[Document], titres: Sequence[Document], left_out: Sequence[str], slips: Slips, pes: Pes,
    budget: Budget,
) -> None:  # fmt: skip
    problems = [*unfit(documents, slips, budget), *missing(titres, pes)]
    if not titres:
        problems += ["aucun document ne donne un titre", *left_out]
    if problems:
        raise Invalid(
            "titres PES : rien n'a été produit. Une facture émise ne change plus : ce qui manque à son client se "
            "complète avant d'émettre, ou son titre se saisit d'après l'export titres-csv.\n"
            + "\n".join(f"  {problem}" for problem in problems)
        )


def _name(titres: Sequence[Document], slips: Slips, pes: Pes, budget: Budget) -> str:
    """Unique in Hélios, as the numbers of bordereaux are: ``PESALR1_25800436500015_123_01_2025_T4_A2``."""
    kinds = {each.kind for each in titres}
    parts = ["PESALR1", titres[0].seller.siret, pes.collectivity, budget.pes_code, _year(titres[0])]
    parts += [f"T{slips.invoices}"] if "invoice" in kinds else []
    parts += [f"A{slips.credit_notes}"] if "credit_note" in kinds else []
    return "_".join(part or "" for part in parts)


def _year(document: Document) -> str:
    """The year whose budget receives the titre: that of its number."""
    return str(document.issued_on.year) if document.issued_on else ""


def _block(parent: ET.Element, name: str, **values: str) -> ET.Element:
    """A block and its values, in their order; what is empty is left out."""
    block = ET.SubElement(parent, name)
    for tag, value in values.items():
        if value:
            ET.SubElement(block, tag, V=value)
    return block


def _envelope(root: ET.Element, name: str, pes: Pes) -> None:
    envelope = ET.SubElement(root, "Enveloppe")
    _block(envelope, "Parametres", Version="2", TypFic="PESALR1", NomFic=name)
    _block(envelope, "Emetteur", Sigle=fit(pes.sender, 32) or "dcops", Adresse="dcops")


def _header(root: ET.Element, seller: Party, slips: Slips, pes: Pes, budget: Budget) -> None:
    _block(
        root, "EnTetePES", DteStr=slips.day.isoformat(), IdPost=pes.post or "", IdColl=seller.siret or "",
        CodCol=pes.collectivity or "", CodBud=budget.pes_code, LibelleColBud=fit(budget.name, 38),
    )  # fmt: skip


def _receipts(
    root: ET.Element, titres: Sequence[Document], slips: Slips, pes: Pes, known: Mapping[str, Document]
) -> None:
    receipts = ET.SubElement(root, "PES_RecetteAller")
    _block(receipts, "EnTeteRecette", IdVer="2", InfoDematerialisee="0")
    for kind, number in (("invoice", slips.invoices), ("credit_note", slips.credit_notes)):
        kept = [each for each in titres if each.kind == kind]
        if kept:
            slip = ET.SubElement(receipts, "Bordereau")
            _slip(slip, kept, number, slips.day)
            for each in kept:
                _titre(slip, each, pes, known)


def _slip(slip: ET.Element, documents: Sequence[Document], number: int, day: date) -> None:
    parts = [part for each in documents for part in owed(each)]
    _block(
        slip, "BlocBordereau", Exer=_year(documents[0]), IdBord=str(number), DteBordEm=day.isoformat(),
        TypBord=_SLIPS[documents[0].kind], NbrPce=str(len(documents)), MtBordHt=_sum(each.net for each in parts),
        MtBordTVA=_sum(each.vat for each in parts),
    )  # fmt: skip


def _sum(amounts: Iterable[Decimal]) -> str:
    """A sum of euros; empty when it is 0, which PES refuses to be told."""
    total = sum(amounts, ZERO)
    return text(total) if total else ""


def _titre(slip: ET.Element, document: Document, pes: Pes, known: Mapping[str, Document]) -> None:
    piece = ET.SubElement(slip, "Piece")
    credit = document.kind == "credit_note"
    _block(
        piece, "BlocPiece", IdPce=str(document.sequence), TypPce="02" if credit else "01",
        NatPce="06" if credit else "01", Edition="" if credit else _WITHOUT_TREATMENT,
        ObjPce=fit(subject(document), 160), NumeroFacture=fit(document.number, 20),
        NumeroEngagement=fit(document.order_number, 50), CodeService=fit(document.buyer.service, 100),
    )  # fmt: skip
    original = known[document.credits[0]] if document.credits else None
    for number, part in enumerate(owed(document), start=1):
        line = ET.SubElement(piece, "LigneDePiece")
        _imputation(ET.SubElement(line, "BlocLignePiece"), number, part, pes, original)
        _debtor(line, document.buyer)


def _imputation(line: ET.Element, number: int, part: Imputation, pes: Pes, original: Document | None) -> None:
    vat = _sum([part.vat])
    _block(
        line, "InfoLignePiece", IdLigne=str(number), ObjLignePce=fit(part.label, 160), CodProdLoc=pes.product,
        Nature=part.account, TxTva=text(part.rate) if vat else "", Majo="0", TvaIntraCom="0", MtHT=_sum([part.net]),
        MtTVA=vat,
    )  # fmt: skip
    if original:
        _block(
            line, "RattachPiece", NatPceOrig="01", ExerRat=_year(original), IdPceOrig=str(original.sequence),
            IdLigneOrig=str(line_of(original, part)),
        )  # fmt: skip


def _debtor(line: ET.Element, buyer: Party) -> None:
    """The one debtor of a titre, with its address in France."""
    debtor = ET.SubElement(line, "Tiers")
    number, nature = identity(buyer) or ("", "")
    category, status = _OF_KINDS.get(buyer.kind or "", _OTHER)
    name, more = [*(pieces(buyer.name, 38) or [f"Client {fit(buyer.code, 31)}".strip()]), ""][:2]
    _block(
        debtor, "InfoTiers", IdTiers=number, NatIdTiers=nature, RefTiers=fit(buyer.code, 30), CatTiers=category,
        NatJur=status, TypTiers="01", Nom=name, ComplNom=more,
    )  # fmt: skip
    street, place = [*pieces(buyer.address, 38), ""][:2]
    _block(
        debtor, "Adresse", TypAdr="1", Adr2=street, Adr3=place, CP=buyer.postcode or "", Ville=fit(buyer.city, 38),
        CodRes="0",
    )  # fmt: skip
