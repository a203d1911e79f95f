"""Whatever the order and the batches in which readings and decisions come, the same intervals are the newest ones."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from dcops.db import Database
from inventory.orm import Transaction
from metering.exceptions.checking import validate
from metering.exceptions.decisions import Answer, decide_span
from metering.intervals import interval_store
from metering.models import Meter
from metering.period import HOUR, Period
from metering.readings import Flag, Interval, Reading
from metering.register import append_readings
from tests.metering.world import LATER, START, add_meter, add_rack

SPAN = Period(START, START + timedelta(days=14))
AT = [START + timedelta(hours=30), START + timedelta(hours=200)]


def lived(draw: random.Random) -> list[Reading]:
    """Twelve days of a real device: gaps, jitter, a value that is wild, a jump, a restart, another unit."""
    found, wh, skipped = [], 40_000_000, 0
    for n in range(12 * 24 * 2):
        wh += draw.randrange(0, 2500)
        skipped = draw.randrange(2, 12) if draw.random() < 0.02 else max(0, skipped - 1)
        if n == 300:
            wh += 900_000
        if n == 450:
            wh = draw.choice([0, 25_000_000])
        told = wh - 1 if draw.random() < 0.03 else 0 if n == 120 else wh
        if not skipped:
            found.append(Reading(START + n * HOUR / 2 + timedelta(seconds=draw.randrange(60)), told))
    return found


def newest(tx: Transaction, meter: Meter) -> list[Interval]:
    return list(interval_store.intervals(tx, meter.id, SPAN))


@pytest.mark.parametrize("seed", range(4))
def test_any_order_any_batches_and_twice_end_the_same(sqlite_database: Database, seed: int) -> None:
    draw = random.Random(seed)
    readings = lived(draw)
    edit = (AT[0], AT[0] + 3 * HOUR, Answer("edit", "c", "vu", 4000))
    reject = (AT[1], AT[1] + 5 * HOUR, Answer("reject", "c", "vu"))
    with sqlite_database.transaction() as tx:
        whole, parts = add_meter(tx, "whole", add_rack(tx)), add_meter(tx, "parts", add_rack(tx, "A02"))
        append_readings(tx, whole, readings, LATER)
        for start, end, answer in (edit, reject):
            decide_span(tx, "whole", start, end, answer, LATER)
        validate(tx, LATER)
        shuffled = draw.sample(readings, len(readings)) + draw.sample(readings, 50)
        told = {5: edit, 9: reject}
        size = len(readings) // 10
        for number, first in enumerate(range(0, len(shuffled), size)):
            append_readings(tx, parts, shuffled[first : first + size], LATER)
            if number in told:
                start, end, answer = told[number]
                decide_span(tx, "parts", start, end, answer, LATER)
            validate(tx, LATER)
        assert newest(tx, parts) == newest(tx, whole)
        assert {one.flag for one in newest(tx, whole)} >= {Flag.ACTUAL, Flag.EDITED}
        assert validate(tx, LATER).intervals == 0


@pytest.mark.parametrize("seed", range(3))
def test_energy_of_two_periods_is_that_of_both(sqlite_database: Database, seed: int) -> None:
    draw = random.Random(seed)
    with sqlite_database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        append_readings(tx, meter, lived(draw), LATER)
        decide_span(tx, "a", AT[0], AT[0] + 3 * HOUR, Answer("edit", "c", "vu", 4000), LATER)
        validate(tx, LATER)
        for _ in range(30):
            a, b, c = sorted(START + timedelta(seconds=draw.randrange(14 * 86_400)) for _ in range(3))
            whole, parts = (interval_store.intervals(tx, meter.id, Period(a, c)).during(Period(a, c)), ((a, b), (b, c)))
            found = [interval_store.intervals(tx, meter.id, Period(*ends)).during(Period(*ends)) for ends in parts]
            assert sum(sum(one.wh) for one in found) == sum(whole.wh)
