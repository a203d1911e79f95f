"""The lines of two runs of the same year side by side: what was billed, what would be, what no longer can; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from dcops.billing.charge import Line, Unbilled
from dcops.billing.comparison import Cell
from dcops.catalogue.line import GridLine
from dcops.money import ZERO

Place = tuple[str, str, int, date, date]
"""(customer, order, its id, first day, day after the last): where a line before and one after meet."""
Key = tuple[Place, str]
"""A place and the code of a grid line."""
Lines = Mapping[str, GridLine]
"""The lines of the grids by code: which service and which section a code is of."""


@dataclass(frozen=True)
class Priced:
    """The lines of a run, and those of the grids it was priced at."""

    lines: Iterable[Line]
    grid: Lines


def paired(before: Priced, after: Priced) -> tuple[tuple[Cell, ...], tuple[Unbilled, ...]]:
    """Cells of every line of either run, and what is billed neither before nor after.

    What is held by the code of a service is billed by that of one of its lines, and several orders may be billed
    together: both count as the same.
    """
    old, new = _side(before), _side(after)
    lost = {key: line.why for line in new.unbilled for key in old.answering(line)}
    gained = {key for line in old.unbilled for key in new.answering(line)}
    keys = dict.fromkeys([*old.amounts, *new.amounts])
    cells = [_cell(key, old, new, lost.get(key, ""), key in gained) for key in keys]
    neither = tuple(line for line in new.unbilled if old.was_unbilled(line))
    alone = [line for line in new.unbilled if not old.was_unbilled(line) and not any(old.answering(line))]
    return (*cells, *(_without_price(line, old, new) for line in alone)), neither


Ordered = tuple[str, str, int]
"""(customer, order, its id)."""


@dataclass
class _Side:
    """One run: euros and the name of the order by key, keys by each order they are for, and what it could not bill."""

    grid: Lines
    amounts: dict[Key, Decimal] = field(default_factory=dict)
    orders: dict[Key, str] = field(default_factory=dict)
    keys: dict[Ordered, list[Key]] = field(default_factory=dict)
    unbilled: list[Unbilled] = field(default_factory=list)
    refused: dict[tuple[Ordered, str], list[Unbilled]] = field(default_factory=dict)

    def answering(self, line: Unbilled) -> Iterator[Key]:
        """What was billed here for what the other side could not bill."""
        for key in self.keys.get(_ordered(line)[0], ()):
            (*_, start, end), code = key
            same = line.code == code or (code in self.grid and self.grid[code].service == line.code)
            if same and start < line.end and line.start < end:
                yield key

    def was_unbilled(self, line: Unbilled) -> bool:
        """Whether days of the same could not be billed here either."""
        others = self.refused.get((_ordered(line)[0], line.code), ())
        return any(other.start < line.end and line.start < other.end for other in others)


def _side(priced: Priced) -> _Side:
    side = _Side(priced.grid)
    for line in priced.lines:
        if isinstance(line, Unbilled):
            side.unbilled.append(line)
            for ordered in _ordered(line):
                side.refused.setdefault((ordered, line.code), []).append(line)
            continue
        key = _key_of(line)
        if key not in side.amounts:
            side.orders[key] = _name(line.order)
            for ordered in _ordered(line):
                side.keys.setdefault(ordered, []).append(key)
        side.amounts[key] = side.amounts.get(key, ZERO) + line.amount
    return side


def _ordered(line: Line) -> list[Ordered]:
    """The orders that a line is for: its own first, then those that are billed with it."""
    order = line.order
    ids = dict.fromkeys([int(order["id"]), *map(int, order.get("orders", ()))])
    return [(line.customer_code, str(order["order"]), each) for each in ids]


def _key_of(line: Line) -> Key:
    return (*_ordered(line)[0], line.start, line.end), line.code


def _name(order: Mapping[str, Any]) -> str:
    return str(order.get("name") or order["order"])


def _cell(key: Key, old: _Side, new: _Side, lost: str, gained: bool) -> Cell:
    before, after = old.amounts.get(key), new.amounts.get(key)
    order = old.orders.get(key) or new.orders[key]
    return _made(key, order, _line(key[1], old, new), before, after, lost if after is None else "", gained)


def _without_price(line: Unbilled, old: _Side, new: _Side) -> Cell:
    """Days that nothing was owed for, and that the draft cannot price."""
    key = _key_of(line)
    return _made(key, _name(line.order), _line(key[1], old, new), None, None, line.why, False)


def _line(code: str, old: _Side, new: _Side) -> GridLine | None:
    return new.grid.get(code) or old.grid.get(code)


def _made(
    key: Key, order: str, line: GridLine | None, before: Decimal | None, after: Decimal | None, lost: str, gained: bool
) -> Cell:
    (customer, _, _, start, end), code = key
    section, label = (line.section, line.label) if line else ("", code)
    return Cell(customer, section, code, label, order, start, end, before, after, lost, gained and before is None)
