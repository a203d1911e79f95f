"""What of a grid may still change once documents were issued from its lines; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dcops.catalogue.diff import Diff, diff
from dcops.catalogue.line import Grid
from inventory.errors import Conflict
from inventory.french import plural, some

_ONE_DAY = timedelta(days=1)
_NEW_VOTE = "un nouveau vote se charge comme une nouvelle grille (autre --name, autre --from)"


@dataclass(frozen=True)
class Billed:
    """What issued documents were computed from: (grid, code) pairs; ``until``: the day after the last one billed."""

    lines: frozenset[tuple[str, str]] = frozenset()
    until: date | None = None

    def codes(self, grid: str) -> set[str]:
        """The codes of a grid that were billed."""
        return {code for name, code in self.lines if name == grid}


@dataclass(frozen=True)
class Plan:
    """What loading a file will do. ``corrected``: the grid of that name, whose lines it replaces; None for a new one.

    ``before``: what it is compared with: the corrected grid, or the one in force until then.
    """

    grid: Grid
    corrected: Grid | None
    before: Grid | None
    diff: Diff
    warnings: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether the grid is already there, as it is in the file."""
        if self.corrected is None or self.diff:
            return False
        return (self.corrected.start, self.corrected.deliberation) == (self.grid.start, self.grid.deliberation)


def plan_of(grid: Grid, history: tuple[Grid, ...], billed: Billed) -> Plan:
    """What loading a grid will do to those that exist. Raises Conflict with what forbids it."""
    _refuse_taken_day(grid, history)
    corrected = next((known for known in history if known.name == grid.name), None)
    before = corrected or _before(history, grid.start)
    found = diff(before.lines if before else (), grid.lines)
    if corrected is not None:
        _refuse_billed(corrected, grid, found, billed.codes(grid.name))
    return Plan(grid, corrected, before, found, tuple(_warnings(grid, corrected, billed)))


def chained(history: tuple[Grid, ...]) -> list[Grid]:
    """Grids by first day, each ending where the next begins."""
    ordered = sorted(history, key=lambda grid: grid.start)
    ends = [*(grid.start for grid in ordered[1:]), None]
    return [replace(grid, end=end) for grid, end in zip(ordered, ends, strict=True)]


def _before(history: tuple[Grid, ...], start: date) -> Grid | None:
    """The grid that a new one ends, else the first that follows it."""
    earlier = [grid for grid in history if grid.start < start]
    return earlier[-1] if earlier else next(iter(history), None)


def _refuse_taken_day(grid: Grid, history: tuple[Grid, ...]) -> None:
    for known in history:
        if known.start == grid.start and known.name != grid.name:
            raise Conflict(
                f"la grille {known.name} existe déjà à partir du {known.start:%d/%m/%Y} : un vote ne s'écrase pas ; "
                f"la corriger sous son nom (--name {known.name}), ou donner un autre premier jour (--from)."
            )


def _refuse_billed(corrected: Grid, grid: Grid, found: Diff, billed: set[str]) -> None:
    """Raise Conflict when the correction touches what was billed: its lines, and the day and vote of its grid."""
    touched = [*(each.before.code for each in found.modified), *(line.code for line in found.removed)]
    lines = sorted(set(touched) & billed)
    if lines:
        which = f"{plural(len(lines), 'la ligne', 'les lignes')} {some(lines)} de la grille {corrected.name}"
        verb = "est déjà facturée et ne change" if len(lines) == 1 else "sont déjà facturées et ne changent"
        raise Conflict(f"{which} {verb} plus : {_NEW_VOTE}.")
    if billed and (corrected.start, corrected.deliberation) != (grid.start, grid.deliberation):
        what = "le premier jour" if corrected.start != grid.start else "la délibération"
        kept = f"{corrected.start:%d/%m/%Y}" if corrected.start != grid.start else f"« {corrected.deliberation} »"
        raise Conflict(f"la grille {corrected.name} est déjà facturée : {what} reste {kept} ; {_NEW_VOTE}.")


def _warnings(grid: Grid, corrected: Grid | None, billed: Billed) -> Iterator[str]:
    if corrected is not None and corrected.start != grid.start:
        yield f"le premier jour de la grille {grid.name} passe du {corrected.start:%d/%m/%Y} au {grid.start:%d/%m/%Y}."
    if corrected is not None and corrected.deliberation != grid.deliberation:
        yield f"la délibération passe de « {corrected.deliberation} » à « {grid.deliberation} »."
    if corrected is None and billed.until is not None and grid.start < billed.until:
        last = billed.until - _ONE_DAY
        yield (
            f"des documents émis portent sur des jours jusqu'au {last:%d/%m/%Y} : ils gardent leurs prix ; "
            "créditer puis refacturer ce qui doit suivre ce vote."
        )
