"""``dcops racks``: import racks, list them, show one with its drawing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from dcops.commands import DATE, emit, json_option, pass_parts
from dcops.commands.imports import human_of_row, import_options, run_import, run_list, share_row
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.errors import Invalid
from inventory.models import Rack
from inventory.orm import Transaction
from inventory.racks import KINDS


@click.group()
def racks() -> None:
    """Racks."""


@racks.command("import")
@import_options
@pass_parts
def import_file(parts: Parts, file: Path, dry_run: bool, skip_bad: bool, as_json: bool) -> None:
    """Import a CSV file: everything, or nothing when a row is bad."""
    from inventory.imports import import_racks

    run_import(parts, import_racks, file, dry_run, skip_bad, as_json)


@racks.command("list")
@json_option
@pass_parts
def list_racks(parts: Parts, as_json: bool) -> None:
    """List racks with what is free in each."""
    from inventory import store

    on = civil_date(parts.clock.now())
    run_list(parts, lambda tx: [_row(rack, on) for rack in store.racks(tx)], as_json)


def _row(rack: Rack, on: date) -> dict[str, Any]:
    from inventory.elevation_slots import occupancy_of

    held = occupancy_of(rack, on)
    return {
        "name": rack.name,
        "site": rack.room.site.name,
        "room": rack.room.name,
        "u_height": rack.u_height,
        "feeds": rack.feeds,
        "capacity_w": rack.capacity_w,
        "row": rack.row or None,
        "place": rack.place,
        "half_units": {"total": held.total, "used": held.used, "free": held.free, "largest_free": held.largest_free},
    }


@racks.command()
@click.argument("name")
@click.option("--svg", type=click.Path(path_type=Path), help="Write the front elevation to this file.")
@click.option("--on", type=DATE, help="Shares in force on this day (default: today).")
@json_option
@pass_parts
def show(parts: Parts, name: str, svg: Path | None, on: date | None, as_json: bool) -> None:
    """Show a rack: its shares, what the documentation places in it, its drawing."""
    day = on or civil_date(parts.clock.now())
    with parts.database.transaction() as tx:
        document, drawing = _shown(tx, name, day)
    if svg is not None:
        _write(svg, drawing)
    lines = [human_of_row({key: value for key, value in document.items() if not isinstance(value, list)})]
    lines += [f"  {human_of_row(row)}" for key in ("shares", "devices", "reservations") for row in document[key]]
    emit(document, as_json, "\n".join(lines))


def _shown(tx: Transaction, name: str, on: date) -> tuple[dict[str, Any], str]:
    from inventory import store
    from inventory.elevation import elevation
    from inventory.elevation_slots import slots_of
    from inventory.evidence import document_of

    rack = store.rack(tx, name)
    devices, kept = store.devices_of_rack(tx, name), store.reservations_of_rack(tx, name)
    held = [share for share in rack.shares if share.span.holds(on)]
    document = {
        **_row(rack, on),
        "on": on.isoformat(),
        "shares": [share_row(share) for share in held],
        "devices": [document_of(device) for device in devices],
        "reservations": [document_of(reservation) for reservation in kept],
    }
    return document, elevation(rack.name, rack.u_height, slots_of(rack, devices, kept, on))


@racks.command("find")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--units", type=click.IntRange(1, 100), default=1, help="How many U, for --kind unit.")
@click.option("--power", "watts", type=click.IntRange(0, 1_000_000), default=0, help="Watts that it will draw.")
@click.option("--from", "start", type=DATE, required=True, help="First day.")
@click.option("--to", "end", type=DATE, help="Day after the last one (default: without end).")
@click.option("--room", help="Only racks of this room.")
@click.option("--customer", help="Prefer the racks where this customer already is.")
@json_option
@pass_parts
def find_place(
    parts: Parts, kind: str, units: int, watts: int, start: date, end: date | None, room: str | None,
    customer: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Where a share can go: free all the time, with the power that it needs; the best place first."""
    from dcops.space.placing import places
    from dcops.space.placing_listing import document, human
    from inventory.placement import Wanted

    wanted = Wanted(kind, start, end, units, watts, customer)
    with parts.database.transaction() as tx:
        answer = places(tx, wanted, parts.settings.space, parts.clock.now(), room)
    emit(document(answer, wanted), as_json, human(answer, wanted))


def _write(path: Path, drawing: str) -> None:
    try:
        path.write_text(drawing, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"dessin impossible à écrire : {path} ({error.strerror}).") from None
