"""What many meters counted at once, and the power of their hours, through the tables of both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from dcops.db import Database
from inventory.models import Rack
from inventory.orm import Transaction
from metering import store
from metering.energy import power_store
from metering.energy.measures import Measures
from metering.energy.scopes import energy_of_racks
from metering.energy.totals import efficiencies, feed_totals
from metering.intervals.roll_up import roll_up
from metering.models import Meter, MeterPlace
from metering.period import HOUR, Period, midnight, of_days
from metering.places import place_store
from metering.readings import Flag, Reading
from metering.register import append_readings
from tests.metering.world import LATER, add_customer, add_meter, add_rack, add_share

MARCH, APRIL, MAY = (midnight(date(2024, month, 1)) for month in (3, 4, 5))
SPRING = Period(MARCH, MAY)


def feed(tx: Transaction, meter: Meter, watts: int, until: int = 61 * 24, silent: range = range(0)) -> None:
    """Hourly readings from the first of March, but those of some hours."""
    hours = [hour for hour in range(until + 1) if hour not in silent]
    append_readings(tx, meter, [Reading(MARCH + hour * HOUR, watts * hour, watts) for hour in hours], LATER)


def rack_with(tx: Transaction, name: str, a: int, b: int | None, silent: range = range(0)) -> Rack:
    rack = add_rack(tx, name)
    feed(tx, add_meter(tx, f"{name}-a", rack, "A"), a)
    if b is not None:
        feed(tx, add_meter(tx, f"{name}-b", rack, "B"), b, silent=silent)
    return rack


def add_site(tx: Transaction, watts: int) -> None:
    meter = Meter(name="general", driver="csv", address="", max_w=10**6, start=MARCH)
    meter.places.append(MeterPlace(scope="site", start=MARCH))
    tx.add(meter)
    tx.flush()
    feed(tx, meter, watts)


def test_feeds_are_told_as_their_racks_are(database: Database) -> None:
    with database.transaction() as tx:
        racks = [rack_with(tx, "A01", 500, 300), rack_with(tx, "A02", 200, 100, range(100, 200)), add_rack(tx, "A03")]
        roll_up(tx, LATER)
        told = feed_totals(tx, racks, SPRING)
        energies = energy_of_racks(tx, racks, SPRING, Measures(tx, [rack.id for rack in racks], SPRING))
        for rack, energy in zip(racks, energies, strict=True):
            mine = [total for (rack_id, _), total in told.items() if rack_id == rack.id]
            assert sum(total.wh or 0 for total in mine) == energy.wh
        assert told[racks[0].id, "A"].coverage == 1
        assert (racks[2].id, "A") not in told


def test_a_month_is_told_beside_its_racks(database: Database) -> None:
    months = [Period(MARCH, APRIL), Period(APRIL, MAY)]
    with database.transaction() as tx:
        rack = rack_with(tx, "A01", 600, 400)
        add_site(tx, 1500)
        roll_up(tx, LATER)
        march, april = efficiencies(tx, [rack], months)
        assert (march.site.wh, march.racks.wh) == (1500 * 743, 1000 * 743)  # the clocks go forward in March
        assert (march.exact, march.pue(Decimal("0.95"))) == (True, Decimal("1.50"))
        assert april.exact


def test_what_no_meter_counts_makes_a_month_inexact(database: Database) -> None:
    months = [Period(MARCH, APRIL)]
    with database.transaction() as tx:
        half, bare, sold = rack_with(tx, "A01", 600, None), add_rack(tx, "A02"), add_rack(tx, "A03")
        add_share(tx, sold, add_customer(tx, "albert"), (0, 84), date(2023, 1, 1))
        add_site(tx, 1500)
        roll_up(tx, LATER)
        (march,) = efficiencies(tx, [half, bare, sold], months)
        assert march.unmetered == ("baie A01 voie B", "baie A03")
        assert (march.racks.coverage, march.exact) == (Decimal(1), False)


def test_a_site_meter_that_comes_in_the_middle_covers_half(database: Database) -> None:
    with database.transaction() as tx:
        rack = rack_with(tx, "A01", 600, 400)
        add_site(tx, 1500)
        place = store.meter(tx, "general").places[0]
        place.start = midnight(date(2024, 3, 16))
        roll_up(tx, LATER)
        (march,) = efficiencies(tx, [rack], [Period(MARCH, APRIL)])
        assert march.site.coverage == Decimal("0.515")  # 16 days of 24 hours, less one hour, of 743
        assert march.pue(Decimal("0.95")) is None


def test_the_power_of_an_hour_is_told_once_all_its_meters_tell_it(database: Database) -> None:
    day = of_days(date(2024, 3, 1), date(2024, 3, 2))
    with database.transaction() as tx:
        rack = rack_with(tx, "A01", 600, 400, range(5, 8))
        meter = store.meter(tx, "A01-a")
        append_readings(tx, meter, [Reading(MARCH + HOUR / 2, 300, 900)], LATER)
        placed = place_store.placed_in_rack(tx, rack.id)
        told = power_store.hourly_peaks(tx, placed, day)
        assert told[MARCH] == 1300
        assert told[MARCH + HOUR] == 1000
        assert [hour for hour in range(24) if MARCH + hour * HOUR not in told] == [5, 6, 7]
        assert power_store.hourly_peaks(tx, placed[1:], day)[MARCH] == 400


def test_whole_months_are_added_up_by_the_database_meter_by_meter_in_few_queries(database: Database) -> None:
    with database.transaction() as tx:
        racks = [rack_with(tx, f"A{number:02}", 500, 300) for number in range(4)]
        roll_up(tx, LATER)
        asked: list[str] = []
        event.listen(tx.connection().engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found = feed_totals(tx, racks, SPRING)
        assert {total.flags[Flag.ACTUAL] for total in found.values()} == {500 * 1463, 300 * 1463}
        assert len(asked) == 2  # where meters count; their sums
        assert all(total.known == timedelta(hours=1463) for total in found.values())


@pytest.mark.parametrize("days", [0, 3])
def test_nothing_is_told_of_racks_without_meters(database: Database, days: int) -> None:
    with database.transaction() as tx:
        racks = [add_rack(tx, f"A{number:02}") for number in range(days)]
        assert feed_totals(tx, racks, SPRING) == {}
        assert efficiencies(tx, racks, []) == []
