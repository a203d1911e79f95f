"""A whole year of what is really held, priced at another grid, beside what the grids in force make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from dcops.billing.comparison import Simulation
from dcops.billing.dry_run import Facts, gather
from dcops.billing.pairing import Priced, paired
from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import kind_of
from dcops.catalogue.line import Grid, GridLine, grid_on
from dcops.catalogue.variations import Variation, check, varied
from dcops.config import Settings
from dcops.contracts.holding import Holding
from inventory import store as inventory_store
from inventory.errors import Invalid, NotFound
from inventory.orm import Transaction


@dataclass(frozen=True)
class Draft:
    """What to price the year with: a grid, or (None) each grid in force, with percent changes."""

    grid: Grid | None = None
    variations: tuple[Variation, ...] = ()

    @property
    def name(self) -> str:
        """For a person: ``grille 2025, tout +2 %``."""
        base = f"grille {self.grid.name}" if self.grid else "grille en vigueur"
        return ", ".join([base, *(variation.text for variation in self.variations)])

    def instead_of(self, in_force: Grid | None) -> Grid | None:
        """The grid that stands for the one in force; None where there is neither."""
        base = self.grid or in_force
        return None if base is None else varied(base, self.variations)


def grid_named(tx: Transaction, name: str) -> Grid:
    """A loaded grid by its name. Raises NotFound saying which exist."""
    grids = catalogue.history(tx)
    found = next((grid for grid in grids if grid.name == name), None)
    if found is None:
        raise NotFound(f"grille inconnue : « {name} » ; {catalogue.existing(grids)}")
    return found


def draft_grid(name: str, lines: Sequence[GridLine]) -> Grid:
    """A grid that is not loaded; its dates do not count, a draft is for the whole year."""
    return Grid(name, date.min, None, "projet", tuple(lines))


def simulate(tx: Transaction, year: int, settings: Settings, draft: Draft) -> Simulation:
    """The bills of a civil year before and after; nothing is written.

    Raises as ``gather`` does, and Invalid when the draft changes nothing or changes lines that do not exist.
    """
    if draft.grid is None and not draft.variations:
        raise Invalid("rien à simuler : choisir une grille, un fichier ou une variation en pourcentage.")
    facts = gather(tx, year)
    in_force = [grid for grid, _ in _in_force(facts.grids, year) if grid]
    check(draft.variations, [draft.grid] if draft.grid else in_force)
    drafted, rules = drafted_facts(facts, draft), settings.billing
    before = Priced(facts.lines(rules), _by_code([*in_force, *facts.grids]))
    cells, unbilled = paired(before, Priced(drafted.lines(rules), _by_code(drafted.grids)))
    names = {customer.code: customer.name for customer in inventory_store.customers(tx)}
    return Simulation(year, draft.name, tuple(grid.name for grid in in_force), cells, unbilled, names)


def _by_code(grids: Sequence[Grid]) -> dict[str, GridLine]:
    """Every line by its code; of those that several grids have, that of the first grid."""
    return {line.code: line for grid in reversed(grids) for line in grid.lines}


def drafted_facts(facts: Facts, draft: Draft) -> Facts:
    """The facts of a year with the draft in force all year long, from one change of grid to the next.

    Spans keep the cuts of the grids in force: energy is known by span, and each part is rounded as it was.
    """
    first, end = date(facts.year, 1, 1), date(facts.year + 1, 1, 1)
    drafted = [(draft.instead_of(grid), days) for grid, days in _in_force(facts.grids, facts.year)]
    others = [_clipped(grid, *days) for grid in facts.grids for days in ((date.min, first), (end, None))]
    grids = [replace(grid, start=days[0], end=days[1]) for grid, days in drafted if grid]
    held = [_as_drafted(holding, facts, draft) for holding in facts.held]
    return replace(facts, held=held, grids=(*grids, *(grid for grid in others if grid)))


def _in_force(grids: Sequence[Grid], year: int) -> Iterator[tuple[Grid | None, tuple[date, date]]]:
    """The days of a year cut where its grids change, each part with its grid."""
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    changes = {day for grid in grids for day in (grid.start, grid.end) if day and first < day < end}
    for start, stop in pairwise([first, *sorted(changes), end]):
        yield grid_on(tuple(grids), start), (start, stop)


def _clipped(grid: Grid, start: date, end: date | None) -> Grid | None:
    """The part of a grid's days in [start, end), None without any."""
    first, last = max(grid.start, start), min(grid.end or date.max, end or date.max)
    return replace(grid, start=first, end=None if last == date.max else last) if first < last else None


def _as_drafted(holding: Holding, facts: Facts, draft: Draft) -> Holding:
    """A holding charged as the draft says where it changes how its line is (a yearly price made a fee…)."""
    on = max(holding.start, date(facts.year, 1, 1))
    now = grid_on(facts.grids, on)
    new = draft.instead_of(now)
    was, will = (grid.candidates(holding.code) if grid else () for grid in (now, new))
    if not will or (was and kind_of(was[0]) == kind_of(will[0])):
        return holding
    return replace(holding, kind=kind_of(will[0]))
