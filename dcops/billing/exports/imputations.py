"""What a document brings to each budget account, by VAT category and rate, exact to the cent; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from dcops.billing.document import Document, DocumentLine, VatPart
from dcops.money import CENT, ZERO


@dataclass(frozen=True)
class Imputation:
    """The lines of one account, VAT category and rate; amounts of a credit note are negative."""

    account: str
    category: str
    rate: Decimal
    net: Decimal
    vat: Decimal
    lines: tuple[DocumentLine, ...]

    @property
    def key(self) -> tuple[str, str, Decimal]:
        return self.account, self.category, self.rate

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def label(self) -> str:
        """What it is for: the labels of its lines that are worth something, each once."""
        worth = [line for line in self.lines if line.amount] or self.lines
        return " ; ".join(dict.fromkeys(line.label for line in worth))


def imputations(document: Document) -> tuple[Imputation, ...]:
    """The imputations of a document in the order of the accounts: their sums are its totals, to the cent."""
    found = [each for part in document.vat_parts for each in _of_part(part, document.lines)]
    return tuple(sorted(found, key=lambda each: each.key))


def _of_part(part: VatPart, lines: Sequence[DocumentLine]) -> list[Imputation]:
    of: dict[str, list[DocumentLine]] = {}
    for line in lines:
        if (line.vat_category, line.vat_rate) == (part.category, part.rate):
            of.setdefault(line.account, []).append(line)
    accounts = sorted(of)
    nets = [sum((line.amount for line in of[account]), ZERO) for account in accounts]
    vats = split(part.vat, [net * part.rate / 100 for net in nets])
    return [
        Imputation(account, part.category, part.rate, net, vat, tuple(of[account]))
        for account, net, vat in zip(accounts, nets, vats, strict=True)
    ]


def split(total: Decimal, exact: Sequence[Decimal]) -> list[Decimal]:
    """A total in whole cents over its exact parts, by largest remainder; the opposite total splits in opposites.

    ``total`` is the sum of the parts rounded to the cent; equal remainders are served in their order.
    """
    sign = -1 if total < 0 else 1
    shares = [(sign * part).quantize(CENT, ROUND_FLOOR) for part in exact]
    cents = int((sign * total - sum(shares, ZERO)) / CENT)
    for index in sorted(range(len(shares)), key=lambda i: shares[i] - sign * exact[i])[:cents]:
        shares[index] += CENT
    return [ZERO + sign * share for share in shares]
