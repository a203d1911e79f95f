"""The sentences of a document that the law or its reader asks for: terms, VAT, votes, days; pure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from dcops.billing.document import Document
from dcops.money import plain
from inventory.french import NO_BREAK, grouped, typeset

RECOVERY = typeset(
    "Indemnité forfaitaire pour frais de recouvrement en cas de retard : 40 €, si la créance relève de la commande "
    "publique (article D. 2192-35 du code de la commande publique)."
)
LATE = typeset(
    "Pénalités de retard : intérêts moratoires au taux fixé par l'article R. 2192-31 du code de la commande publique, "
    "si la créance en relève."
)
NO_DISCOUNT = "Pas d’escompte pour paiement anticipé."
NO_VAT = {"E": "Exonéré de TVA", "O": "Hors champ de la TVA"}
NO_RATE = {"E": "exonéré", "O": "hors champ"}


def day(value: date) -> str:
    """``31/12/2024``."""
    return f"{value:%d/%m/%Y}"


def days(start: date, end: date) -> str:
    """The days of a half-open period."""
    last = end - timedelta(days=1)
    return f"le {day(start)}" if start == last else f"du {day(start)} au {day(last)}"


def digits(number: str, *groups: int) -> str:
    """A number in groups that do not part; the last size is repeated."""
    parts, sizes = [], list(groups)
    while number:
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        parts.append(number[:size])
        number = number[size:]
    return NO_BREAK.join(parts)


def seller_vat(document: Document) -> str | None:
    """The seller's VAT number where a line is taxed or exempt; nothing outside the scope may show one."""
    categories = {line.vat_category for line in document.lines}
    if "S" in categories:
        return document.seller.vat_identifier
    return document.seller.vat_number if "E" in categories else None


def percent(rate: Decimal) -> str:
    """``5,5 %``."""
    return f"{grouped(plain(rate))}{NO_BREAK}%"


def vat_reason(document: Document, category: str) -> str:
    """Why a category has no VAT; never silent, the law wants it said."""
    told = {"E": document.mentions.exempt_reason, "O": document.mentions.outside_reason}
    return told.get(category) or NO_VAT.get(category, "")


def credited(document: Document) -> str:
    """The invoice that a credit note is for: « CSN-2025-00007 du 03/02/2025 »."""
    return f"{document.credits[0]} du {day(document.credits[1])}" if document.credits else ""


def terms(document: Document) -> str:
    """What there is to pay, and when."""
    if not document.number:
        return "Rien à régler à ce jour."
    if document.sign < 0:
        of = f" de la facture {credited(document)}" if document.credits else ""
        return f"Avoir{of}, à déduire des sommes dues ou remboursé si elles sont déjà réglées."
    if document.gross <= 0:
        return "Aucune somme à régler."
    when = f"au plus tard le {day(document.due_on)}" if document.due_on else "à réception"
    how = ", par virement" if document.seller.iban else ""
    return f"À régler {when}{how}, en rappelant le numéro {document.number}."


def votes(document: Document) -> str:
    """The grids of the lines with the vote of each, each once."""
    found = {line.tariff: line.evidence.get("deliberation", "") for line in document.lines}
    return " ".join(f"Grille {grid} : {vote}." for grid, vote in sorted(found.items()) if vote)
