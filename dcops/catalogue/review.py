"""What a new grid changes, and what is wrong between the lines of a grid; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from dcops.catalogue.line import Grid, GridLine
from dcops.money import price_text

_IGNORED = ("tariff", "deliberation", "position")
_COMPARED = [field.name for field in fields(GridLine) if field.name not in _IGNORED]
_BRACKETS = ("quantity", "population")


@dataclass(frozen=True)
class Change:
    """A cell of a line that differs between two grids."""

    code: str
    column: str
    before: Any
    after: Any

    def document(self) -> dict[str, Any]:
        return {"code": self.code, "column": self.column, "before": _shown(self.before), "after": _shown(self.after)}


@dataclass(frozen=True)
class Diff:
    """What one grid changes from another: codes added and removed, cells changed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]

    def document(self) -> dict[str, Any]:
        changed = [change.document() for change in self.changed]
        return {"added": list(self.added), "removed": list(self.removed), "changed": changed}

    def human(self) -> str:
        """One line per difference, in French."""
        rows = [f"  + {code}" for code in self.added] + [f"  - {code}" for code in self.removed]
        rows += [f"  {c.code}, {c.column} : {_shown(c.before)} -> {_shown(c.after)}" for c in self.changed]
        return "\n".join(rows) or "  aucune différence"


def diff(before: Sequence[GridLine], after: Sequence[GridLine]) -> Diff:
    """What ``after`` changes from ``before``, line by line."""
    old, new = ({line.code: line for line in lines} for lines in (before, after))
    changed = [change for code in old if code in new for change in _changes(old[code], new[code])]
    added = tuple(code for code in new if code not in old)
    return Diff(added, tuple(code for code in old if code not in new), tuple(changed))


def _changes(old: GridLine, new: GridLine) -> Iterable[Change]:
    for name in _COMPARED:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(old.code, name, before, after)


def _shown(value: Any) -> str:
    return "" if value is None else price_text(value) if isinstance(value, Decimal) else str(value)


def faults_of_lines(lines: Sequence[GridLine]) -> list[str]:
    """Brackets of a service that overlap, or leave a gap that no note explains: French sentences."""
    by_service = sorted(lines, key=lambda line: line.service)
    groups = [list(group) for _, group in groupby(by_service, key=lambda line: line.service)]
    return [fault for group in groups for name in _BRACKETS for fault in _bracket_faults(group, name)]


def _bracket_faults(group: list[GridLine], name: str) -> Iterable[str]:
    bounds = [
        (getattr(line, f"{name}_min") or 0, getattr(line, f"{name}_max"), line)
        for line in group
        if getattr(line, f"{name}_min") is not None or getattr(line, f"{name}_max") is not None
    ]
    for (_, high, one), (low, _, other) in pairwise(sorted(bounds, key=lambda bound: bound[0])):
        where = f"{one.service} : les tranches {one.code} et {other.code}"
        if high is None or low <= high:
            yield f"{where} se chevauchent à {low}."
        elif low > high + 1 and not (one.note or other.note):
            yield f"{where} laissent {high + 1} à {low - 1} sans prix ; le dire dans « note » si c'est voulu."


def faults_of_grids(grids: Sequence[Grid], needed: Iterable[str]) -> list[str]:
    """What is wrong in a history of grids: days without grid, bad brackets, ordered codes that have no line."""
    found = [
        f"aucune grille du {one.end:%d/%m/%Y} au {other.start:%d/%m/%Y}."
        for one, other in pairwise(grids)
        if one.end is not None and one.end < other.start
    ]
    codes = sorted(set(needed))
    for grid in grids:
        found += [f"grille {grid.name}, {fault}" for fault in faults_of_lines(grid.lines)]
        found += [f"grille {grid.name} : la ligne {code} manque." for code in codes if grid.line(code) is None]
    return found
