"""What a rack's page shows besides its figures: the elevation, the days worth a curve, the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for

from dcops.web.spans import Days
from inventory import space_store, store
from inventory.clock import civil_date
from inventory.elevation import Slot, elevation
from inventory.elevation_slots import slots_of
from inventory.french import kwh
from inventory.models import Rack, Share
from inventory.orm import Transaction
from inventory.racks import units_text
from metering import store as metering
from metering.intervals import interval_store
from metering.models import Meter

WEEK, _ONE_DAY = timedelta(days=6), timedelta(days=1)


@dataclass(frozen=True, order=True)
class Event:
    """Something that happened to a rack on a day, in words."""

    on: date
    text: str


def picture(tx: Transaction, rack: Rack, on: date, new: Sequence[Slot] = ()) -> str:
    """The rack's elevation on a day as SVG: what is sold that day, what the documentation sets aside and places.

    What is sold leads to the page of who bought it; ``new`` is what a person is about to book.
    """
    devices, kept = store.devices_of_rack(tx, rack.name), store.reservations_of_rack(tx, rack.name)
    return elevation(rack.name, rack.u_height, slots_of(rack, devices, kept, on, _page_of_holder, new))


def _page_of_holder(share: Share) -> str:
    return url_for("customers.detail", code=share.customer.code)


def last_days_with_data(tx: Transaction, meters: Iterable[Meter], today: date) -> Days:
    """The last seven days that have energy, or the last seven days when there is none at all."""
    ends = [end for meter in meters if (end := interval_store.last_interval_end(tx, meter.id)) is not None]
    last = civil_date(max(ends) - timedelta(microseconds=1)) if ends else today
    return Days(last - WEEK, last)


def history(tx: Transaction, rack: Rack, meters: Sequence[Meter], today: date) -> list[Event]:
    """Shares that began or ended, who booked or changed them, meters put in, exchanged or removed; newest first."""
    events = [*_of_shares(rack), *_of_people(tx, rack), *_of_meters(tx, meters)]
    return sorted((event for event in events if event.on <= today), reverse=True)


def _of_shares(rack: Rack) -> Iterable[Event]:
    for share in rack.shares:
        place = units_text(share.first_half_unit, share.end_half_unit)
        yield Event(share.start, f"{place} : attribué à {share.customer.name}.")
        if share.end is not None:
            yield Event(share.end, f"{place} : rendu par {share.customer.name}.")


_DONE = {"booked": "réservé", "end": "fin changée", "cancelled": "réservation annulée"}


def _of_people(tx: Transaction, rack: Rack) -> Iterable[Event]:
    """What people did to the shares of the rack, with who and why."""
    names = store.customer_names(tx)
    for move in space_store.moves_of_rack(tx, rack.id):
        told = move.values
        until = "" if told["to"] is None else f", jusqu’au {date.fromisoformat(told['to']) - _ONE_DAY:%d/%m/%Y}"
        days = f"à partir du {date.fromisoformat(told['from']):%d/%m/%Y}{until}"
        why = f" : {move.reason}" if move.reason else ""
        who = names.get(told["customer"], told["customer"])
        words = f"{told['place']}, {who} : {_DONE[move.what]} {days}, par {move.author}{why}."
        yield Event(civil_date(move.recorded_at), words)


def _of_meters(tx: Transaction, meters: Sequence[Meter]) -> Iterable[Event]:
    for meter in meters:
        yield Event(civil_date(meter.start), f"Compteur {meter.name} : mise en service.")
        for exchange in metering.exchanges(tx, meter.id):
            words = f"Compteur {meter.name} : appareil remplacé, index {kwh(exchange.closing_wh)} puis "
            yield Event(civil_date(exchange.at), words + f"{kwh(exchange.opening_wh)} kWh.")
        if meter.end is not None:
            yield Event(civil_date(meter.end), f"Compteur {meter.name} : retrait.")
