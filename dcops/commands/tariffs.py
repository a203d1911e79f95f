"""``dcops tariffs``: grids in force, their lines, new votes, quotes."""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcops.commands import DATE, emit, json_option, pass_parts
from dcops.commands.simulate import simulate
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.errors import ImportRefused, Invalid, place
from inventory.french import counted
from inventory.orm import Transaction

if TYPE_CHECKING:
    from dcops.catalogue.correction import Plan
    from dcops.catalogue.review import Needed

YES = ("oui", "o", "yes", "y")
FILE = click.Path(dir_okay=False, path_type=Path)


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


tariffs.add_command(simulate)


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
@click.argument("file", type=FILE)
@click.option("--name", required=True, help='Name of the grid, e.g. "2025"; that of a loaded grid corrects it.')
@click.option("--from", "start", type=DATE, required=True, help="First day in force.")
@click.option("--deliberation", required=True, help="Reference of the vote.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@json_option
@pass_parts
def load(parts: Parts, file: Path, name: str, start: date, deliberation: str, yes: bool, as_json: bool) -> None:
    """Load a voted grid from a CSV file, once what it changes was seen and accepted.

    A new name ends the grid in force before it. The name of a loaded grid corrects it: only lines that were never
    billed may change.
    """
    from dcops.billing.billed_store import billed_lines
    from dcops.catalogue import grids
    from dcops.catalogue.plan_text import plan_text
    from inventory.csv_import import read_file

    text = read_file(file)
    with parts.database.transaction() as tx:
        plan = grids.plan(tx, text, name, start, deliberation, billed_lines(tx))
    if not as_json:
        click.echo(plan_text(plan))
    if not plan.changes_nothing:
        _confirm(plan, yes, as_json)
        with parts.database.transaction() as tx:
            grids.load(tx, text, name, start, deliberation, billed_lines(tx), agreed=plan)
    emit(_loaded(plan), as_json, _loaded_text(plan))


def _confirm(plan: Plan, yes: bool, as_json: bool) -> None:
    """Ask on a terminal. Raises Invalid on a no, and where nobody can answer and --yes was not given."""
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise Invalid(f"la grille {plan.grid.name} n'est pas chargée : relire ce qui change, puis ajouter --yes.")
    answer = click.prompt(f"Charger la grille {plan.grid.name} ? [oui/non]", default="non", show_default=False)
    if answer.strip().lower() not in YES:
        raise Invalid(f"la grille {plan.grid.name} n'est pas chargée : rien n'a été écrit.")


def _loaded(plan: Plan) -> dict[str, object]:
    return {
        "tariff": plan.grid.name, "from": plan.grid.start.isoformat(), "deliberation": plan.grid.deliberation,
        "lines": len(plan.grid.lines), "corrects": plan.corrected is not None,
        "against": plan.before.name if plan.before else None, **plan.diff.document(),
        "warnings": list(plan.warnings),
    }  # fmt: skip


def _loaded_text(plan: Plan) -> str:
    if plan.changes_nothing:
        return f"grille {plan.grid.name} : rien à changer."
    done = "corrigée" if plan.corrected else "chargée"
    since = f"en vigueur à partir du {plan.grid.start:%d/%m/%Y}"
    return f"grille {plan.grid.name} {done} : {counted(len(plan.grid.lines), 'ligne')}, {since}."


@tariffs.command()
@click.argument("file", type=FILE)
@click.option("--on", type=DATE, help="Day whose grid is compared with the file (default: today).")
@click.option("--against", help="Name of the grid that is compared with the file, instead of a day.")
@json_option
@pass_parts
def diff(parts: Parts, file: Path, on: date | None, against: str | None, as_json: bool) -> None:
    """Show what a grid file would change from the grid in force on a day; nothing is written."""
    from dcops.catalogue import diff as comparison
    from dcops.catalogue import grids, store
    from dcops.catalogue.plan_text import against_text
    from inventory.csv_import import read_file

    if on is not None and against is not None:
        raise click.UsageError("give --on or --against, not both")
    lines = grids.read(read_file(file), file.stem, "")
    with parts.database.transaction() as tx:
        day = on or civil_date(parts.clock.now())
        current = store.tariff_on(tx, day) if against is None else store.tariff_named(tx, against)
    found = comparison.diff(current.lines, lines)
    emit({"against": current.name, **found.document()}, as_json, against_text(current, found))


@tariffs.command()
@click.argument("file", type=FILE, required=False)
@json_option
@pass_parts
def check(parts: Parts, file: Path | None, as_json: bool) -> None:
    """Look for what is wrong in the loaded grids, or in a FILE before it is voted; exit 1 when there is something.

    Days without grid or with two, brackets with holes or overlaps, formulas that cannot be computed, lines that are
    ordered or held and absent.
    """
    faults = _faults_of_grids(parts) if file is None else _faults_of_file(parts, file)
    what = "grilles tarifaires" if file is None else str(file)
    emit({"faults": faults}, as_json, "\n".join(faults) or f"{what} : rien à signaler.")
    if faults:
        raise click.exceptions.Exit(1)


def _faults_of_grids(parts: Parts) -> list[str]:
    from dcops.catalogue import review, store

    with parts.database.transaction() as tx:
        grids = store.history(tx)
        needed = {grid.name: _needed(tx, grid.start, grid.end or date.max) for grid in grids}
    return review.faults_of_history(grids, needed)


def _faults_of_file(parts: Parts, file: Path) -> list[str]:
    from dcops.catalogue import grids, review
    from dcops.catalogue.line import Grid
    from inventory.csv_import import read_file

    today = civil_date(parts.clock.now())
    try:
        lines = grids.read(read_file(file), file.stem, "")
    except ImportRefused as refused:
        return [f"{place(line, column)} : {reason}" for line, column, reason in refused.problems]
    with parts.database.transaction() as tx:
        needed = _needed(tx, today, date.max)
    return list(review.missing(Grid(file.stem, today, None, "", tuple(lines)), needed))


def _needed(tx: Transaction, start: date, end: date) -> Needed:
    """The codes that the grid of those days must have: those of orders, and those that customers hold."""
    from dcops.contracts.holdings import holdings
    from dcops.contracts.orders import codes

    needed = defaultdict(list, {code: ["commandes"] for code in sorted(codes())})
    for held in holdings(tx, start, end):
        needed[held.code].append(held.customer_code)
    return needed
