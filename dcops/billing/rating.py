"""What metered energy costs, measure by measure: Wh at the price of their day, with what that price rests on; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from dcops.billing.spans import Account, split
from dcops.catalogue.line import Grid
from dcops.catalogue.quote import pick
from dcops.contracts.prices import price_of
from dcops.money import price_text
from inventory.errors import DomainError
from metering.cells import micros
from metering.period import midnight

_ONE = Decimal(1)
_WH = Decimal(1000)
Point = tuple[int, int]
"""A measure: when it begins (microseconds since 1970) and its Wh."""


@dataclass(frozen=True)
class KwhPrice:
    """The price of a kWh over the days [start, end); None where ``why`` says that there is none."""

    start: date
    end: date
    euros: Decimal | None
    tariff: str = ""
    deliberation: str = ""
    line: str = ""
    member: bool = False
    why: str = ""

    def document(self) -> dict[str, Any]:
        """What a price rests on: days, grid, vote, line and class, or why there is none."""
        days = {"from": self.start.isoformat(), "to": self.end.isoformat()}
        if self.euros is None:
            return {**days, "unit_price": None, "why": self.why}
        rests_on = {"tariff": self.tariff, "deliberation": self.deliberation, "line": self.line}
        price_class = "member" if self.member else "nonmember"
        return {**days, "unit_price": price_text(self.euros), **rests_on, "price_class": price_class}


class Rated(NamedTuple):
    """A measure and what it costs: exact euros, rounded by who adds them up; None without a price."""

    start: int
    wh: int
    euros: Decimal | None
    price: KwhPrice


def kwh_prices(code: str, first: date, end: date, account: Account, grids: tuple[Grid, ...]) -> list[KwhPrice]:
    """The prices of a kWh of a line to a customer over [first, end): they touch, and cover all the days."""
    found = []
    for span in split(first, end, account, grids):
        candidates = span.grid.candidates(code) if span.grid else ()
        try:
            line = pick(candidates, span.buyer, _ONE)
            euros = price_of(line, span.buyer, _ONE).unit_price
        except DomainError as refusal:
            found.append(KwhPrice(span.start, span.end, None, why=str(refusal)))
            continue
        rests_on = (line.tariff, line.deliberation, line.code, span.buyer.member)
        found.append(KwhPrice(span.start, span.end, euros, *rests_on))
    return found


def rated(points: Iterable[Point], prices: Sequence[KwhPrice]) -> Iterator[Rated]:
    """Each measure at the price of the day on which it begins; both in time order, prices covering all measures."""
    turns = iter([(micros(midnight(price.end)), price) for price in prices])
    until, price = next(turns)
    per_wh = None if price.euros is None else price.euros / _WH
    for start, wh in points:
        while start >= until:
            until, price = next(turns)
            per_wh = None if price.euros is None else price.euros / _WH
        yield Rated(start, wh, None if per_wh is None else per_wh * wh, price)
