"""Meters, their readings, and the energy of a meter, a rack, a share or the site."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dcops.api import meter_shapes, paging, queries, shapes, store
from dcops.api.gate import actor
from dcops.api.usage import days
from dcops.auth.permissions import Permission
from dcops.wiring import Parts
from inventory.orm import Transaction
from metering import store as metering
from metering.drivers.address import shown
from metering.energy import scopes
from metering.energy.told import Energy
from metering.models import Meter, MeterPlace
from metering.period import Period, of_days

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    _meters(bp, parts)
    _energies(bp, parts)


def _meters(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/meters")
    @bp.input(queries.PageQuery, location="query", arg_name="query")
    @bp.output(meter_shapes.Meters)
    def list_meters(query: queries.PageQuery) -> Any:
        """Meters by name: how each is read, and the places where it counts, one after another."""
        actor().require(Permission.READ_SPACE)
        after = paging.decode(query.cursor, str)
        with parts.database.transaction() as tx:
            rows = store.meters(tx, after, query.limit + 1)
        items, following = paging.cut(rows, query.limit, lambda row: (row.name,))
        return {"items": [_meter(row) for row in items], "next": following}

    @bp.get("/meters/<path:name>/readings")
    @bp.input(meter_shapes.ReadingsQuery, location="query", arg_name="query")
    @bp.output(meter_shapes.Readings)
    def list_readings(name: str, query: meter_shapes.ReadingsQuery) -> Any:
        """The registers of a meter as they were read, by instant: what energy rests on."""
        actor().require(Permission.READ_SPACE)
        after = paging.decode(query.cursor, int)
        with parts.database.transaction() as tx:
            meter = metering.meter(tx, name)
            since = None if after is None else datetime.fromtimestamp(after[0], UTC)
            rows = store.readings(tx, meter.id, of_days(*days(query, parts)), since, query.limit + 1)
        items, following = paging.cut(rows, query.limit, lambda row: (int(row.at.timestamp()),))
        return {"items": [_reading(row) for row in items], "next": following}


def _energies(bp: APIBlueprint, parts: Parts) -> None:
    def told(query: queries.EnergyQuery, find: Callable[[Transaction, Period], Energy]) -> Any:
        actor().require(Permission.READ_SPACE)
        with parts.database.transaction() as tx:
            return find(tx, of_days(*days(query, parts))).document(query.by)

    @bp.get("/meters/<path:name>/energy")
    @bp.input(queries.EnergyQuery, location="query", arg_name="query")
    @bp.output(shapes.Energy)
    def meter_energy(name: str, query: queries.EnergyQuery) -> Any:
        """Energy of a meter over civil days (default: this civil year)."""
        return told(query, lambda tx, period: scopes.energy_of_meter(tx, name, period))

    @bp.get("/racks/<path:name>/energy")
    @bp.input(meter_shapes.RackEnergyQuery, location="query", arg_name="query")
    @bp.output(shapes.Energy)
    def rack_energy(name: str, query: meter_shapes.RackEnergyQuery) -> Any:
        """Energy of a rack, both feeds or one of them, over civil days (default: this civil year)."""
        feed = query.feed
        if feed is None:
            return told(query, lambda tx, period: scopes.energy_of_rack(tx, name, period))
        return told(query, lambda tx, period: scopes.energy_of_feed(tx, name, feed, period))

    @bp.get("/shares/<int:share>/energy")
    @bp.input(queries.EnergyQuery, location="query", arg_name="query")
    @bp.output(shapes.Energy)
    def share_energy(share: int, query: queries.EnergyQuery) -> Any:
        """Energy of a share while it was held, over civil days (default: this civil year)."""
        return told(query, lambda tx, period: scopes.energy_of_share(tx, share, period))

    @bp.get("/site/energy")
    @bp.input(queries.EnergyQuery, location="query", arg_name="query")
    @bp.output(shapes.Energy)
    def site_energy(query: queries.EnergyQuery) -> Any:
        """Energy of the whole site, cooling included, over civil days (default: this civil year)."""
        return told(query, scopes.energy_of_site)


def _meter(row: Meter) -> dict[str, Any]:
    fields = ("name", "driver", "profile", "point", "serial", "max_w", "modulus_wh", "resettable")
    return {
        **{field: getattr(row, field) for field in fields},
        "address": shown(row.address) or None,
        "from": row.start,
        "to": row.end,
        "places": [_place(place) for place in row.places],
    }


def _place(place: MeterPlace) -> dict[str, Any]:
    return {
        "scope": place.scope,
        "rack": place.rack.name if place.rack else None,
        "feed": place.feed,
        "share": place.share_id,
        "from": place.start,
        "to": place.end,
    }


def _reading(row: Any) -> dict[str, Any]:
    return {field: getattr(row, field) for field in ("at", "wh", "power_w", "source", "received_at")}
