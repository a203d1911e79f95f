"""Which documents can be titres in PES, what is missing for it, and what a titre holds; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dcops.billing.document import Document, Party
from dcops.billing.exports.imputations import Imputation, imputations
from dcops.billing.exports.pes_texts import fit, usable
from dcops.money import french
from dcops.sections import Budget, Pes
from inventory.customers import check_siren, check_siret
from inventory.errors import Invalid

_ACCOUNT, _POSTCODE = re.compile(r"(?!0+$)[0-9]{1,12}", re.ASCII), re.compile(r"[0-9]{5}", re.ASCII)


@dataclass(frozen=True)
class Slips:
    """The bordereaux of one file: their day, and their numbers in Hélios (one series per year, budget and type)."""

    day: date
    invoices: int = 1
    credit_notes: int = 1


def owed(document: Document) -> tuple[Imputation, ...]:
    """What a titre of a document asks for, or what its cancellation takes back: positive; what is worth 0 left out."""
    sign = -1 if document.kind == "credit_note" else 1
    signed = (replace(each, net=sign * each.net, vat=sign * each.vat) for each in imputations(document))
    return tuple(each for each in signed if each.net or each.vat)


def identity(party: Party) -> tuple[str, str] | None:
    """(number, its nature in PES) of a party: its SIRET, else its SIREN; None when neither is well formed."""
    if party.siret and _passes(check_siret, party.siret):
        return party.siret, "01"
    if party.siren and _passes(check_siren, party.siren):
        return party.siren, "02"
    return None


def missing(documents: Iterable[Document], pes: Pes) -> list[str]:
    """What settings, seller and customers lack for documents, even drafts, to be titres: in French, with the remedy."""
    documents = tuple(documents)
    settings = {"post": pes.post, "collectivity": pes.collectivity, "product": pes.product}
    lacking = [f"pes.{name}" for name, value in settings.items() if not usable(value or "")]
    sellers = dict.fromkeys(each.seller for each in documents if not _passes(check_siret, each.seller.siret))
    return [
        *([f"réglages : {', '.join(lacking)}, à demander au comptable (docs/settings.md)"] if lacking else []),
        *(f"{each.name}, émetteur : SIRET (operator.siret)" for each in sellers),
        *_of_buyers(documents),
    ]


def _of_buyers(documents: Sequence[Document]) -> list[str]:
    needs: dict[str, dict[str, None]] = {}
    for document in documents:
        needs.setdefault(document.buyer.name, {}).update(dict.fromkeys(_needs(document)))
    return [f"{name} : {', '.join(what)} (fiche du client)" for name, what in sorted(needs.items()) if what]


def _needs(document: Document) -> list[str]:
    buyer = document.buyer
    accounts = (each for each in owed(document) if not _ACCOUNT.fullmatch(each.account or ""))
    known = {
        "SIRET ou SIREN": identity(buyer),
        "adresse": fit(buyer.address, 38),
        "code postal de cinq chiffres": _POSTCODE.fullmatch(buyer.postcode or ""),
        "ville": fit(buyer.city, 38),
    }
    return [
        *(name for name, value in known.items() if not value),
        *(f"compte budgétaire (budgets.account) de « {each.label} »" for each in accounts),
    ]


def _passes(check: Callable[[str], None], number: str | None) -> bool:
    try:
        check(number or "")
    except Invalid:
        return False
    return True


def unfit(documents: Sequence[Document], slips: Slips, budget: Budget) -> list[str]:
    """Why documents are not those of one file: issued, of one budget, one year and one seller, on slips of that day."""
    drafts = sorted({each.buyer.name for each in documents if not each.number})
    days = [each.issued_on for each in documents if each.issued_on]
    years = sorted({day.year for day in days})
    others = sorted({each.budget for each in documents} - {budget.code})
    found = {
        f"pas encore émis, à émettre avant d'exporter : {', '.join(drafts)}": drafts,
        f"documents du budget {', '.join(others)}, à exporter à part du budget {budget.code}": others,
        f"plusieurs exercices, à exporter chacun à part : {', '.join(map(str, years))}": len(years) > 1,
        "plusieurs émetteurs, à exporter chacun à part": len({each.seller.siret for each in documents}) > 1,
        "bordereaux à numéroter de 1 à 9999999": not all(
            0 < number < 10**7 for number in (slips.invoices, slips.credit_notes)
        ),
        f"bordereaux datés du {slips.day:%d/%m/%Y}, avant leurs factures": any(slips.day < day for day in days),
    }
    return [problem for problem, real in found.items() if real]


def why_left_out(document: Document, known: Mapping[str, Document]) -> str:
    """Why a document cannot be a titre, and what to do; empty when it can. ``known``: invoices by number."""
    parts = owed(document)
    opposite = next((each for each in parts if each.net < 0 or each.vat < 0), None)
    if not parts:
        return "son total est nul, il n'y a rien à titrer"
    if opposite:
        return (
            f"le compte {opposite.account} y est de signe contraire ({french(opposite.net)}), ce qu'un titre n'admet "
            "pas : le saisir à la main"
        )
    return _why_not_cancelled(document, parts, known)


def _why_not_cancelled(document: Document, parts: Sequence[Imputation], known: Mapping[str, Document]) -> str:
    """Of a credit note: it cancels lines of a titre of the same year."""
    if not document.credits:
        return ""
    number, day = document.credits
    if document.issued_on and day.year != document.issued_on.year:
        return (
            f"la facture {number} est de l'exercice {day.year} : l'annuler par un mandat (compte 673, titres annulés "
            "sur exercices antérieurs), non par un titre"
        )
    original = known.get(number)
    if original is None or why_left_out(original, known):
        return f"la facture {number} n'a pas de titre connu à annuler : le saisir à la main"
    if not all(line_of(original, each) for each in parts):
        return f"un de ses comptes n'est pas dans le titre de la facture {number} : le saisir à la main"
    return ""


def line_of(original: Document, part: Imputation) -> int:
    """The number of the line of a titre that an imputation takes back, 0 when there is none."""
    keys = [each.key for each in owed(original)]
    return keys.index(part.key) + 1 if part.key in keys else 0
