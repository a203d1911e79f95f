"""The grid as its page shows it: one row per line across the grids, and what changes from one grid to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from dcops.catalogue.diff import rise
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.listing import word_text
from dcops.catalogue.sections import order
from dcops.money import price_text
from dcops.web import formats
from dcops.web.listing import Badge

UP, DOWN, OTHER, NEW, GONE = "up", "down", "other", "new", "gone"
CHANGES = ((UP, "En hausse"), (DOWN, "En baisse"), (NEW, "Nouvelles"), (GONE, "Retirées"), ("same", "Inchangées"))
"""What the page can be narrowed to; ``other``: a price that became a word, or the reverse."""


@dataclass(frozen=True)
class Cell:
    """What a grid prints for one class, and how that differs from the grid before."""

    text: str
    value: Decimal | str  # for files
    change: Badge | None = None


@dataclass(frozen=True)
class Row:
    """A line as the newest grid that has it says; ``cells`` are (member, non-member) per grid, oldest first."""

    line: GridLine
    cells: tuple[tuple[Cell, Cell], ...]
    badges: tuple[Badge, ...]
    changes: frozenset[str]
    rises: tuple[Decimal | None, Decimal | None]  # of both classes, from the last grid but one to the last, percent


ABSENT = Cell(formats.NONE, "")


def rows_of(grids: Sequence[Grid]) -> list[Row]:
    """Every line of every grid, by section, then as its newest grid orders them."""
    newest: dict[str, GridLine] = {}
    for grid in reversed(grids):
        for line in grid.lines:
            newest.setdefault(line.code, line)
    lines = sorted(newest.values(), key=lambda line: (order(line.section), line.position))
    return [_row(line, grids) for line in lines]


def _row(line: GridLine, grids: Sequence[Grid]) -> Row:
    found = [grid.line(line.code) for grid in grids]
    before: list[GridLine | None] = [None, *found[:-1]]
    cells = tuple(_cells(old, new) for old, new in zip(before, found, strict=True))
    badges, changes = [], set()
    for change, badge in _steps(found, grids):
        changes.add(change)
        badges += [badge] if badge not in badges else []
    last = found[-2:] if len(found) > 1 else [None, None]
    rises = tuple(_rise(last[0], last[1], member) for member in (True, False))
    return Row(line, cells, tuple(badges), frozenset(changes or {"same"}), (rises[0], rises[1]))


def _steps(found: Sequence[GridLine | None], grids: Sequence[Grid]) -> Iterator[tuple[str, Badge]]:
    """What became of the line at each grid after the first."""
    for (old, new), grid in zip(pairwise(found), grids[1:], strict=True):
        if old is None and new is not None:
            yield NEW, Badge(f"nouvelle en {grid.name}", "info")
        elif old is not None and new is None:
            yield GONE, Badge(f"retirée en {grid.name}")
        elif old is not None and new is not None:
            for member in (True, False):
                way = _way(old, new, member)
                if way:
                    yield way, Badge(f"prix modifié en {grid.name}", "warn")


def _cells(old: GridLine | None, new: GridLine | None) -> tuple[Cell, Cell]:
    if new is None:
        return (ABSENT, ABSENT)
    return (cell_of(old, new, True), cell_of(old, new, False))


def cell_of(old: GridLine | None, new: GridLine, member: bool) -> Cell:
    """What a class pays for a line, against the line of the grid before; None: there was none."""
    price, text = new.price(member), printed(new, member)
    value = text if price is None else Decimal(price_text(price))
    return Cell(text, value, None if old is None else _badge(old, new, member))


def printed(line: GridLine, member: bool) -> str:
    """What the grid prints for a class: a price, or the word in its place."""
    price = line.price(member)
    return word_text(line, member) if price is None else formats.price(price)


def _badge(old: GridLine, new: GridLine, member: bool) -> Badge | None:
    way = _way(old, new, member)
    if way is None:
        return None
    risen = _rise(old, new, member)
    if risen is None:
        return Badge("modifié", "warn")
    return (
        Badge(f"▲ +{formats.number(risen)} %", "warn") if risen > 0 else Badge(f"▼ −{formats.number(-risen)} %", "good")
    )


def _way(old: GridLine, new: GridLine, member: bool) -> str | None:
    """Which way a class's price went; None when it did not change."""
    if (old.price(member), old.word(member)) == (new.price(member), new.word(member)):
        return None
    risen = _rise(old, new, member)
    return OTHER if risen is None else UP if risen > 0 else DOWN


def _rise(old: GridLine | None, new: GridLine | None, member: bool) -> Decimal | None:
    return rise(old.price(member), new.price(member)) if old and new else None
