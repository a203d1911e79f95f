"""Which grids are shipped, and how a grid file becomes, or corrects, a dated grid of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from importlib.resources import files
from typing import NamedTuple

from dcops.catalogue import cells, store
from dcops.catalogue.correction import Billed, Plan, chained, plan_of
from dcops.catalogue.grid_file import parse
from dcops.catalogue.line import Grid, GridLine
from dcops.catalogue.models import Tariff, TariffLine
from inventory.errors import Conflict, ImportRefused, Invalid
from inventory.import_report import assign
from inventory.orm import Transaction
from inventory.turns import take_turn

NOTHING_BILLED = Billed()


class Shipped(NamedTuple):
    """A grid that comes with the product."""

    name: str
    start: date
    deliberation: str


SHIPPED = (
    Shipped(
        "2023",
        date(2023, 1, 1),
        "Tarifs 2023 rappelés au comité syndical du 29 janvier 2024 (leur vote n'y est pas cité)",
    ),
    Shipped("2024", date(2024, 1, 1), "Comité syndical du 29 janvier 2024 (080-258004365-20240129-290124_CS_DOB24-DE)"),
)


def load_shipped(tx: Transaction) -> list[str]:
    """Load the shipped grids that the database lacks; returns their names."""
    known = {row.name for row in store.tariff_rows(tx)}
    missing = [grid for grid in SHIPPED if grid.name not in known]
    for grid in missing:
        load(tx, shipped_text(grid.name), *grid)
    return [grid.name for grid in missing]


def shipped_text(name: str) -> str:
    """The file of a shipped grid."""
    return (files("dcops") / "catalogue" / "data" / f"{name}.csv").read_text(encoding="utf-8")


def read(text: str, name: str, deliberation: str) -> list[GridLine]:
    """The lines of a grid file. Raises ImportRefused with every bad cell and every bracket that does not hold."""
    lines, problems = parse(text, name, deliberation)
    if problems:
        raise ImportRefused(f"grille {name}", problems)
    if not lines:
        raise Invalid(f"grille {name} : le fichier n'a aucune ligne sous son en-tête.")
    return lines


def plan(
    tx: Transaction, text: str, name: str, start: date, deliberation: str, billed: Billed = NOTHING_BILLED
) -> Plan:
    """What loading a file will do; nothing is written.

    A new name makes a grid in force from ``start``: it ends the one before, and the next one ends it. The name of a
    grid that exists corrects it. Raises as ``read`` does, Invalid on a name or a vote that cannot be kept, Conflict
    when the first day is taken or when what would change was billed.
    """
    name = _told("le nom de la grille", name, 50)
    deliberation = _told("la référence de la délibération", deliberation, 200)
    lines = read(text, name, deliberation)
    return plan_of(Grid(name, start, None, deliberation, tuple(lines)), store.history(tx), billed)


def load(
    tx: Transaction,
    text: str,
    name: str,
    start: date,
    deliberation: str,
    billed: Billed = NOTHING_BILLED,
    agreed: Plan | None = None,
) -> list[GridLine]:
    """Do what ``plan`` says. ``agreed``: the plan that a person accepted.

    Raises as ``plan`` does, and Conflict when what was agreed is not what would be done any more.
    """
    take_turn(tx, "tariffs")
    found = plan(tx, text, name, start, deliberation, billed)
    if agreed is not None and agreed != found:
        raise Conflict("les grilles ont changé pendant la relecture : relancer la commande pour voir ce qui change.")
    rows = {row.name: row for row in store.tariff_rows(tx)}
    row = rows.setdefault(found.grid.name, Tariff(name=found.grid.name, lines=[]))
    row.start, row.deliberation = found.grid.start, found.grid.deliberation
    tx.add(row)
    _write_lines(tx, row, found.grid.lines)
    _chain(list(rows.values()))
    tx.flush()
    tx.expire(row, ["lines"])  # lines have gone, and new ones are not at their place yet
    return list(found.grid.lines)


def _told(what: str, text: str, most: int) -> str:
    """A name as it is kept. Raises Invalid."""
    if not 0 < len(text.strip()) <= most:
        raise Invalid(f"{what} a {len(text.strip())} caractères : en donner de 1 à {most}.")
    try:
        return str(cells.text(most)(text.strip()))
    except ValueError as error:
        raise Invalid(f"{what} : {error}") from None


def _write_lines(tx: Transaction, row: Tariff, lines: Sequence[GridLine]) -> None:
    """Make the rows of a grid those of a file. A line keeps its place: one that is new follows the one before it."""
    known = {line.code: line for line in row.lines}
    place = 0
    for line in lines:
        values = _values(line)
        held = known.pop(line.code, None)
        place = values["position"] = (held.position if held else place) if row.id else line.position
        if held is None:
            row.lines.append(TariffLine(**values))
        else:
            assign(held, values)
    for gone in known.values():
        tx.delete(gone)


def _values(line: GridLine) -> dict[str, object]:
    values = asdict(line)
    del values["tariff"], values["deliberation"]
    return values


def _chain(rows: Sequence[Tariff]) -> None:
    """Each grid ends where the next begins."""
    by_name = {row.name: row for row in rows}
    for grid in chained(tuple(Grid(row.name, row.start, row.end, row.deliberation, ()) for row in rows)):
        by_name[grid.name].end = grid.end
