"""The highest power of a feed: what its readings tell, else its energy hour by hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from dcops.db import Database
from inventory.models import Rack, Room, Site
from inventory.orm import Transaction
from metering.energy import peak_store
from metering.models import EnergyInterval, MeterReading
from tests.conftest import NOW
from tests.metering.world import add_meter

HOUR = timedelta(hours=1)
MONTH = NOW - timedelta(days=30)


def meter(tx: Transaction, rack: Rack, name: str, feed: str) -> int:
    return add_meter(tx, name, rack, feed, max_w=9000, start=MONTH).id


def reading(meter_id: int, at: datetime, watts: int | None) -> MeterReading:
    return MeterReading(meter_id=meter_id, at=at, wh=1, power_w=watts, source="poll", received_at=at)


def interval(meter_id: int, start: datetime, wh: int, version: int = 1, flag: str = "ACTUAL") -> EnergyInterval:
    return EnergyInterval(
        meter_id=meter_id, start=start, end=start + HOUR, wh=wh, flag=flag, method="registers", recorded_at=NOW,
        version=version,
    )  # fmt: skip


def test_peaks_are_of_readings_else_of_hours_and_never_of_another_time(database: Database) -> None:
    with database.transaction() as tx:
        room = Room(site=Site(name="Amiens"), name="Salle 1")
        a01, a02 = (Rack(name=name, room=room, u_height=42) for name in ("A01", "A02"))
        a, second, b, silent = (
            meter(tx, rack, name, feed)
            for rack, name, feed in ((a01, "a", "A"), (a01, "a2", "A"), (a01, "b", "B"), (a02, "s", "A"))
        )
        tx.add_all([reading(a, NOW - HOUR, 700), reading(a, NOW - 2 * HOUR, 900), reading(a, MONTH - HOUR, 5000)])
        tx.add_all([reading(second, NOW - HOUR, 100), reading(silent, MONTH - HOUR, 800)])
        tx.add_all([reading(b, NOW - HOUR, None), interval(b, NOW - 5 * HOUR, 600), interval(b, NOW - 3 * HOUR, 450)])
        tx.add_all([interval(b, NOW - 4 * HOUR, 4000), interval(b, NOW - 4 * HOUR, 500, version=2)])
        tx.add(interval(b, NOW - 6 * HOUR, 7000, flag="MISSING"))
    with database.transaction() as tx:
        assert peak_store.peaks(tx, MONTH, NOW) == {("A01", "A"): 1000, ("A01", "B"): 600}
