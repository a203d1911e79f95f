"""The prices of a civil year: spans, lines, prices and sentences that repeat are found once; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from dcops.billing.charge import Charge, Unbilled
from dcops.billing.known import Days
from dcops.billing.spans import Account, Span, part_of_year, split, within
from dcops.catalogue.behaviours import Priced
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.quote import Buyer, grid_words, pick, terms
from dcops.catalogue.reserved import meant_for
from dcops.contracts.holding import Holding
from dcops.contracts.prices import depends_on_population, price_of
from dcops.money import ZERO, french, round_cents
from inventory.errors import Invalid
from inventory.french import counted

TAXED = "S"
"""The VAT category of what is taxed; E is exempt, O outside the scope of VAT."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
_UNITS = {"day": "days", "month": "months"}
"""What evidence calls the part of a year that is owed."""


class Rules(Protocol):
    """What an installation decides of its bills: the section ``billing`` of its settings."""

    @property
    def vat_rate(self) -> Decimal: ...
    @property
    def minimum_coverage(self) -> Decimal: ...
    @property
    def backup_basis(self) -> str: ...


class LinePrice(NamedTuple):
    """The line that suits a buyer and a quantity, and its price for a whole year, or once."""

    line: GridLine
    priced: Priced


class Pricing:
    """The prices of a civil year, from its grids and the rules of an installation.

    Holdings repeat: spans are remembered by account and days, prices by what they depend on, sentences by line and
    buyer. What is asked changes nothing that is answered. Grids and lines are told apart by identity: they are many
    cells to compare, and live as long as this.
    """

    def __init__(self, year: int, grids: tuple[Grid, ...], rules: Rules) -> None:
        self.year = year
        self.first, self.end = date(year, 1, 1), date(year + 1, 1, 1)
        self.rules = rules
        self._grids = grids
        self._spans: dict[tuple[str, date, date], Sequence[Span]] = {}
        self._lines: dict[tuple[int, str], tuple[tuple[GridLine, ...], bool]] = {}
        self._prices: dict[tuple[Any, ...], LinePrice] = {}
        self._words: dict[tuple[Any, ...], tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def days(self, holding: Holding) -> Days | None:
        """The days of the year on which something is held, or None."""
        start = holding.start if holding.start > self.first else self.first
        end = self.end if holding.end is None or holding.end > self.end else holding.end
        return (start, end) if start < end else None

    def spans(self, account: Account, first: date, end: date) -> Sequence[Span]:
        """[first, end), days of the year, cut where the grid or the price class of a customer changes."""
        key = (account.code, first, end)
        found = self._spans.get(key)
        if found is None:
            found = self._spans[key] = self._cut(account, first, end)
        return found

    def _cut(self, account: Account, first: date, end: date) -> Sequence[Span]:
        if (first, end) == (self.first, self.end):
            return split(first, end, account, self._grids)
        return within(self.spans(account, self.first, self.end), first, end, account)

    def price(
        self,
        span: Span,
        code: str,
        quantity: Decimal,
        agreed: Decimal | None = None,
        supplier_price: Decimal | None = None,
    ) -> LinePrice:
        """The line of a code in a span and its price. Raises DomainError where there is none, saying why."""
        lines, by_population = self._candidates(span.grid, code)
        who = span.buyer
        people = (who.population, who.vintage) if by_population else None
        key = (id(span.grid), code, quantity, agreed, supplier_price, who.member, who.kind, people)
        found = self._prices.get(key)
        if found is None:
            line = self._line(span, lines, quantity, agreed)
            found = self._prices[key] = LinePrice(line, price_of(line, who, quantity, agreed, supplier_price))
        return found

    def price_line(self, line: GridLine, who: Buyer, quantity: Decimal, agreed: Decimal | None = None) -> LinePrice:
        """The price of a line that is already chosen. Raises as ``price`` does."""
        return LinePrice(line, price_of(line, who, quantity, agreed))

    def _line(self, span: Span, lines: tuple[GridLine, ...], quantity: Decimal, agreed: Decimal | None) -> GridLine:
        """The line that suits the kind, the class and the population of the buyer; a price agreed frees it of them."""
        who = span.buyer
        if agreed is None and span.grid is not None:
            lines = meant_for(lines, who.code or "", who.kind, span.grid)
        return pick(lines, who, quantity, agreed=agreed is not None)

    def _candidates(self, grid: Grid | None, code: str) -> tuple[tuple[GridLine, ...], bool]:
        """The lines that a code may be, and whether one depends on the population."""
        if grid is None:
            raise Invalid("aucune grille tarifaire en vigueur.")
        found = self._lines.get((id(grid), code))
        if found is None:
            lines = grid.candidates(code)
            if not lines:
                raise Invalid(f"la ligne n'est pas dans la grille {grid.name}.")
            found = self._lines[id(grid), code] = lines, any(map(depends_on_population, lines))
        return found

    def validity_months(self, code: str) -> int | None:
        """For how long a package of that code is sold, in the first grid that has it."""
        lines = next((found for grid in self._grids if (found := grid.candidates(code))), None)
        return lines[0].validity_months if lines else None

    def charge(
        self, holding: Holding, span: Span, found: LinePrice, exact: Decimal,
        words: tuple[str, ...] = (), evidence: Mapping[str, Any] = NOTHING,
    ) -> Charge:  # fmt: skip
        """The line of a holding for a span, ``exact`` rounded once, half up."""
        line, priced = found
        opening, closing = self._words_of(line, span.buyer)
        estimated = evidence.get("estimated_kwh")
        return Charge(
            customer_code=holding.customer_code,
            code=line.code,
            label=f"{line.label} (dont {estimated} kWh estimés)" if estimated else line.label,
            quantity=priced.quantity,
            unit_price=priced.unit_price,
            amount=round_cents(exact),
            start=span.start,
            end=span.end,
            kind=holding.kind,
            vat_category=line.vat_category,
            vat_rate=self.rules.vat_rate if line.vat_category == TAXED else ZERO,
            evidence={
                "tariff": line.tariff, "deliberation": line.deliberation, "line": line.code,
                "price_class": "member" if span.buyer.member else "nonmember", "order": holding.evidence, **evidence,
            },
            explanation=(*opening, *priced.why, *words, *closing),
            unit=line.unit,
            section=line.section,
            account=line.account,
        )  # fmt: skip

    def prorated(
        self, holding: Holding, span: Span, found: LinePrice, first: date,
        words: tuple[str, ...] = (), evidence: Mapping[str, Any] = NOTHING,
    ) -> Charge | None:  # fmt: skip
        """The part of a yearly price owed for a span of what is held since ``first``; None when it owes nothing."""
        part, whole = part_of_year(found.line.proration, max(first, self.first), span.start, span.end)
        if part == 0:
            return None  # a month begun before, or a price owed once
        exact = found.priced.exact * part / whole
        if part != whole:
            words = (*words, _prorata(part, whole, found.line.proration, exact))
        unit = _UNITS.get(found.line.proration, "part")
        return self.charge(holding, span, found, exact, words, {**evidence, unit: f"{part}/{whole}"})

    def _words_of(self, line: GridLine, who: Buyer) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What an explanation of a line begins and ends with: its grid, vote and price class; its terms."""
        key = (id(line), who.member, who.why)
        found = self._words.get(key)
        if found is None:
            found = self._words[key] = tuple(grid_words(line, who)), tuple(terms(line))
        return found


def unbilled(holding: Holding, span: Span, why: str) -> Unbilled:
    """Why a holding is not billed for a span."""
    return Unbilled(holding.customer_code, holding.code, span.start, span.end, why, holding.evidence)


def _prorata(part: int, whole: int, proration: str, exact: Decimal) -> str:
    unit = counted(part, "jour") if proration == "day" else counted(part, "mois commencé", "mois commencés")
    return f"Prorata : {unit} sur {whole} = {french(round_cents(exact))}."
