"""Which grids are shipped, and how a grid file becomes a dated grid of the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from importlib.resources import files
from typing import NamedTuple

from dcops.catalogue import store
from dcops.catalogue.grid_file import parse
from dcops.catalogue.line import GridLine
from dcops.catalogue.models import Tariff, TariffLine
from dcops.catalogue.review import faults_of_lines
from inventory.errors import Conflict, ImportRefused, Invalid
from inventory.orm import Transaction
from inventory.turns import take_turn


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


def load(tx: Transaction, text: str, name: str, start: date, deliberation: str) -> list[GridLine]:
    """Add a grid in force from ``start``: it ends the one before, and the next one ends it.

    Raises as ``read`` does, Invalid on a name or a vote that cannot be kept, Conflict when the name or the first day
    is taken.
    """
    _check_length("le nom de la grille", name, 50)
    _check_length("la référence de la délibération", deliberation, 200)
    lines = read(text, name, deliberation)
    take_turn(tx, "tariffs")
    tx.add(_placed(store.tariff_rows(tx), name, start, deliberation, lines))
    tx.flush()
    return lines


def read(text: str, name: str, deliberation: str) -> list[GridLine]:
    """The lines of a grid file. Raises ImportRefused with every bad cell, Invalid when its brackets do not hold."""
    lines, problems = parse(text, name, deliberation)
    if problems:
        raise ImportRefused(f"grille {name}", problems)
    if not lines:
        raise Invalid(f"grille {name} : le fichier n'a aucune ligne.")
    faults = faults_of_lines(lines)
    if faults:
        raise Invalid(f"grille {name} refusée : {' '.join(faults)}")
    return lines


def _check_length(what: str, text: str, most: int) -> None:
    if not 0 < len(text.strip()) <= most:
        raise Invalid(f"{what} a {len(text.strip())} caractères : en donner de 1 à {most}.")


def _placed(rows: list[Tariff], name: str, start: date, deliberation: str, lines: list[GridLine]) -> Tariff:
    for row in rows:
        if row.name == name or row.start == start:
            raise Conflict(
                f"la grille {row.name} existe déjà à partir du {row.start:%d/%m/%Y} : un vote ne s'écrase pas."
            )
    before = [row for row in rows if row.start < start]
    after = [row for row in rows if row.start > start]
    if before:
        before[-1].end = start
    end = after[0].start if after else None
    return Tariff(name=name, start=start, end=end, deliberation=deliberation, lines=[_row(line) for line in lines])


def _row(line: GridLine) -> TariffLine:
    values = asdict(line)
    del values["tariff"], values["deliberation"]
    return TariffLine(**values)
