"""Documents as they are issued, for the tests of every exit: an invoice, its credit note, one without VAT."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from dcops.billing.document import Document, DocumentLine, Mentions, Party

SELLER = Party(
    "Somme Numérique", siren="258004365", siret="25800436500015", address="1 rue de l'Exemple", postcode="80000",
    city="Amiens", iban="FR7630001007941234567890185", bic="BDFEFRPPCCT",
)  # fmt: skip
BUYER = Party(
    "Ville d’Abbeville", siren="218000016", siret="21800001600012", address="1 place Max-Lejeune", postcode="80100",
    city="Abbeville", service="FINANCES", code="abbeville", kind="commune",
)  # fmt: skip
MENTIONS = Mentions(
    "Centre de services numériques",
    "Délibérations du comité syndical fixant les tarifs, citées ci-dessous.",
    "Réclamation à adresser à l'ordonnateur ; recours devant le tribunal compétent dans les deux mois de la réception.",
    "Exonération de TVA, article 261 du code général des impôts",
    "Hors champ de la TVA, article 256 B du code général des impôts",
)
YEAR = (date(2024, 1, 1), date(2025, 1, 1))


def line(position: int, code: str, label: str, quantity: str, price: str, amount: str, **more: Any) -> DocumentLine:
    """A line of 2024 at 20 % unless said otherwise."""
    values: dict[str, Any] = {
        "position": position, "code": code, "tariff": "2024", "section": "13", "label": label,
        "unit": "rack share/year",
        "kind": "annual", "quantity": Decimal(quantity), "unit_price": Decimal(price), "amount": Decimal(amount),
        "start": YEAR[0], "end": YEAR[1], "vat_category": "S", "vat_rate": Decimal(20), "account": "7068",
        "evidence": {"tariff": "2024", "deliberation": "Comité syndical du 29 janvier 2024"},
        "explanation": ("Grille 2024, section 13.", "8 400,00 € × 1 = 8 400,00 €."),
    }  # fmt: skip
    return DocumentLine(**{**values, **more})


def invoice(**changes: Any) -> Document:
    """An issued invoice: a rack, half a year of a machine (prorated), metered electricity, a free line."""
    lines = (
        line(1, "dc-baie-42u", "Mise à disposition d'une baie complète hors part variable", "1", "8400", "8400.00"),
        line(
            2, "vm1", "VM1 (1 vcpu, 2Go ram, 20Go de disque, sauvegarde 7 jours)", "1", "420", "211.15", section="12",
            unit="VM/year", start=date(2024, 7, 1),
        ),
        line(
            3, "dc-elec", "Part variable indexée sur la consommation électrique (dont 12,5 kWh estimés)", "10452.625",
            "0.2", "2090.53", unit="kWh", kind="consumption",
        ),
        line(4, "zimbra-mise-en-service", "Mise en service année 1 /compte", "3", "0", "0.00", section="6.2",
             unit="mailbox", kind="fee", start=date(2024, 3, 1), end=date(2024, 3, 2)),
    )  # fmt: skip
    values: dict[str, Any] = {
        "id": 1, "kind": "invoice", "year": 2024, "seller": SELLER, "buyer": BUYER, "lines": lines, "budget": "CSN",
        "mentions": MENTIONS, "number": "CSN-2025-00007", "series": "CSN/2025", "sequence": 7,
        "issued_on": date(2025, 2, 3), "due_on": date(2025, 3, 5), "order_number": "ENG-2024-118",
    }  # fmt: skip
    return Document(**{**values, **changes})


def credit_note(**changes: Any) -> Document:
    """The credit note of the whole invoice: the same lines, negative."""
    credited = invoice()
    lines = tuple(replace(each, amount=-each.amount) for each in credited.lines)
    values: dict[str, Any] = {
        "id": 2, "kind": "credit_note", "lines": lines, "number": "CSN-2025-00008", "sequence": 8,
        "issued_on": date(2025, 3, 10), "due_on": None, "reason": "Part de baie rendue au 30 juin, facturée à tort.",
        "credits": ("CSN-2025-00007", date(2025, 2, 3)),
    }  # fmt: skip
    return replace(credited, **{**values, **changes})


def outside(**changes: Any) -> Document:
    """An invoice whose lines are all outside the scope of VAT."""
    one = line(1, "mairie-socle-v1", "Mairie connectée - Abonnement Socle numérique V1", "1", "350", "350.00",
               section="8", unit="commune/year", vat_category="O", vat_rate=Decimal(0))  # fmt: skip
    return invoice(lines=(one,), number="CSN-2025-00009", sequence=9, id=3, **changes)
