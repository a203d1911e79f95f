"""A billing run as a value: invoices by customer and budget, what was left out, and totals that always add up; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.document import VatPart, vat_parts
from dcops.money import ZERO, text

OUTSIDE = "O"
"""The category of what is outside the scope of VAT: it never shares an invoice with another (EN 16931, BR-O-11)."""


class Budget(Protocol):
    """A budget that issues invoices."""

    @property
    def code(self) -> str: ...


class Budgets(Protocol):
    """Which budget bills a section of the grid: the settings of an installation."""

    def budget_of(self, section: str) -> Budget: ...


@dataclass(frozen=True)
class Invoice:
    """The charges of one customer for one budget; ``net`` is their sum, VAT is rounded once per category and rate."""

    customer_code: str
    budget: str
    lines: tuple[Charge, ...]

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

    def document(self) -> dict[str, Any]:
        return {
            "customer": self.customer_code, "budget": self.budget, "lines": [line.document() for line in self.lines],
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


def assemble(name: str, year: int, lines: Iterable[Line], budgets: Budgets, *, dry_run: bool) -> Run:
    """Invoices by customer, budget and whether VAT applies at all: ``budgets`` is the settings.

    The order of the lines given changes nothing.
    """
    ordered = sorted(lines, key=_order)
    owed = [line for line in ordered if isinstance(line, Charge)]
    codes = {section: budgets.budget_of(section).code for section in {line.section for line in owed}}

    def document_of(line: Charge) -> tuple[str, str, bool]:
        return line.customer_code, codes[line.section], line.vat_category == OUTSIDE

    grouped = groupby(sorted(owed, key=document_of), key=document_of)
    invoices = tuple(Invoice(customer, budget, tuple(group)) for (customer, budget, _), group in grouped)
    return Run(name, year, dry_run, invoices, tuple(line for line in ordered if isinstance(line, Unbilled)))


def _order(line: Line) -> tuple[str, str, int, str, date]:
    return line.customer_code, str(line.order["order"]), int(line.order["id"]), line.code, line.start
