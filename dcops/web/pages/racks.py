"""Racks: what is sold, free and drawn in each; one rack's elevation, meters, load curve and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup

from dcops.auth.permissions import Permission as P
from dcops.contracts.costs import Prices, prices_on
from dcops.contracts.orders import lines_of_share
from dcops.web.access import permits
from dcops.web.charts import step_of
from dcops.web.context import now, parts, today, transaction
from dcops.web.curves import asked_subject, curve_of
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.open_findings import open_findings
from dcops.web.rack_view import history, last_days_with_data, picture
from dcops.web.spans import asked_days
from dcops.web.standing import standing_badge
from inventory import store
from inventory.customers import in_force
from inventory.elevation_slots import occupancy_of
from inventory.models import Rack, Share
from inventory.orm import Transaction
from inventory.racks import units_text
from metering.collection import watch_store
from metering.exceptions import exception_store
from metering.places import place_store

blueprint = Blueprint("racks", __name__, url_prefix="/baies")
FRESH_POLLS = 3
"""Watts are "now" when they are no older than so many polls."""


@dataclass(frozen=True)
class Row:
    """One rack in the list: space in U on the day, watts by feed from fresh readings (None: none)."""

    rack: Rack
    sold: Decimal
    free: Decimal
    largest: Decimal
    customers: str
    power: dict[str, int]

    @property
    def watts(self) -> int | None:
        return sum(self.power.values()) if self.power else None


@dataclass(frozen=True)
class RoomCard:
    """One room: its racks, space in U and watts."""

    name: str
    site: str
    racks: int
    sold: Decimal
    units: int
    watts: int | None


@dataclass(frozen=True)
class Sold:
    """One share of a rack: where, to whom, until when, for how much a year."""

    share: Share
    place: str
    standing: Badge
    yearly: Decimal | None
    coming: bool


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every rack, by room."""
    with transaction() as tx:
        rows = rack_rows(tx)
        return show(_listing(rows), "racks/index.html", rooms=room_cards(rows))


@blueprint.get("/<path:name>")
@permits(P.READ_SPACE)
def detail(name: str) -> str:
    """One rack; ``?from=…&to=…`` chooses the days of its load curve. 404 when unknown."""
    with transaction() as tx:
        rack = store.rack(tx, name)
        meters = place_store.meters_of_rack(tx, name)
        days = asked_days(request.args, last_days_with_data(tx, meters, today()))
        curve = curve_of(tx, asked_subject(tx, f"baie:{name}"), days.counted(now()), step_of(days.period))
        last = {reading.meter: reading.reading for reading in watch_store.last_readings(tx) if reading.rack == name}
        prices = prices_on(tx, today())
        return render_template(
            "racks/detail.html",
            rack=rack, row=_row(rack, today(), _power(tx)), svg=Markup(picture(tx, rack, today())),  # noqa: S704 (elevation() escapes every label)
            shares=[_sold(share, prices, today()) for share in rack.shares if not _ended(share)],
            devices=[(units_text(d.first_half_unit, d.first_half_unit + d.half_units), d)
                     for d in reversed(store.devices_of_rack(tx, name))],
            names=store.customer_names(tx),
            meters=[(meter, last.get(meter.name)) for meter in meters if meter.end is None or meter.end > now()],
            days=days, curve=curve,
            findings=open_findings(tx, thing=f"rack:{name}"), events=history(tx, rack, meters, today()),
            faults=[fault for meter in meters for fault in exception_store.reading_faults(tx, meter.name, 10)],
        )  # fmt: skip


def rack_rows(tx: Transaction) -> list[Row]:
    """Every rack as the list shows it today."""
    power = _power(tx)
    return [_row(rack, today(), power) for rack in store.racks(tx)]


def room_cards(rows: Sequence[Row]) -> list[RoomCard]:
    """The rooms of those racks, in their order."""
    by_room: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_room.setdefault((row.rack.room.site.name, row.rack.room.name), []).append(row)
    return [_card(site, name, mine) for (site, name), mine in sorted(by_room.items())]


def _card(site: str, name: str, rows: Sequence[Row]) -> RoomCard:
    watts = [row.watts for row in rows if row.watts is not None]
    sold = sum((row.sold for row in rows), Decimal(0))
    return RoomCard(name, site, len(rows), sold, sum(row.rack.u_height for row in rows), sum(watts) if watts else None)


def _power(tx: Transaction) -> dict[tuple[str, str], int]:
    fresh = timedelta(seconds=max(900, FRESH_POLLS * parts().settings.metering.poll_interval_s))
    return watch_store.power_by_feed(tx, now() - fresh)


def _row(rack: Rack, on: date, power: dict[tuple[str, str], int]) -> Row:
    space = occupancy_of(rack, on)
    holders = sorted({share.customer.name for share in rack.shares if in_force(share, on)})
    mine = {feed: watts for (name, feed), watts in power.items() if name == rack.name}
    return Row(rack, _units(space.used), _units(space.free), _units(space.largest_free), ", ".join(holders), mine)


def _units(half_units: int) -> Decimal:
    exact = Fraction(half_units, 2)
    return Decimal(exact.numerator) / exact.denominator


def _ended(share: Share) -> bool:
    return share.end is not None and share.end <= today()


def _sold(share: Share, prices: Prices, on: date) -> Sold:
    units = (share.end_half_unit - share.first_half_unit) // 2
    caged = share.cage is not None
    yearly = None if caged else prices.yearly(share.customer, lines_of_share(share.kind, units))
    place = units_text(share.first_half_unit, share.end_half_unit)
    return Sold(share, place, standing_badge(share, on), yearly, share.start > on)


def _listing(rows: list[Row]) -> Listing[Row]:
    rooms = sorted({row.rack.room.name for row in rows})
    feeds = sorted({feed for row in rows for feed in row.rack.feeds.split(",")})
    return Listing(
        "Baies", rows,
        [
            Column("name", "Baie", lambda r: r.rack.name, link=lambda r: url_for("racks.detail", name=r.rack.name)),
            Column("room", "Salle", lambda r: r.rack.room.name, short=True),
            Column("height", "Hauteur (U)", lambda r: r.rack.u_height, "number", total=True, phone=False),
            Column("sold", "U vendus", lambda r: r.sold, "number", total=True),
            Column("free", "U libres", lambda r: r.free, "number", total=True),
            Column("largest", "Plus grand vide (U)", lambda r: r.largest, "number", phone=False),
            Column("customers", "Collectivités", lambda r: r.customers or None),
            *(_feed(feed) for feed in feeds),
            Column("watts", "Puissance", lambda r: r.watts, "power", total=True),
        ],
        filters=[
            Filter("salle", "Salle", [(room, room) for room in rooms], lambda r, chosen: r.rack.room.name == chosen),
            Filter("place", "Place", (("libre", "Avec des U libres"), ("pleine", "Pleines"), ("vide", "Vides")),
                   _has_space),
        ],
        sort="name", empty="Aucune baie.", hint="Importez-les avec « dcops racks import FICHIER.csv ».",
    )  # fmt: skip


def _feed(feed: str) -> Column[Row]:
    return Column(f"feed-{feed}", f"Voie {feed}", lambda r: r.power.get(feed), "power", total=True, phone=False)


def _has_space(row: Row, chosen: str) -> bool:
    return {"libre": row.free > 0, "pleine": row.free == 0, "vide": row.sold == 0}.get(chosen, True)
