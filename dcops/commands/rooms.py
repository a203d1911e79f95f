"""``dcops rooms``: list the rooms, show one with the plan of its racks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dcops.commands import emit, json_option, pass_parts, write_file
from dcops.commands.imports import human_of_row, run_list
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.orm import Transaction

COLOURS = click.Choice(["occupancy", "power", "findings"])


@click.group()
def rooms() -> None:
    """Rooms."""


@rooms.command("list")
@json_option
@pass_parts
def list_rooms(parts: Parts, as_json: bool) -> None:
    """List the rooms."""
    run_list(parts, _rooms, as_json)


def _rooms(tx: Transaction) -> list[dict[str, Any]]:
    from inventory import space_store

    return [{"site": room.site.name, "room": room.name} for room in space_store.rooms(tx)]


@rooms.command()
@click.argument("name")
@click.option("--site", help="Where several sites have a room of that name.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write the plan to this file.")
@click.option("--by", "colour", type=COLOURS, default="occupancy", help="What colours the plan.")
@json_option
@pass_parts
def show(parts: Parts, name: str, site: str | None, svg: Path | None, colour: str, as_json: bool) -> None:
    """Show a room: what each rack holds, draws and has of open findings; its plan."""
    from dcops.space.room import drawing, row, standing
    from inventory import space_store

    now = parts.clock.now()
    with parts.database.transaction() as tx:
        room = space_store.room(tx, name, site)
        racks = standing(tx, room, parts.settings.space, now, civil_date(now))
        drawn, rows = drawing(room, racks, colour), [row(each) for each in racks]
    if svg is not None:
        write_file(svg, drawn.encode())
    document = {"site": room.site.name, "room": room.name, "racks": rows}
    emit(document, as_json, "\n".join([f"{room.name}, {room.site.name}", *map(human_of_row, rows)]))
