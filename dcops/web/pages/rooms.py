"""One room seen from above: its plan coloured by occupancy, power or open findings, and the same as a list."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from dcops.auth.permissions import Permission as P
from dcops.space.room import FINDINGS, OCCUPANCY, POWER, Standing, drawing, standing
from dcops.web.access import permits
from dcops.web.context import now, parts, today, transaction
from dcops.web.listing import Column, Listing, show
from inventory import space_store
from inventory.errors import NotFound
from inventory.models import Cage, Rack, Room
from inventory.orm import Transaction

blueprint = Blueprint("rooms", __name__, url_prefix="/salles")
COLOURS = {"occupation": OCCUPANCY, "puissance": POWER, "ecarts": FINDINGS}
"""What ``?couleur=`` may ask."""
ON_A_PHONE = 3
"""Racks side by side that a phone shows without scrolling."""


@blueprint.get("/<path:place>")
@permits(P.READ_SPACE)
def detail(place: str) -> Response | str:
    """A room by its site and its name; ``?couleur=occupation|puissance|ecarts``. 404 when unknown."""
    chosen = request.args.get("couleur", "")
    colour = COLOURS.get(chosen, OCCUPANCY)
    with transaction() as tx:
        room = _room(tx, place)
        racks = standing(tx, room, parts().settings.space, now(), today())
        cages = [cage for cage in space_store.cages(tx) if cage.room_id == room.id and _lasts(cage)]
        plans = [Markup(drawing(room, racks, colour, _page, across)) for across in (0, ON_A_PHONE)]  # noqa: S704 (room_plan() escapes every text)
        return show(
            _listing(room, racks), "rooms/detail.html", room=room, racks=racks, cages=cages, wide=plans[0],
            narrow=plans[1], colour=colour, colours=COLOURS, place=place, today=today,
        )  # fmt: skip


def address(site: str, name: str) -> str:
    """The address of a room: names may hold anything."""
    return url_for("rooms.detail", place=f"{site}/{name}")


def _room(tx: Transaction, place: str) -> Room:
    found = (room for room in space_store.rooms(tx) if f"{room.site.name}/{room.name}" == place)
    room = next(found, None)
    if room is None:
        raise NotFound(f"salle « {place} » inconnue : la choisir dans la liste des baies.")
    return room


def _lasts(cage: Cage) -> bool:
    return cage.end is None or cage.end > today()


def _page(rack: Rack) -> str:
    return url_for("racks.detail", name=rack.name)


def _listing(room: Room, racks: list[Standing]) -> Listing[Standing]:
    return Listing(
        room.name, racks,
        [
            Column("name", "Baie", lambda r: r.rack.name, link=lambda r: _page(r.rack)),
            Column("row", "Emplacement", _where, short=True),
            Column("sold", "U vendus", lambda r: Decimal(r.space.used) / 2, "number", total=True),
            Column("free", "U libres", lambda r: Decimal(r.space.free) / 2, "number", total=True),
            Column("customers", "Collectivités", lambda r: r.holders or None),
            *([Column[Standing]("cage", "Espace privatif", lambda r: r.cage.name if r.cage else None)]
              if any(each.cage for each in racks) else []),
            Column("peak", "Pointe (30 j)", lambda r: r.power.peak, "power", total=True),
            *([Column[Standing]("promised", "Promis", lambda r: r.power.promised or None, "power", total=True)]
              if any(each.power.promised for each in racks) else []),
            Column("usable", "Utilisable", lambda r: r.power.usable, "power", total=True, phone=False),
            Column("headroom", "Reste", lambda r: r.power.headroom, "power"),
            Column("findings", "Écarts", lambda r: r.findings, "number", total=True),
            Column("euros", "Par an", lambda r: r.euros, "amount", total=True),
        ],
        sort="name", empty="Aucune baie dans cette salle.",
        hint="Importez-les avec « dcops racks import FICHIER.csv ».",
    )  # fmt: skip


def _where(each: Standing) -> str | None:
    """Where a rack stands: its row and its place in it."""
    told = [each.rack.row, "" if each.rack.place is None else f"place {each.rack.place}"]
    return ", ".join(filter(None, told)) or None
