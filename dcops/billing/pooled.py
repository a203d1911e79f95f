"""What counts a customer as a whole, whatever its orders: units above a threshold, uses of the year before; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from dcops.billing.charge import Line, days_words
from dcops.billing.known import Count, Known
from dcops.billing.pricing import Pricing, unbilled
from dcops.billing.spans import Account, Span
from dcops.catalogue.behaviours import COUNTED, POOLED
from dcops.catalogue.line import Grid, GridLine
from dcops.contracts.holding import Holding
from dcops.money import number, plain


@dataclass(frozen=True)
class Part:
    """What one order brings to a pooled line for the days of a span."""

    holding: Holding
    span: Span
    line: GridLine


@dataclass(frozen=True)
class Stretch:
    """Days [start, end) of one quantity at one price, whatever the orders that make it up."""

    start: date
    end: date
    quantity: Decimal
    agreed: Decimal | None
    parts: tuple[Part, ...]

    @property
    def line(self) -> GridLine:
        return self.parts[0].line

    @property
    def grid(self) -> Grid | None:
        return self.parts[0].span.grid

    def goes_on(self, other: Stretch) -> bool:
        """Whether another one follows at the same price."""
        mine, its = (each.parts[0].span.buyer.member for each in (self, other))
        alike = (self.quantity, self.agreed, mine) == (other.quantity, other.agreed, its)
        return alike and self.end == other.start and self.grid is other.grid


def together(holding: Holding, line: GridLine) -> bool:
    """Whether a holding counts with its customer's other ones; units at an agreed price are apart."""
    return line.behaviour in POOLED and (line.behaviour == COUNTED or holding.agreed_price is None)


def pooled(parts: Iterable[Part], account: Account, pricing: Pricing, known: Known) -> list[Line]:
    """The lines of a customer's pooled parts, one per line of the grid and stretch; their order changes nothing."""
    lines: list[Line] = []
    ordered = sorted(parts, key=lambda part: (part.line.code, *_order(part)))
    for _, group in groupby(ordered, key=lambda part: part.line.code):
        of_line = list(group)
        first, until = date.min, date.min
        for stretch in _stretches(of_line):
            first = first if stretch.start == until else stretch.start
            until = stretch.end
            line = _line(_whole(stretch, of_line[0], account), stretch, first, account, pricing, known)
            lines += [line] if line is not None else []
    return lines


def _order(part: Part) -> tuple[str, int, date]:
    return str(part.holding.evidence["order"]), int(part.holding.evidence["id"]), part.span.start


def _stretches(parts: Sequence[Part]) -> list[Stretch]:
    """The days on which something is held, cut where the quantity or the price changes, and only there."""
    found: list[Stretch] = []
    days = sorted({day for part in parts for day in (part.span.start, part.span.end)})
    for start, end in pairwise(days):
        present = tuple(part for part in parts if part.span.start <= start and end <= part.span.end)
        if not present:
            continue
        stretch = _stretch(start, end, present)
        last = found[-1] if found else None
        if last is not None and last.goes_on(stretch):
            more = tuple(part for part in present if not any(part is known for known in last.parts))
            found[-1] = replace(last, end=end, parts=last.parts + more)
        else:
            found.append(stretch)
    return found


def _stretch(start: date, end: date, parts: tuple[Part, ...]) -> Stretch:
    line = parts[0].line
    agreed = next((part.holding.agreed_price for part in parts if part.holding.agreed_price is not None), None)
    held = Decimal(0) if line.behaviour == COUNTED else sum((part.holding.quantity for part in parts), Decimal(0))
    return Stretch(start, end, held, agreed, parts)


def _whole(stretch: Stretch, first: Part, account: Account) -> Holding:
    """All the orders of a stretch as one, known by the first of the year; ``orders`` are the ids of the stretch."""
    ids = sorted({int(part.holding.evidence["id"]) for part in stretch.parts})
    order = {**first.holding.evidence, "name": stretch.line.service, "orders": ids}
    return Holding(account.code, stretch.line.code, stretch.quantity, stretch.start, stretch.end, "annual", order)


def _line(
    whole: Holding, stretch: Stretch, first: date, account: Account, pricing: Pricing, known: Known
) -> Line | None:
    line, parts = stretch.line, sorted(stretch.parts, key=_order)
    span = Span(stretch.start, stretch.end, stretch.grid, account.buyer(stretch.start))
    evidence: dict[str, Any] = {"orders": [_evidence(part, stretch) for part in parts]}
    words = (_words(parts, stretch),) if len(parts) > 1 else ()
    quantity = stretch.quantity
    if line.behaviour == COUNTED:
        year, count = pricing.year - 1, known.count(account.code, line)
        if count is None:
            why = f"le nombre de {year} n'est pas connu : l'importer, 0 compris (dcops usages import)."
            return unbilled(whole, span, why)
        quantity = count.quantity
        words = (*words, _count_words(count, year))
        evidence["count"] = {"year": year, "quantity": plain(count.quantity), "id": count.id or None}
    found = pricing.price_line(line, span.buyer, quantity, stretch.agreed)
    return pricing.prorated(whole, span, found, first, words, evidence)


def _evidence(part: Part, stretch: Stretch) -> dict[str, Any]:
    """One of the orders, its quantity and its days in the stretch."""
    start, end = max(part.span.start, stretch.start), min(part.span.end, stretch.end)
    held = {"quantity": plain(part.holding.quantity), "from": start.isoformat(), "to": end.isoformat()}
    return {**part.holding.evidence, **held}


def _words(parts: Iterable[Part], stretch: Stretch) -> str:
    return f"Commandes réunies : {' ; '.join(_named(part, stretch) for part in parts)}."


def _named(part: Part, stretch: Stretch) -> str:
    start, end = max(part.span.start, stretch.start), min(part.span.end, stretch.end)
    days = "" if (start, end) == (stretch.start, stretch.end) else f" {days_words(start, end)}"
    order = part.holding.evidence
    return f"{order['name']} n° {order['id']}, quantité {number(part.holding.quantity)}{days}"


def _count_words(count: Count, year: int) -> str:
    if not count.id:
        return f"Première année : rien à compter en {year}."
    return f"Nombre relevé en {year} : {number(count.quantity)}."
