"""``dcops tariffs simulate``: a whole year of what is held, priced at another grid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcops.commands import emit, json_option, pass_parts, write_file, xlsx_option
from dcops.wiring import Parts
from inventory.errors import NotFound

if TYPE_CHECKING:
    from dcops.catalogue.line import Grid
    from inventory.orm import Transaction


@click.command()
@click.argument("grid", required=False)
@click.option("--year", type=click.IntRange(1900, 9998), required=True, help="Civil year to price again.")
@click.option(
    "--change", "changes", multiple=True, metavar="TEXT",
    help='Percent change of prices: "+2", "13 +3.5" (a section), "dc-elec -10" (a service or a line). Repeatable.',
)  # fmt: skip
@xlsx_option
@json_option
@pass_parts
def simulate(
    parts: Parts, grid: str | None, year: int, changes: tuple[str, ...], xlsx: Path | None, as_json: bool
) -> None:
    """Price a year of what is really held at another GRID: a grid file (CSV), or the name of a loaded grid.

    Without GRID, the grids in force are changed by --change. Nothing is written but the workbook.
    """
    from dcops.billing import simulation
    from dcops.billing.simulation_listing import text
    from dcops.billing.simulation_workbook import workbook
    from dcops.catalogue.variations import read

    variations = read("\n".join(changes))
    with parts.database.transaction() as tx:
        draft = simulation.Draft(_grid(tx, grid) if grid else None, variations)
        found = simulation.simulate(tx, year, parts.settings, draft)
    if xlsx is not None:
        write_file(xlsx, workbook(found))
    emit(found.document(), as_json, "" if as_json else text(found))


def _grid(tx: Transaction, name: str) -> Grid:
    """A loaded grid of that name, else the file of that path."""
    from dcops.billing.simulation import draft_grid, grid_named
    from dcops.catalogue import grids
    from inventory.csv_import import read_file

    try:
        return grid_named(tx, name)
    except NotFound as unknown:
        path = Path(name)
        if not path.exists():
            raise NotFound(f"ni fichier, ni grille chargée : {unknown}") from None
    return draft_grid(path.stem, grids.read(read_file(path), path.stem, "projet"))
