"""Racks, the space sold in them, where more can go, booking it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from dcops.api import paging, queries, shapes, space_shapes, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.space import placing_listing
from dcops.space.placing import places
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.booking import By, Wish, book
from inventory.clock import civil_date
from inventory.elevation_slots import occupancy_of
from inventory.models import Rack, Share
from inventory.placement import Wanted

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/racks")
    @bp.input(queries.PageQuery, location="query", arg_name="query")
    @bp.output(shapes.Racks)
    def list_racks(query: queries.PageQuery) -> Any:
        """Racks by name, with what is sold and free today."""
        actor().require(Permission.READ_SPACE)
        after = paging.decode(query.cursor, str)
        with parts.database.transaction() as tx:
            rows = store.racks(tx, after, query.limit + 1)
        items, following = paging.cut(rows, query.limit, lambda row: (row.name,))
        today = civil_date(parts.clock.now())
        return {"items": [_rack(row, today) for row in items], "next": following}

    @bp.get("/racks/<path:name>")
    @bp.output(shapes.RackDetail)
    def show_rack(name: str) -> Any:
        """One rack and every share sold in it, past and future ones too."""
        actor().require(Permission.READ_SPACE)
        with parts.database.transaction() as tx:
            row = inventory_store.rack(tx, name)
        return {**_rack(row, civil_date(parts.clock.now())), "shares": [_share(share) for share in row.shares]}

    _placements(bp, parts)


def _placements(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/placements")
    @bp.input(space_shapes.PlacementsQuery, location="query", arg_name="query")
    @bp.output(space_shapes.Placements)
    def find_places(query: space_shapes.PlacementsQuery) -> Any:
        """Where a share can go: free all the time, with the power that it needs; the best place first."""
        actor().require(Permission.READ_SPACE)
        start = query.start or civil_date(parts.clock.now())
        wanted = Wanted(query.kind, start, query.end, query.units, query.power, query.customer)
        with parts.database.transaction() as tx:
            answer = places(tx, wanted, parts.settings.space, parts.clock.now(), query.room)
        document = placing_listing.document(answer, wanted)
        told = {name: document[name][: query.limit] for name in ("places", "for_a_time")}
        return {**document, **told}

    @bp.post("/racks/<path:name>/shares")
    @bp.input(space_shapes.Booking, arg_name="asked")
    @bp.output(space_shapes.Booked, status_code=201)
    def book_share(name: str, asked: space_shapes.Booking) -> Any:
        """Book a share of a rack; 409, with whose it is, when somebody has the space."""
        actor().require(Permission.WRITE_SPACE)
        sizes = (asked.position, asked.units, asked.power_w)
        wish = Wish(name, asked.kind, asked.customer, asked.start, asked.end, *sizes)
        with parts.database.transaction() as tx:
            share = book(tx, wish, By(actor().name, parts.clock.now(), asked.reason))
            return {"id": share.id, "rack": name, **_share(share)}


def _rack(row: Rack, today: date) -> dict[str, Any]:
    space = occupancy_of(row, today)
    return {
        "name": row.name,
        "site": row.room.site.name,
        "room": row.room.name,
        "u_height": row.u_height,
        "feeds": [feed for feed in row.feeds.split(",") if feed],
        "capacity_w": row.capacity_w,
        "row": row.row or None,
        "place": row.place,
        "half_units_sold": space.used,
        "half_units_free": space.free,
    }


def _share(share: Share) -> dict[str, Any]:
    fields = ("kind", "position", "first_half_unit", "end_half_unit", "power_w")
    return {
        **{field: getattr(share, field) for field in fields},
        "customer": share.customer.code,
        "from": share.start,
        "to": share.end,
        "cage": share.cage.name if share.cage else None,
    }
