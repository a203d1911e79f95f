"""Customers, holdings and grids as values, for tests of what a year costs: nothing is read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.charges import NOTHING
from dcops.billing.charges import charges as charges_of
from dcops.billing.known import Known
from dcops.billing.pricing import Pricing
from dcops.billing.spans import Account
from dcops.catalogue.grid_file import parse
from dcops.catalogue.grids import SHIPPED, shipped_text
from dcops.catalogue.line import Grid, GridLine
from dcops.contracts.holding import Holding
from dcops.sections import Billing
from metering.period import Period

RULES = Billing()


def _grid(index: int, end: date | None) -> Grid:
    name, start, vote = SHIPPED[index]
    return Grid(name, start, end, vote, tuple(parse(shipped_text(name), name, vote)[0]))


GRIDS = (_grid(0, date(2024, 1, 1)), _grid(1, None))


def account(kind: str = "commune", people: int | None = 22000, *members: tuple[date, date | None]) -> Account:
    """A customer of a kind, with inhabitants at any time, and its memberships."""
    counted = () if people is None else (SimpleNamespace(year=None, base="municipal", inhabitants=people),)
    return Account("abbeville", kind, counted, tuple(SimpleNamespace(start=start, end=end) for start, end in members))


EVER = (date(2015, 1, 1), None)
MEMBER = account("commune", 22000, EVER)
OTHER = account("commune", 22000)
LEAVES = account("commune", 22000, (date(2015, 1, 1), date(2024, 7, 1)))


@dataclass(frozen=True)
class Energy:
    wh: int
    flags: dict[str, int] = field(default_factory=dict)
    coverage: Decimal = Decimal("1.000")
    evidence: tuple[str, ...] = ("a01@2024",)
    notes: tuple[str, ...] = ()
    missing: tuple[Period, ...] = ()


def held(code: str, kind: str, start: date, end: date | None = None, quantity: str = "1", **more: Any) -> Holding:
    """What the customer holds as one order: that of the share n° 7 unless said."""
    order = more.pop("order", {"order": "share", "id": 7, "name": "A01"})
    return Holding("abbeville", code, Decimal(quantity), start, end, kind, order, **more)


def subscribed(id: int, code: str, start: date, end: date | None = None, quantity: str = "1", **more: Any) -> Holding:
    """A yearly subscription of that id, unless another kind is said."""
    order = {"order": "subscription", "id": id, "name": code}
    return held(code, more.pop("kind", "annual"), start, end, quantity, order=order, **more)


def bill(
    holdings: list[Holding], who: Account = MEMBER, year: int = 2024, known: Known = NOTHING,
    grids: tuple[Grid, ...] = GRIDS, rules: Billing = RULES,
) -> list[Line]:  # fmt: skip
    """The lines of a customer's bill."""
    return charges_of(holdings, who, Pricing(year, grids, rules), known)


def billed(lines: list[Line]) -> list[Charge]:
    """The lines, none of which may be left out."""
    assert not [line for line in lines if isinstance(line, Unbilled)], lines
    return [line for line in lines if isinstance(line, Charge)]


def amounts(lines: list[Line]) -> list[tuple[date, date, str]]:
    """First day, day after the last one and amount of each line."""
    return [(line.start, line.end, str(line.amount)) for line in billed(lines)]


def why(lines: list[Line]) -> str:
    """Why the one line is not billed."""
    (line,) = lines
    assert isinstance(line, Unbilled), line
    return line.why


def grids_with(code: str, **changes: Any) -> tuple[Grid, ...]:
    """The grids with one line changed in both."""

    def changed(line: GridLine) -> GridLine:
        return replace(line, **changes) if line.code == code else line

    return tuple(replace(grid, lines=tuple(map(changed, grid.lines))) for grid in GRIDS)
