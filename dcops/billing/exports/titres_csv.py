"""Titres de recettes as the CSV that finance software imports, one row per account and VAT rate; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from dcops.billing.document import Document
from dcops.billing.exports.imputations import Imputation, imputations
from dcops.money import number, text
from inventory.csv_export import inert
from inventory.errors import Invalid

COLUMNS = (
    "exercice", "budget", "libelle_budget", "serie", "numero_titre", "type", "numero_facture", "facture_annulee",
    "date_emission", "echeance", "tiers_code", "tiers_nom", "tiers_siret", "tiers_siren", "tiers_adresse",
    "tiers_code_postal", "tiers_ville", "service", "engagement", "objet", "periode_du", "periode_au", "nature",
    "categorie_tva", "montant_ht", "taux_tva", "montant_tva", "montant_ttc",
)  # fmt: skip
TITRE, CANCELLATION, MANDAT = "Titre", "Annulation-réduction", "Mandat 673 (exercice antérieur)"


def write(documents: Sequence[Document]) -> bytes:
    """The rows of issued documents, in the order of their numbers. Raises Invalid for one that has no number.

    Spreadsheets set to French read semicolons, decimal commas and days such as 03/02/2025 without being told how, and
    know UTF-8 by its mark at the start.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for document in sorted(documents, key=_order):
        head, days = _head(document), _days(document)
        writer.writerows([*head, *days, *_amounts(each)] for each in imputations(document))
    return ("\ufeff" + out.getvalue()).encode()


def _order(document: Document) -> tuple[str, int]:
    if document.series is None or document.sequence is None:
        raise Invalid(f"{document.buyer.name} : ce document n'est pas encore émis, l'émettre avant d'exporter.")
    return document.series, document.sequence


def _head(document: Document) -> list[str]:
    """What all the rows of a document repeat, texts made harmless to spreadsheets."""
    buyer, issued = document.buyer, document.issued_on
    cells = (
        str(issued.year) if issued else "", document.budget, document.mentions.budget, document.series,
        str(document.sequence), _type(document), document.number, document.credits[0] if document.credits else "",
        _day(issued), _day(document.due_on), buyer.code, buyer.name, buyer.siret, buyer.siren, buyer.address,
        buyer.postcode, buyer.city, buyer.service, document.order_number, subject(document),
    )  # fmt: skip
    return [inert(_one_line(cell)) for cell in cells]


def _type(document: Document) -> str:
    """A titre; what cancels one of the same year; what is paid back for one of an earlier year."""
    if not document.credits or not document.issued_on:
        return TITRE
    return CANCELLATION if document.credits[1].year == document.issued_on.year else MANDAT


def subject(document: Document) -> str:
    """What a titre is for, in a sentence that finance software and the accountant show."""
    named = f"{document.title} {document.number}"
    if document.credits:
        return f"{named} sur la facture {document.credits[0]} : {document.reason}"
    return f"{named} : services de l'année {document.year}"


def _one_line(cell: str | None) -> str:
    return " ".join((cell or "").split())


def _days(document: Document) -> Iterable[str]:
    """The first and the last day that a document is for."""
    start, end = document.period
    return _day(start), _day(end - timedelta(days=1))


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _amounts(imputation: Imputation) -> Iterable[str]:
    """Numbers stay numbers: the minus of a credit note is not a formula."""
    net, vat, gross = (_comma(each) for each in (imputation.net, imputation.vat, imputation.gross))
    return imputation.account, imputation.category, net, number(imputation.rate), vat, gross


def _comma(amount: Decimal) -> str:
    return text(amount).replace(".", ",")
