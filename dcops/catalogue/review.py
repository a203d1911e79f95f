"""What is wrong in a history of grids: days without one, lines nobody can compute, ordered lines absent; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from dcops.catalogue.brackets import faults_of_brackets
from dcops.catalogue.line import Grid
from dcops.catalogue.line_rules import faults_of_line
from inventory.french import some

Needed = Mapping[str, Sequence[str]]
"""Codes that a grid must have, each with who or what needs it, as words."""


def faults_of_history(grids: Sequence[Grid], needed: Mapping[str, Needed]) -> list[str]:
    """What is wrong between grids, then in each: French sentences. ``needed`` is by name of grid."""
    inside = [
        f"grille {grid.name} : {fault}" for grid in grids for fault in faults_of_grid(grid, needed.get(grid.name, {}))
    ]
    return [*_dates(sorted(grids, key=lambda grid: grid.start)), *inside]


def faults_of_grid(grid: Grid, needed: Needed) -> list[str]:
    """What is wrong in one grid: its lines, its brackets, and the codes it lacks."""
    lines = [
        f"ligne {line.code}, {column} : {reason}" for line in grid.lines for column, reason in faults_of_line(line)
    ]
    return [*lines, *(fault.reason for fault in faults_of_brackets(grid.lines)), *missing(grid, needed)]


def missing(grid: Grid, needed: Needed) -> Iterator[str]:
    """The ordered codes that a grid has no line for."""
    for code in sorted(needed):
        if not grid.candidates(code):
            yield f"la ligne {code} manque (nécessaire à : {some(list(dict.fromkeys(needed[code])))})."


def _dates(grids: Sequence[Grid]) -> Iterable[str]:
    for grid in grids:
        if grid.end is not None and grid.end <= grid.start:
            yield f"la grille {grid.name} finit le {_day(grid.end)}, avant d'avoir commencé le {_day(grid.start)}."
    for one, other in pairwise(grids):
        both = f"{one.name} et {other.name}"
        if one.end is not None and one.end < other.start:
            yield f"aucune grille du {_day(one.end)} au {_day(other.start)} exclu, entre {both}."
        elif one.end is None or one.end > other.start:
            yield f"les grilles {both} sont toutes deux en vigueur le {_day(other.start)}."


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
