"""``dcops tariffs``: grids in force, their lines, new votes, quotes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from dcops.commands import DATE, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.french import counted


def number(value: str) -> Decimal:
    """An exact decimal number, not negative, written 12.5."""
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise click.BadParameter(f"{value!r} is not a number such as 12.5") from None
    if not found.is_finite() or not 0 <= found <= 10**12 or found != round(found, 6):
        raise click.BadParameter(f"{value!r} is not a number from 0 to 10^12 with at most 6 decimals")
    return found


@click.group()
def tariffs() -> None:
    """Tariff grids and quotes."""


@tariffs.command("list")
@click.option("--year", type=click.IntRange(1900, 9998), required=True, help="Civil year of the grid.")
@json_option
@pass_parts
def list_lines(parts: Parts, year: int, as_json: bool) -> None:
    """Print the lines of the grid in force on the first of January of a year."""
    from dcops.catalogue import store
    from dcops.catalogue.listing import document, table

    with parts.database.transaction() as tx:
        grid = store.tariff_on(tx, date(year, 1, 1))
    emit(document(grid), as_json, "" if as_json else table(grid))


@tariffs.command()
@click.argument("code")
@click.option("--customer", required=True, help="Customer code.")
@click.option("--on", type=DATE, required=True, help="Day of the price.")
@click.option("--quantity", type=number, default="1", show_default=True)
@click.option("--supplier-price", type=number, help="For lines priced from a supplier's price.")
@json_option
@pass_parts
def quote(
    parts: Parts, code: str, customer: str, on: date, quantity: Decimal, supplier_price: Decimal | None, as_json: bool
) -> None:
    """Price a line (or a service) for a customer on a day, and say why."""
    from dcops.catalogue.listing import quote_text
    from dcops.catalogue.quoting import quote_for

    with parts.database.transaction() as tx:
        found = quote_for(tx, code, customer, on, quantity, supplier_price)
    emit(found.document(), as_json, quote_text(found))


@tariffs.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help='Name of the grid, e.g. "2025".')
@click.option("--from", "start", type=DATE, required=True, help="First day in force.")
@click.option("--deliberation", required=True, help="Reference of the vote.")
@json_option
@pass_parts
def load(parts: Parts, file: Path, name: str, start: date, deliberation: str, as_json: bool) -> None:
    """Load a voted grid from a CSV file; it ends the grid in force before it."""
    from dcops.catalogue import grids
    from inventory.csv_import import read_file

    text = read_file(file)
    with parts.database.transaction() as tx:
        lines = grids.load(tx, text, name, start, deliberation)
    document = {"tariff": name, "from": start.isoformat(), "deliberation": deliberation, "lines": len(lines)}
    emit(document, as_json, f"grille {name} chargée : {counted(len(lines), 'ligne')}, en vigueur le {start:%d/%m/%Y}.")


@tariffs.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--on", type=DATE, help="Day whose grid is compared with the file (default: today).")
@json_option
@pass_parts
def diff(parts: Parts, file: Path, on: date | None, as_json: bool) -> None:
    """Show what a grid file would change from the grid in force on a day; nothing is written."""
    from dcops.catalogue import grids, review, store
    from inventory.csv_import import read_file

    lines = grids.read(read_file(file), file.stem, "")
    with parts.database.transaction() as tx:
        current = store.tariff_on(tx, on or civil_date(parts.clock.now()))
    found = review.diff(current.lines, lines)
    emit({"against": current.name, **found.document()}, as_json, f"face à la grille {current.name} :\n{found.human()}")


@tariffs.command()
@json_option
@pass_parts
def check(parts: Parts, as_json: bool) -> None:
    """Look for days without grid, bad brackets and ordered lines without price; exit 1 when there are."""
    from dcops.catalogue import review, store
    from dcops.contracts.orders import codes

    with parts.database.transaction() as tx:
        faults = review.faults_of_grids(store.history(tx), codes())
    emit({"faults": faults}, as_json, "\n".join(faults) or "grilles tarifaires : rien à signaler.")
    if faults:
        raise click.exceptions.Exit(1)
