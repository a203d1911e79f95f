"""An invoice or a credit note as every exit shows it: parties, lines, totals, mentions; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal, Protocol

from stdnum.fr.siren import to_tva

from dcops.money import ZERO, plain, price_text, round_cents, text

Kind = Literal["invoice", "credit_note"]
TITLES = {"invoice": "Facture", "credit_note": "Avoir"}


class Taxed(Protocol):
    """A line as VAT sees it; ``vat_rate`` in percent, 0 for the categories E and O."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def vat_category(self) -> str: ...
    @property
    def vat_rate(self) -> Decimal: ...


@dataclass(frozen=True)
class Party:
    """A seller or a buyer as it was on the day of issue. ``service``: the buyer's paying service (code)."""

    name: str
    siren: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    address: str = ""
    postcode: str | None = None
    city: str | None = None
    service: str | None = None
    code: str | None = None  # of a customer
    kind: str | None = None  # of a customer
    iban: str | None = None  # of the seller
    bic: str | None = None

    @property
    def legal_id(self) -> str | None:
        """Its SIREN, which is also how its SIRET begins."""
        return self.siren or (self.siret[:9] if self.siret else None)

    @property
    def vat_identifier(self) -> str | None:
        """Its VAT number; the one that follows from its SIREN where it is not told."""
        if self.vat_number or not self.legal_id:
            return self.vat_number
        return f"FR{to_tva(self.legal_id)}"

    @property
    def electronic_address(self) -> str | None:
        """Where the platforms of electronic invoices find it (scheme 0225).

        SIREN, SIRET, and the paying service where that is a code and not a name.
        """
        if not self.legal_id or not self.siret:
            return self.legal_id
        code = self.service if self.service and re.fullmatch(r"[\w.-]{1,100}", self.service, re.ASCII) else None
        return "_".join(part for part in (self.legal_id, self.siret, code) if part)

    def document(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Mentions:
    """What a public body owes to say, as it stood on the day of issue; French sentences."""

    budget: str = ""  # name of the budget
    ground: str = ""  # legal ground
    contest: str = ""  # how to contest
    exempt_reason: str = ""  # VAT category E
    outside_reason: str = ""  # VAT category O


@dataclass(frozen=True)
class VatPart:
    """The VAT of one category and rate: ``base`` is the sum of its lines, ``vat`` is rounded once on it."""

    category: str  # S taxed, E exempt, O outside the scope
    rate: Decimal
    base: Decimal
    vat: Decimal


@dataclass(frozen=True)
class DocumentLine:
    """One line; amounts of a credit note are negative. ``end`` is the day after the last one."""

    position: int
    code: str
    tariff: str
    section: str
    label: str
    unit: str
    kind: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    start: date
    end: date
    vat_category: str
    vat_rate: Decimal
    account: str
    evidence: dict[str, Any] = field(default_factory=dict)
    explanation: tuple[str, ...] = ()

    @property
    def multiplies(self) -> bool:
        """Whether quantity × price is the amount to the cent: not where it is prorated, has a floor or a cap."""
        return round_cents(self.quantity * self.unit_price) == abs(self.amount)

    @property
    def billed(self) -> tuple[Decimal, Decimal]:
        """(quantity, unit price ≥ 0) whose product is the amount to the cent: for exits that check it.

        Where it does not multiply, it is 1 at the amount; a credit has a negative quantity.
        """
        sign = -1 if self.amount < 0 else 1
        if self.multiplies:
            return sign * self.quantity, self.unit_price
        return Decimal(sign), abs(self.amount)

    def document(self) -> dict[str, Any]:
        return {
            "position": self.position, "code": self.code, "label": self.label,
            "quantity": plain(self.quantity), "unit": self.unit, "unit_price": price_text(self.unit_price),
            "amount": text(self.amount), "from": self.start.isoformat(), "to": self.end.isoformat(),
            "kind": self.kind, "vat_category": self.vat_category, "vat_rate": plain(self.vat_rate),
            "account": self.account, "tariff": self.tariff,
            "evidence": self.evidence, "explanation": list(self.explanation),
        }  # fmt: skip


@dataclass(frozen=True)
class Document:
    """An issued invoice or credit note; a draft has no number nor day yet, and shows what it would be.

    ``credits``: (number, day) of the invoice that a credit note is for. ``net``, ``vat`` and ``gross`` are the sums
    of the lines and of the VAT parts.
    """

    id: int
    kind: Kind
    year: int  # the civil year billed
    seller: Party
    buyer: Party
    lines: tuple[DocumentLine, ...]
    budget: str = "F"  # its code
    mentions: Mentions = Mentions()
    number: str | None = None
    series: str | None = None
    sequence: int | None = None
    issued_on: date | None = None
    due_on: date | None = None
    order_number: str | None = None
    reason: str = ""
    credits: tuple[str, date] | None = None

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def sign(self) -> int:
        """What its amounts are multiplied by where « avoir » says already that they are taken back."""
        return -1 if self.kind == "credit_note" else 1

    @property
    def vat_parts(self) -> tuple[VatPart, ...]:
        return vat_parts(self.lines)

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((part.vat for part in self.vat_parts), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def period(self) -> tuple[date, date]:
        """The days that its lines are for, [start, end)."""
        return min(line.start for line in self.lines), max(line.end for line in self.lines)

    def document(self) -> dict[str, Any]:
        """The JSON shape of an invoice."""
        credited = {"number": self.credits[0], "issued_on": self.credits[1].isoformat()} if self.credits else None
        return {
            "number": self.number, "kind": self.kind, "year": self.year, "customer": self.buyer.code,
            "issued_on": self.issued_on.isoformat() if self.issued_on else None,
            "due_on": self.due_on.isoformat() if self.due_on else None, "budget": self.budget,
            "seller": self.seller.document(), "buyer": self.buyer.document(), "order_number": self.order_number,
            "reason": self.reason, "credits": credited, "lines": [line.document() for line in self.lines],
            "net": text(self.net), "vat": text(self.vat), "gross": text(self.gross),
        }  # fmt: skip


def vat_parts(lines: Iterable[Taxed]) -> tuple[VatPart, ...]:
    """The VAT of lines by category and rate, rounded once on the sum of each."""

    def of(line: Taxed) -> tuple[str, Decimal]:
        return line.vat_category, line.vat_rate

    parts = []
    for (category, rate), group in groupby(sorted(lines, key=of), key=of):
        base = sum((line.amount for line in group), ZERO)
        parts.append(VatPart(category, rate, base, round_cents(base * rate / 100)))
    return tuple(parts)
