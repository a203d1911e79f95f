"""A billing run as a value: invoices by customer, what was left out, and totals that always add up; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from dcops.billing.charge import Charge, Line, Unbilled
from dcops.money import ZERO, round_cents, text


@dataclass(frozen=True)
class Invoice:
    """The charges of one customer; ``net`` is the sum of the lines, VAT is computed once on the taxed sum."""

    customer_code: str
    lines: tuple[Charge, ...]
    vat_rate: Decimal

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def vat(self) -> Decimal:
        taxed = sum((line.amount for line in self.lines if line.vat_category == "S"), ZERO)
        return round_cents(taxed * self.vat_rate / 100)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    def document(self) -> dict[str, Any]:
        return {
            "customer": self.customer_code, "lines": [line.document() for line in self.lines],
            "net": text(self.net), "vat": text(self.vat), "gross": text(self.gross),
        }  # fmt: skip


@dataclass(frozen=True)
class Run:
    """The bills of a civil year, and what could not be billed."""

    name: str
    year: int
    dry_run: bool
    invoices: tuple[Invoice, ...]
    skipped: tuple[Unbilled, ...]

    @property
    def net(self) -> Decimal:
        return sum((invoice.net for invoice in self.invoices), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((invoice.vat for invoice in self.invoices), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    def document(self) -> dict[str, Any]:
        """The JSON shape of ``billing run``."""
        return {
            "run": self.name, "year": self.year, "dry_run": self.dry_run,
            "invoices": [invoice.document() for invoice in self.invoices],
            "skipped": [line.document() for line in self.skipped],
            "net": text(self.net), "vat": text(self.vat), "gross": text(self.gross),
        }  # fmt: skip


def assemble(name: str, year: int, lines: Iterable[Line], vat_rate: Decimal, *, dry_run: bool) -> Run:
    """One invoice per customer that owes something, by code; the order of the lines given changes nothing."""
    ordered = sorted(lines, key=_order)
    owed = [line for line in ordered if isinstance(line, Charge)]
    invoices = tuple(
        Invoice(code, tuple(group), vat_rate) for code, group in groupby(owed, key=lambda line: line.customer_code)
    )
    return Run(name, year, dry_run, invoices, tuple(line for line in ordered if isinstance(line, Unbilled)))


def _order(line: Line) -> tuple[str, str, int, str, str]:
    order = line.evidence["order"] if isinstance(line, Charge) else line.evidence
    reference = order if isinstance(order, dict) else line.evidence
    return (line.customer_code, str(reference["order"]), int(reference["id"]), line.code, line.start.isoformat())
