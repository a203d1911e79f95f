"""``dcops antivirus``: licences that were sold, and what the console of the antivirus counts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.commands.imports import group_of, row_of
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.errors import Invalid

if TYPE_CHECKING:
    from dcops.contracts.seat_counts import Beside
    from inventory.orm import Transaction


def _rows(tx: Transaction) -> list[dict[str, Any]]:
    from inventory import store

    return [row_of(seats, "kind quantity") for seats in store.antivirus_seats(tx)]


antivirus = group_of("antivirus", "Antivirus licences.", "inventory.imports:import_antivirus", _rows)


@antivirus.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@json_option
@pass_parts
def console(parts: Parts, file: Path | None, as_json: bool) -> None:
    """Show what an export of the console says, beside what is sold (default: the file of the settings)."""
    from dcops.contracts.seat_counts import beside, sold_on
    from inventory import store
    from inventory.antivirus_rules import counts
    from inventory.sources.antivirus import read_console

    settings = parts.settings.antivirus
    chosen = file or settings.console_file
    if chosen is None:
        raise Invalid("aucun fichier : le nommer, ou régler console_file dans [antivirus].")
    export, written_at = read_console(chosen, settings.columns, parts.customer_rules())
    with parts.database.transaction() as tx:
        names = store.customer_names(tx)
        sold = sold_on(store.antivirus_seats(tx), civil_date(parts.clock.now()))
    rows = beside(counts(export.seats, names), sold, names)
    document = {
        "file": str(chosen), "written_at": written_at.isoformat(), "faults": list(export.faults),
        "seats": [_document(row) for row in rows],
    }  # fmt: skip
    emit(document, as_json, _human(rows, export.faults, chosen, written_at))


def _document(row: Beside) -> dict[str, Any]:
    """A count as JSON values; ``customer`` null: nobody knows whose ``group`` it is."""
    groups = list(row.groups) if row.code else [row.name]
    return {
        "customer": row.code, "kind": row.kind, "sold": row.sold, "counted": row.counted, "groups": groups,
        "hosts": list(row.hosts),
    }  # fmt: skip


def _human(rows: list[Beside], faults: tuple[str, ...], file: Path, written_at: datetime) -> str:
    from dcops.contracts.seat_counts import KINDS
    from inventory.french import instant

    known = [
        f"{row.name}, {KINDS[row.kind].lower()} : {row.counted} comptés, {row.sold} vendus" for row in rows if row.code
    ]
    unknown = [
        f"groupe inconnu « {row.name} », {KINDS[row.kind].lower()} : {row.counted} comptés"
        for row in rows
        if not row.code
    ]
    return "\n".join([f"{file}, écrit le {instant(written_at)} :", *known, *unknown, *faults])
