"""What a grid changes from another: lines added, removed, and each cell that differs; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dcops.catalogue.line import GridLine
from dcops.money import plain, price_text

_IGNORED = ("tariff", "deliberation", "position")
_COMPARED = [field.name for field in fields(GridLine) if field.name not in _IGNORED]
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Change:
    """A cell of a line that differs between two grids."""

    code: str
    column: str
    before: Any
    after: Any

    @property
    def percent(self) -> Decimal | None:
        """By how much a price rose, in percent; None where that has no meaning."""
        return rise(self.before, self.after) if self.column in ("member_price", "nonmember_price") else None

    def document(self) -> dict[str, Any]:
        return {
            "code": self.code, "column": self.column, "before": _shown(self.before), "after": _shown(self.after),
            "percent": None if self.percent is None else plain(self.percent),
        }  # fmt: skip


@dataclass(frozen=True)
class Modified:
    """A line that both grids have and that is not the same."""

    before: GridLine
    after: GridLine

    @property
    def changes(self) -> Iterator[Change]:
        for name in _COMPARED:
            before, after = getattr(self.before, name), getattr(self.after, name)
            if before != after:
                yield Change(self.before.code, name, before, after)


@dataclass(frozen=True)
class Diff:
    """What one grid changes from another."""

    added: tuple[GridLine, ...]
    removed: tuple[GridLine, ...]
    modified: tuple[Modified, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.modified)

    def document(self) -> dict[str, Any]:
        """The JSON shape of ``tariffs diff``."""
        return {
            "added": [line.code for line in self.added],
            "removed": [line.code for line in self.removed],
            "changed": [change.document() for line in self.modified for change in line.changes],
            "unchanged": self.unchanged,
        }


def diff(before: Sequence[GridLine], after: Sequence[GridLine]) -> Diff:
    """What ``after`` changes from ``before``, line by line."""
    old, new = ({line.code: line for line in lines} for lines in (before, after))
    both = [Modified(old[code], new[code]) for code in old if code in new]
    modified = tuple(each for each in both if next(each.changes, None) is not None)
    added = tuple(line for code, line in new.items() if code not in old)
    removed = tuple(line for code, line in old.items() if code not in new)
    return Diff(added, removed, modified, len(both) - len(modified))


def rise(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """By how much a price rose, in percent to the tenth; None from or to no price, and from a free one."""
    if not before or after is None:
        return None
    return ((after - before) * 100 / before).quantize(_TENTH, ROUND_HALF_UP)


def _shown(value: Any) -> str:
    return "" if value is None else price_text(value) if isinstance(value, Decimal) else str(value)
