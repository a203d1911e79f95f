"""What another grid changes in the bills of a year: line by line, by service, by customer; pure.

Everything is a sum of cells, so that differences always add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

from dcops.billing.charge import Unbilled
from dcops.catalogue.sections import order, title
from dcops.money import ZERO, text


@dataclass(frozen=True)
class Cell:
    """What one order owes for one line over some days: ``before`` and ``after``, None where nothing is billed.

    ``lost``: it has no price any more, and why; ``gained``: it had none before.
    """

    customer_code: str
    section: str
    code: str
    label: str
    order: str
    start: date
    end: date
    before: Decimal | None
    after: Decimal | None
    lost: str = ""
    gained: bool = False

    @property
    def difference(self) -> Decimal:
        return (self.after or ZERO) - (self.before or ZERO)

    @property
    def last(self) -> date:
        """The last day it is for."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True)
class Effect:
    """Euros before and after; of the difference, what is ``lost`` (no price any more) and ``gained`` (had none)."""

    before: Decimal = ZERO
    after: Decimal = ZERO
    lost: Decimal = ZERO
    gained: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    @property
    def repriced(self) -> Decimal:
        """The part of the difference that comes from prices alone."""
        return self.difference + self.lost - self.gained

    @property
    def variation(self) -> Decimal | None:
        """The difference as a part of what was billed before; None from nothing."""
        return self.difference / self.before if self.before else None

    def document(self) -> dict[str, Any]:
        return {
            "before": text(self.before), "after": text(self.after), "difference": text(self.difference),
            "lost": text(self.lost), "gained": text(self.gained),
        }  # fmt: skip


def effect_of(cells: Iterable[Cell]) -> Effect:
    """The sum of cells."""
    before = after = lost = gained = ZERO
    for cell in cells:
        before += cell.before or ZERO
        after += cell.after or ZERO
        lost += (cell.before or ZERO) if cell.lost else ZERO
        gained += (cell.after or ZERO) if cell.gained else ZERO
    return Effect(before, after, lost, gained)


@dataclass(frozen=True)
class OfLine:
    """What changes for one line of the grid."""

    section: str
    code: str
    label: str
    customers: int
    effect: Effect

    def document(self) -> dict[str, Any]:
        found = {"section": self.section, "code": self.code, "label": self.label, "customers": self.customers}
        return {**found, **self.effect.document()}


@dataclass(frozen=True)
class OfSection:
    """What changes for one section of the grid, and for its lines."""

    section: str
    lines: tuple[OfLine, ...]
    effect: Effect

    @property
    def name(self) -> str:
        """``13 · Hébergement au data center``."""
        words = title(self.section)
        return f"{self.section} · {words}" if words else self.section


@dataclass(frozen=True)
class OfCustomer:
    """What changes for one customer."""

    code: str
    effect: Effect

    def document(self) -> dict[str, Any]:
        return {"customer": self.code, **self.effect.document()}


@dataclass(frozen=True)
class Simulation:
    """The bills of a year with the grids in force and with ``draft``.

    ``unbilled`` could be billed neither before nor after; ``names`` are those of the customers by code.
    """

    year: int
    draft: str
    against: tuple[str, ...]
    cells: tuple[Cell, ...]
    unbilled: tuple[Unbilled, ...]
    names: Mapping[str, str]

    @cached_property
    def total(self) -> Effect:
        return effect_of(self.cells)

    @cached_property
    def sections(self) -> tuple[OfSection, ...]:
        """By section in the order of the grid, each with its lines."""
        found = []
        for section, cells in _groups(self.cells, lambda cell: cell.section):
            lines = tuple(_of_line(group) for _, group in _groups(cells, lambda cell: cell.code))
            found.append(OfSection(section, lines, effect_of(cells)))
        return tuple(sorted(found, key=lambda one: order(one.section)))

    @cached_property
    def customers(self) -> tuple[OfCustomer, ...]:
        groups = _groups(self.cells, lambda cell: cell.customer_code)
        return tuple(OfCustomer(code, effect_of(cells)) for code, cells in groups)

    def most_moved(self, up: bool, count: int) -> list[OfCustomer]:
        """Whose bill rises (or falls) most, in euros."""
        moved = [one for one in self.customers if (one.effect.difference > 0 if up else one.effect.difference < 0)]
        return sorted(moved, key=lambda one: (-abs(one.effect.difference), one.code))[:count]

    @cached_property
    def lost(self) -> tuple[Cell, ...]:
        """What has no price any more, the dearest first."""
        return tuple(sorted((cell for cell in self.cells if cell.lost), key=lambda cell: -(cell.before or ZERO)))

    def named(self, code: str) -> str:
        """The name of a customer."""
        return self.names.get(code, code)

    def document(self) -> dict[str, Any]:
        """The JSON shape of ``tariffs simulate``."""
        return {
            "year": self.year, "draft": self.draft, "against": list(self.against), **self.total.document(),
            "repriced": text(self.total.repriced),
            "services": [line.document() for section in self.sections for line in section.lines],
            "customers": [customer.document() for customer in self.customers],
            "unsellable": [_lost_document(cell) for cell in self.lost],
            "unbilled": [line.document() for line in self.unbilled],
        }  # fmt: skip


def _groups(cells: Iterable[Cell], key: Callable[[Cell], str]) -> Iterator[tuple[str, list[Cell]]]:
    for name, group in groupby(sorted(cells, key=key), key=key):
        yield name, list(group)


def _of_line(cells: list[Cell]) -> OfLine:
    first = cells[0]
    customers = len({cell.customer_code for cell in cells})
    return OfLine(first.section, first.code, first.label, customers, effect_of(cells))


def _lost_document(cell: Cell) -> dict[str, Any]:
    return {
        "customer": cell.customer_code, "code": cell.code, "label": cell.label, "order": cell.order,
        "from": cell.start.isoformat(), "to": cell.end.isoformat(), "before": text(cell.before or ZERO),
        "why": cell.lost,
    }  # fmt: skip
