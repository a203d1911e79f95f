"""Over which days a holding keeps one price: cut at the changes of grid and of membership; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from dcops.catalogue.buyers import buyer_on
from dcops.catalogue.line import Grid, grid_on
from dcops.catalogue.quote import Buyer
from dcops.contracts.commitment import add_months
from inventory.customers import Counted, Dated


@dataclass(frozen=True)
class Account:
    """What of a customer the bill depends on."""

    code: str
    kind: str
    populations: tuple[Counted, ...]
    memberships: tuple[Dated, ...]

    def buyer(self, on: date) -> Buyer:
        return buyer_on(self, on)


@dataclass(frozen=True)
class Span:
    """Days [start, end) of one grid (None: no grid in force) and one price class."""

    start: date
    end: date
    grid: Grid | None
    buyer: Buyer

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def days_of(year: int) -> int:
    """365, or 366 in a leap year."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def clip(start: date, end: date | None, year: int) -> tuple[date, date] | None:
    """The part of [start, end) inside a civil year, or None."""
    first, last = max(start, date(year, 1, 1)), min(end or date.max, date(year + 1, 1, 1))
    return (first, last) if first < last else None


def split(first: date, end: date, account: Account, grids: tuple[Grid, ...]) -> list[Span]:
    """[first, end) cut where the grid or the price class changes, and only there; the parts touch."""
    bounds = (day for dated in (*grids, *account.memberships) for day in (dated.start, dated.end))
    cuts = [first, *sorted({day for day in bounds if day is not None and first < day < end}), end]
    spans: list[Span] = []
    for start, stop in pairwise(cuts):
        span = Span(start, stop, grid_on(grids, start), account.buyer(start))
        if spans and _same_price(spans[-1], span):
            spans[-1] = replace(spans[-1], end=stop)
        else:
            spans.append(span)
    return spans


def _same_price(one: Span, other: Span) -> bool:
    return one.grid is other.grid and one.buyer.member == other.buyer.member


def within(spans: Iterable[Span], first: date, end: date, account: Account) -> list[Span]:
    """The parts of touching spans in [first, end): what ``split`` says of those days."""
    found = [span for span in spans if span.start < end and first < span.end]
    if found and found[0].start < first:
        found[0] = replace(found[0], start=first, buyer=account.buyer(first))
    if found and found[-1].end > end:
        found[-1] = replace(found[-1], end=end)
    return found


def part_of_year(proration: str, first: date, start: date, end: date) -> tuple[int, int]:
    """(numerator, denominator) of a yearly price owed for [start, end) of a holding that began on ``first``.

    ``day``: days of the civil year; ``month``: months begun, each counted where it begins; ``none``: all of it,
    once. The parts of a holding cut anywhere add up.
    """
    if proration == "none":
        return (1, 1) if start == first else (0, 1)
    if proration == "month":
        return _months_begun(first, end) - _months_begun(first, start), 12
    return (end - start).days, days_of(start.year)


def _months_begun(start: date, end: date) -> int:
    if end <= start:
        return 0
    last = end - timedelta(days=1)
    return (last.year - start.year) * 12 + last.month - start.month + 1


def anniversaries(start: date, months: int, first: date, end: date) -> list[date]:
    """The days start, start + months, start + 2 × months… that fall in [first, end)."""
    found: list[date] = []
    count = 0
    while (day := add_months(start, count * months)) < end:
        if day >= first:
            found.append(day)
        count += 1
    return found
