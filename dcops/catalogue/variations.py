"""Percent changes of a grid, for everything, a section, a service or a line: « and if » without a file; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from dcops.catalogue.line import Grid, GridLine
from dcops.money import number, round_cents
from inventory.errors import Invalid

LEAST, MOST = Decimal(-100), Decimal(1000)
_PRICE_STEP = Decimal("0.000001")
_WRITTEN = re.compile(r"(?:(?P<of>[^\s:+−%]+)\s*:?\s+)?(?P<percent>[+−-]?\d{1,4}(?:[.,]\d{1,4})?)\s*%?", re.ASCII)
_EVERYTHING = ("tout", "tous", "toutes")


@dataclass(frozen=True)
class Variation:
    """A change of the printed prices by ``percent``; ``of``: a section, a service or a line, None for everything."""

    percent: Decimal
    of: str | None = None

    @property
    def text(self) -> str:
        """As it may be written again: ``13 +2,5 %``."""
        sign = "−" if self.percent < 0 else "+"
        return f"{self.of or 'tout'} {sign}{number(abs(self.percent))} %"

    def precision(self, line: GridLine) -> int:
        """How precisely it names a line: its code, its service, its section, everything; 0 when it does not."""
        if self.of is None:
            return 1
        if self.of in (line.code, line.service):
            return 2000 if self.of == line.code else 1000
        within = line.section == self.of or line.section.startswith(f"{self.of}.")
        return 1 + len(self.of) if within else 0


def read(text: str) -> tuple[Variation, ...]:
    """Changes written one a line (or between semicolons): ``+2 %``, ``13 +3,5 %``, ``dc-elec -10``.

    Raises Invalid with every piece that cannot be read, or that changes the same thing twice.
    """
    pieces = [piece.strip().replace("\u00a0", " ").replace("\u202f", " ") for piece in re.split(r"[;\n]", text)]
    found, faults = [], []
    for piece in filter(None, pieces):
        try:
            found.append(_variation(piece))
        except ValueError as error:
            faults.append(str(error))
    named = [variation.of for variation in found]
    faults += [f"« {of or 'tout'} » est donné deux fois." for of in dict.fromkeys(named) if named.count(of) > 1]
    if faults:
        raise Invalid(f"variations : {' '.join(faults)}")
    return tuple(found)


def _variation(piece: str) -> Variation:
    match = _WRITTEN.fullmatch(piece)
    if match is None:
        raise ValueError(f"« {piece} » ne se lit pas : écrire « +2 % », « 13 +3,5 % » ou « dc-elec -10 % ».")
    percent = Decimal(match["percent"].replace("−", "-").replace(",", "."))
    if not LEAST <= percent <= MOST:
        raise ValueError(f"« {piece} » : de −100 % à +1000 %.")
    of = match["of"]
    return Variation(percent, None if of is None or of.lower() in _EVERYTHING else of)


def varied(grid: Grid, variations: Sequence[Variation]) -> Grid:
    """The grid with its printed prices, floors and caps changed, each by the change that names its line best.

    Prices keep six decimals, floors and caps are rounded to the cent; formulas and what is on quote stay as they are.
    """
    return replace(grid, lines=tuple(_line(line, variations) for line in grid.lines)) if variations else grid


def _line(line: GridLine, variations: Iterable[Variation]) -> GridLine:
    best = max(variations, key=lambda variation: variation.precision(line))
    if not best.precision(line):
        return line
    factor = 1 + best.percent / 100
    return replace(
        line,
        member_price=_price(line.member_price, factor), nonmember_price=_price(line.nonmember_price, factor),
        floor=None if line.floor is None else round_cents(line.floor * factor),
        cap=None if line.cap is None else round_cents(line.cap * factor),
    )  # fmt: skip


def _price(price: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if price is None else (price * factor).quantize(_PRICE_STEP, ROUND_HALF_UP)


def check(variations: Iterable[Variation], grids: Sequence[Grid]) -> None:
    """Raise Invalid when a change names nothing that one of the grids has."""
    lines = [line for grid in grids for line in grid.lines]
    lost = [each.of for each in variations if each.of and not any(each.precision(line) for line in lines)]
    if lost:
        names = ", ".join(grid.name for grid in grids)
        raise Invalid(
            f"variations : {', '.join(f'« {of} »' for of in lost)} : ni section, ni service, ni ligne de la grille "
            f"{names}."
        )
