"""A small data centre for the tests of metering: one room, racks, shares, meters and readings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from inventory.models import Customer, Rack, Room, Share, Site
from inventory.orm import Transaction
from metering.intervals.roll_up import roll_up
from metering.models import Meter, MeterPlace
from metering.readings import Reading
from metering.register import append_readings

START = datetime(2024, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 1, tzinfo=UTC)


def add_rack(tx: Transaction, name: str = "A01", u_height: int = 42) -> Rack:
    site = Site(name=f"site {name}")
    rack = Rack(name=name, u_height=u_height, feeds="A,B", room=Room(name="salle", site=site))
    tx.add(rack)
    tx.flush()
    return rack


def add_customer(tx: Transaction, code: str) -> Customer:
    customer = Customer(code=code, name=code.title(), kind="commune")
    tx.add(customer)
    tx.flush()
    return customer


def add_share(
    tx: Transaction, rack: Rack, customer: Customer, half_units: tuple[int, int], start: date, end: date | None = None
) -> Share:
    share = Share(
        rack=rack,
        customer=customer,
        kind="unit",
        position=1,
        start=start,
        end=end,
        first_half_unit=half_units[0],
        end_half_unit=half_units[1],
    )
    tx.add(share)
    tx.flush()
    return share


def add_meter(tx: Transaction, name: str, rack: Rack, feed: str = "A", **values: object) -> Meter:
    given = {"driver": "csv", "address": "", "max_w": 7360, "start": START - timedelta(days=60), **values}
    where = {key: given.pop(key) for key in ("scope", "share", "share_id") if key in given}
    meter = Meter(name=name, **given)
    meter.places.append(MeterPlace(rack=rack, feed=feed, **where, start=given["start"], end=given.get("end")))
    tx.add(meter)
    tx.flush()
    return meter


def steady(start: datetime, hours: int, watts: int, first_wh: int = 0) -> list[Reading]:
    """A reading each hour of a circuit that draws constant power."""
    return [Reading(start + timedelta(hours=h), first_wh + h * watts) for h in range(hours + 1)]


def feed(tx: Transaction, meter: Meter, readings: Sequence[Reading], now: datetime = LATER) -> None:
    append_readings(tx, meter, readings, now)
    roll_up(tx, now)
