"""What the database adds up instead of telling hours: only where nothing is lost, and with the same result."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from dcops.db import Database
from inventory.orm import Transaction
from metering.cells import quality
from metering.energy.scopes import energy_of_shares
from metering.energy.told import Energy
from metering.intervals import interval_store
from metering.models import EnergyInterval
from metering.period import HOUR, Period, of_days
from metering.readings import Flag, Interval, Reading
from tests.metering.world import LATER, add_customer, add_meter, add_rack, add_share, feed

T = datetime(2024, 3, 1, tzinfo=UTC)
SPAN = Period(T, T + 6 * HOUR)


def hour(number: float, wh: int = 100, hours: float = 1, method: str = "register", version: int = 1) -> EnergyInterval:
    start = T + number * HOUR
    end = start + hours * HOUR
    return EnergyInterval(
        meter_id=1, start=start, end=end, version=version, wh=wh, flag="ACTUAL", method=method, recorded_at=LATER
    )


def told(tx: Transaction, rows: Sequence[EnergyInterval]) -> object:
    add_meter(tx, "a", add_rack(tx), id=1)
    tx.add_all(rows)
    tx.flush()
    return interval_store.whole_hours(tx, [(1, SPAN)])


def test_hours_all_alike_are_one_sum(database: Database) -> None:
    around = [hour(-1, 7), *(hour(number, number) for number in range(6)), hour(6, 9, method="interpolated")]
    with database.transaction() as tx:
        assert told(tx, around) == {(1, SPAN): (15, quality("ACTUAL", "register"))}


SPOILT = {
    "nothing": [],
    "an hour missing at the start": [hour(n) for n in range(1, 6)],
    "an hour missing inside": [hour(n) for n in range(6) if n != 3],
    "an hour missing at the end": [hour(n) for n in range(5)],
    "another quality": [*(hour(n) for n in range(5)), hour(5, method="rollover")],
    "a correction": [*(hour(n) for n in range(6)), hour(3, 50, version=2)],
    "only corrections": [hour(n, version=2) for n in range(6)],
    "two halves": [*(hour(n) for n in range(5)), hour(5, hours=0.5), hour(5.5, hours=0.5)],
    "a longer one": [*(hour(n) for n in range(4)), hour(4, hours=2)],
    "one that comes from before": [hour(-0.5), *(hour(n + 0.5) for n in range(6))],
    "hours that slip": [*(hour(n) for n in range(3)), *(hour(n + 0.5) for n in range(3, 6))],
}


@pytest.mark.parametrize("why", SPOILT)
def test_what_a_sum_would_hide_is_not_told(database: Database, why: str) -> None:
    fresh = [hour((r.start - T) / HOUR, r.wh, (r.end - r.start) / HOUR, r.method, r.version) for r in SPOILT[why]]
    with database.transaction() as tx:
        assert told(tx, fresh) == {}


FIRST = date(2023, 12, 1)
DAYS = 150


def wandering(draw: random.Random, start: datetime, end: datetime) -> list[Reading]:
    """Hourly readings, with now and then a silence, an hour read twice, or a stretch that is not on the hour."""
    at, wh, found = start, 0, []
    shift = timedelta()
    while at < end:
        found.append(Reading(at + shift, wh))
        chance = draw.random()
        if chance < 0.0002:
            shift = draw.choice([timedelta(), timedelta(minutes=10)])
        steps = draw.randrange(2, 60) if chance > 0.9996 else 1
        at, wh = at + steps * HOUR, wh + steps * draw.randrange(0, 2000)
    return found


def wandering_world(tx: Transaction, draw: random.Random, *, metered: bool) -> list[int]:
    """A rack of one or two feeds, replaced on the way, and shares that come and go, one with its meter or none."""
    rack = add_rack(tx)
    start = datetime(2023, 11, 20, tzinfo=UTC)
    end, change = start + timedelta(days=DAYS), start + timedelta(days=70, hours=9)
    for name in "ab"[: draw.choice([1, 2, 2])]:
        feed(tx, add_meter(tx, name, rack, name.upper(), end=change), wandering(draw, start, change))
        feed(tx, add_meter(tx, f"{name}2", rack, name.upper(), start=change), wandering(draw, change, end))
    days = [FIRST + timedelta(days=draw.randrange(0, DAYS)) for _ in range(2)]
    customer = add_customer(tx, "abbeville")
    shares = [
        add_share(tx, rack, customer, (0, 21), date(2023, 1, 1)),
        add_share(tx, rack, customer, (21, 30), date(2023, 1, 1), days[0]),
        add_share(tx, rack, customer, (21, 42), days[0]),
        add_share(tx, rack, customer, (42, 80), days[1]),
    ]
    if metered:
        feed(tx, add_meter(tx, "own", rack, scope="share", share=shares[3]), wandering(draw, start, end))
    return [share.id for share in shares]


def sums(energies: Sequence[Energy]) -> list[object]:
    return [(e.wh, list(e.flags.items()), e.coverage, e.evidence, e.notes) for e in energies]


@pytest.mark.parametrize("seed", range(8))
def test_sums_are_those_of_the_hours(sqlite_database: Database, seed: int) -> None:
    draw = random.Random(seed)
    metered = seed % 4 == 0  # what that meter counts is taken from the rack hour by hour
    with sqlite_database.transaction() as tx:
        shares = wandering_world(tx, draw, metered=metered)
        cuts = sorted({FIRST, *(FIRST + timedelta(days=draw.randrange(1, DAYS)) for _ in range(3))})
        spans = [of_days(one, other) for one in cuts for other in cuts if one < other]
        asked = [(share, span) for share in shares for span in spans]
        hours, added_up = (list(energy_of_shares(tx, asked, hours=hours)) for hours in (True, False))
    assert sums(added_up) == sums(hours)
    few, many = (sum(len(energy.intervals) for energy in energies) for energies in (added_up, hours))
    assert few < many or metered


def test_a_quiet_year_is_a_cell_a_month(database: Database) -> None:
    year = of_days(date(2024, 1, 1), date(2025, 1, 1))
    readings = [Reading(year.start + number * HOUR, 7 * number) for number in range(366 * 24 + 1)]
    with database.transaction() as tx:
        rack = add_rack(tx)
        share = add_share(tx, rack, add_customer(tx, "abbeville"), (0, 42), date(2023, 1, 1))
        for name in "ab":
            feed(tx, add_meter(tx, name, rack, name.upper()), readings)
        (energy,) = energy_of_shares(tx, [(share.id, year)], hours=False)
    assert [(part.flag, part.method) for part in energy.intervals] == [(Flag.ACTUAL, "allocated")] * 12
    assert energy.intervals[1] == Interval(
        of_days(date(2024, 2, 1), date(2024, 2, 2)).start, of_days(date(2024, 3, 1), date(2024, 3, 2)).start,
        29 * 24 * 7, Flag.ACTUAL, "allocated",
    )  # fmt: skip
