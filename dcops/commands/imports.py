"""``dcops shares|machines|usages``: import a file, list what is there; what other imports are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from dcops.commands import emit, json_option, kept_or_rehearsed, pass_parts
from dcops.wiring import Parts
from inventory.orm import Transaction

Importer = Callable[..., Any]
"""(tx, name, text, *, skip_bad) -> ImportReport."""
Lister = Callable[[Transaction], Sequence[dict[str, Any]]]


def import_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument and the options of every import."""
    for option in (
        json_option,
        click.option("--skip-bad", is_flag=True, help="Import the good rows, report the bad ones."),
        click.option("--dry-run", is_flag=True, help="Do everything, then undo it."),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def run_import(
    parts: Parts, importer: Importer, file: Path, dry_run: bool, skip_bad: bool, as_json: bool, **given: Any
) -> None:
    """Import a file in one transaction and show the report. Raises ImportRefused with every problem.

    Two imports wait for each other: neither can miss, and add again, what the other one adds.
    """
    from inventory.csv_import import read_file
    from inventory.turns import IMPORTS, take_turn

    text = read_file(file)

    def imported(tx: Transaction) -> Any:
        take_turn(tx, IMPORTS)
        return importer(tx, file.name, text, skip_bad=skip_bad, **given)

    report = kept_or_rehearsed(parts, dry_run, imported)
    human = report.human() + ("\nEssai : rien n'a été enregistré." if dry_run else "")
    emit({**report.document(), "dry_run": dry_run}, as_json, human)


def run_list(parts: Parts, lister: Lister, as_json: bool) -> None:
    """Show rows as JSON objects, or as lines for a person."""
    with parts.database.transaction() as tx:
        rows = list(lister(tx))
    emit(rows, as_json, "\n".join(map(human_of_row, rows)) or "aucun élément.")


def human_of_row(row: dict[str, Any]) -> str:
    """A row as ``name value`` pairs, what is empty left out."""
    return "  ".join(f"{name}={value}" for name, value in row.items() if value not in (None, [], ""))


def group_of(name: str, help_text: str, importer: str, lister: Lister, *, dated: bool = False) -> click.Group:
    """A group with ``import`` and ``list``; ``importer`` is "module:function", imported when it is called.

    A ``dated`` importer is told the time, as ``now``.
    """

    @click.group(name=name, help=help_text)
    def group() -> None: ...

    @group.command("import")
    @import_options
    @pass_parts
    def import_file(parts: Parts, file: Path, dry_run: bool, skip_bad: bool, as_json: bool) -> None:
        """Import a CSV file: everything, or nothing when a row is bad."""
        given = {"now": parts.clock.now()} if dated else {}
        run_import(parts, _named(importer), file, dry_run, skip_bad, as_json, **given)

    @group.command("list")
    @json_option
    @pass_parts
    def list_rows(parts: Parts, as_json: bool) -> None:
        """List what is there."""
        run_list(parts, lister, as_json)

    return group


@functools.cache
def _named(path: str) -> Importer:
    from importlib import import_module

    module, function = path.split(":")
    found: Importer = getattr(import_module(module), function)
    return found


def _dated(thing: Any) -> dict[str, Any]:
    return {"from": thing.start.isoformat(), "to": thing.end.isoformat() if thing.end else None}


def share_row(share: Any) -> dict[str, Any]:
    """A sold share under the names of the CSV file, with its place as people read it."""
    from inventory.racks import units_text

    return {
        "id": share.id,
        "rack": share.rack.name,
        "kind": share.kind,
        "position": share.position,
        "units": units_text(share.first_half_unit, share.end_half_unit),
        "half_units": [share.first_half_unit, share.end_half_unit],
        "customer": share.customer.code,
        **_dated(share),
        "power_w": share.power_w,
        "cage": share.cage.name if share.cage else None,
    }


def _machines(tx: Transaction) -> list[dict[str, Any]]:
    from inventory import store

    columns = "id name cluster vmid vcpu ram_gb disk_gb backup_days"
    return [row_of(machine, columns) for machine in store.machines(tx)]


def row_of(thing: Any, columns: str) -> dict[str, Any]:
    """The named columns of a thing held by a customer, its customer's code and its days."""
    return {
        **{column: getattr(thing, column) for column in columns.split()},
        "customer": thing.customer.code,
        **_dated(thing),
    }


def _usages(tx: Transaction) -> list[dict[str, Any]]:
    from dcops.contracts import held_store

    return [
        {"customer": each.customer, "code": each.code, "year": each.year, "quantity": f"{each.quantity.normalize():f}"}
        for each in held_store.counts(tx)
    ]


machines = group_of("machines", "Virtual machines.", "inventory.imports:import_machines", _machines)
usages = group_of(
    "usages", "How many times services were used in a year.", "dcops.contracts.usages:import_usages", _usages,
    dated=True,
)  # fmt: skip
