"""A grid and its lines as frozen values: what prices are computed from; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

QUOTE = "quote"
NOT_APPLICABLE = "n/a"
NOT_SOLD = ""
KINDS_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class GridLine:
    """One line of a grid; the columns of ``TariffLine`` plus the name of its grid and the vote that made it."""

    tariff: str
    deliberation: str
    position: int
    section: str
    service: str
    code: str
    label: str
    unit: str
    behaviour: str
    member_price: Decimal | None = None
    nonmember_price: Decimal | None = None
    member_word: str = NOT_SOLD
    nonmember_word: str = NOT_SOLD
    commitment_months: int | None = None
    quantity_min: int | None = None
    quantity_max: int | None = None
    population_min: int | None = None
    population_max: int | None = None
    floor: Decimal | None = None
    cap: Decimal | None = None
    included: Decimal | None = None
    minutes: int | None = None
    validity_months: int | None = None
    proration: str = "day"
    vat_category: str = "S"
    kinds: str = ""
    account: str | None = None
    note: str = ""

    def meant_for(self, kind: str) -> bool:
        """Whether customers of a kind may have it: a line that names no kind is for everybody."""
        return not self.kinds or kind in self.kinds.split(KINDS_SEPARATOR)

    def price(self, member: bool) -> Decimal | None:
        """The printed price of a class in euros; None when a word stands in its place."""
        return self.member_price if member else self.nonmember_price

    def word(self, member: bool) -> str:
        """What is printed when there is no price: "quote", "n/a", "" (not sold) or a formula."""
        return self.member_word if member else self.nonmember_word

    def sold_to(self, member: bool) -> bool:
        """Whether the class has a printed price, or a formula in its place."""
        return self.price(member) is not None or self.word(member) not in (QUOTE, NOT_APPLICABLE, NOT_SOLD)


@dataclass(frozen=True)
class Grid:
    """A voted grid in force over [start, end); ``end`` None while no later grid replaces it."""

    name: str
    start: date
    end: date | None
    deliberation: str
    lines: tuple[GridLine, ...]
    _by_code: dict[str, GridLine] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {line.code: line for line in self.lines})

    def covers(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)

    def line(self, code: str) -> GridLine | None:
        """The line of this exact code."""
        return self._by_code.get(code)

    def candidates(self, code: str) -> tuple[GridLine, ...]:
        """The lines of the service of that name, or the line of that code; empty when unknown.

        A code may also name its service (``domaine-std``): the service's other lines are then candidates too.
        """
        exact = self.line(code)
        if exact is not None and exact.service != code:
            return (exact,)
        return tuple(line for line in self.lines if line.service == code)


def grid_on(grids: tuple[Grid, ...], on: date) -> Grid | None:
    """The grid in force on a day among several."""
    return next((grid for grid in grids if grid.covers(on)), None)


def grids_from(grids: tuple[Grid, ...], on: date) -> list[Grid]:
    """Where to look a code up: the grid in force on a day, then every grid, the newest first."""
    current = grid_on(grids, on)
    return [*([current] if current else []), *reversed(grids)]
