"""The SELECTs over grids: rows in, frozen grids out."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from dcops.catalogue.line import Grid, GridLine, grid_on
from dcops.catalogue.models import Tariff, TariffLine
from inventory.errors import NotFound
from inventory.orm import Transaction

_COPIED = [field.name for field in fields(GridLine) if field.name not in ("tariff", "deliberation")]


def history(tx: Transaction) -> tuple[Grid, ...]:
    """Every grid with its lines, oldest first, in two queries."""
    rows = tx.scalars(select(Tariff).options(selectinload(Tariff.lines)).order_by(Tariff.start))
    return tuple(_grid(row) for row in rows)


def tariff_rows(tx: Transaction) -> list[Tariff]:
    """Every grid's row without its lines, oldest first."""
    return list(tx.scalars(select(Tariff).order_by(Tariff.start)))


def tariff_on(tx: Transaction, on: date) -> Grid:
    """The grid in force on a day. Raises NotFound saying which grids exist."""
    return in_force(history(tx), on)


def tariff_named(tx: Transaction, name: str) -> Grid:
    """The grid of a name. Raises NotFound saying which grids exist."""
    grids = history(tx)
    found = next((grid for grid in grids if grid.name == name), None)
    if found is None:
        raise NotFound(f"grille inconnue : « {name} » ; {existing(grids)}")
    return found


def in_force(grids: tuple[Grid, ...], on: date) -> Grid:
    """The grid in force on a day among several. Raises NotFound saying which exist."""
    grid = grid_on(grids, on)
    if grid is None:
        raise NotFound(f"aucune grille tarifaire en vigueur le {on:%d/%m/%Y} ; {existing(grids)}")
    return grid


def existing(grids: tuple[Grid, ...]) -> str:
    """One phrase: which grids exist and when they apply."""
    if not grids:
        return "aucune grille n'est chargée : lancer « dcops db upgrade »."
    return "grilles chargées : " + ", ".join(f"{grid.name} ({_span(grid)})" for grid in grids) + "."


def _span(grid: Grid) -> str:
    until = f"jusqu'au {grid.end:%d/%m/%Y} exclu" if grid.end else "toujours en vigueur"
    return f"à partir du {grid.start:%d/%m/%Y}, {until}"


def _grid(row: Tariff) -> Grid:
    return Grid(row.name, row.start, row.end, row.deliberation, tuple(_line(line, row) for line in row.lines))


def _line(row: TariffLine, tariff: Tariff) -> GridLine:
    values = {name: getattr(row, name) for name in _COPIED}
    return GridLine(tariff=tariff.name, deliberation=tariff.deliberation, **values)
