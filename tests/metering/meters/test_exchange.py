"""A device replaced: what the register seemed to say is replaced by what the two indexes tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dcops.db import Database
from inventory.errors import Conflict, Invalid, NotFound
from metering import store
from metering.energy.scopes import energy_of_meter
from metering.exceptions import exception_store
from metering.intervals.roll_up import roll_up
from metering.meters.exchange import record_exchange
from metering.period import HOUR, Period
from metering.readings import Reading
from metering.register import mark
from tests.metering.world import LATER, START, add_meter, add_rack, feed, steady

SPAN = Period(START, START + 6 * HOUR)
GIVEN: dict[str, Any] = {
    "closing_wh": 52_900,
    "opening_wh": 100,
    "author": "camille",
    "reason": "PDU en panne",
    "now": LATER,
}


def test_an_exchange_told_late_replaces_the_reset_that_was_guessed(database: Database) -> None:
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, [*steady(START, 2, 1000, 50_000), *steady(START + 3 * HOUR, 3, 1000, 200)])
        assert energy_of_meter(tx, "a", SPAN).wh == 2000 + 200 + 3000
        record_exchange(tx, "a", START + 2 * HOUR + timedelta(minutes=54), **GIVEN)
        roll_up(tx, LATER)
        energy = energy_of_meter(tx, "a", SPAN)
        assert energy.wh == 2000 + 900 + 100 + 3000
        assert energy.document()["flags"] == {"ACTUAL": 6000}
        assert roll_up(tx, LATER).intervals == 0


def test_a_reset_that_an_exchange_explains_is_no_longer_to_look_at(database: Database) -> None:
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, [*steady(START, 2, 1000, 50_000), *steady(START + 3 * HOUR, 3, 1000, 200)])
        [fault] = exception_store.reading_faults(tx)
        assert "index revenu de 52,000 à 0,200 kWh" in fault.message
        record_exchange(tx, "a", START + 2 * HOUR + timedelta(minutes=54), **GIVEN)
        roll_up(tx, LATER)
        assert (exception_store.reading_faults(tx), exception_store.count_reading_faults(tx)) == ([], 0)


def test_a_jump_is_to_look_at_until_the_limit_of_the_meter_explains_it(database: Database) -> None:
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx), max_w=1000)
        feed(tx, meter, [*steady(START, 2, 1000), *steady(START + 3 * HOUR, 3, 1000, 62_000)])
        [fault] = exception_store.reading_faults(tx, "a")
        assert fault.message.startswith("+60,000 kWh depuis le 01/01/2024 03:00, plus que 1000 W")
        meter.max_w = 70_000
        mark(tx, {meter.id: START})
        roll_up(tx, LATER)
        assert exception_store.reading_faults(tx, "a") == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (
            {"closing_wh": 52},
            r"dernier index de l'ancien appareil, 0,052 kWh, et le relevé d'avant, 52,000 kWh le 01/01/2024 03:00",
        ),
        ({"closing_wh": 52_900_000}, r"dernier index de l'ancien appareil"),
        (
            {"opening_wh": 300},
            r"premier index du nouveau, 0,300 kWh, et le relevé d'après, 0,200 kWh le 01/01/2024 04:00",
        ),
    ],
)
def test_an_index_that_no_reading_continues_is_refused_for_an_exchange_is_never_erased(
    database: Database, told: dict[str, int], reason: str
) -> None:
    with database.transaction() as tx:
        feed(
            tx,
            add_meter(tx, "a", add_rack(tx)),
            [*steady(START, 2, 1000, 50_000), *steady(START + 3 * HOUR, 3, 0, 200)],
        )
        with pytest.raises(Invalid, match=reason):
            record_exchange(tx, "a", START + 2 * HOUR + timedelta(minutes=54), **{**GIVEN, **told})


def test_one_wrong_reading_does_not_forbid_an_exchange(database: Database) -> None:
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, [*steady(START, 2, 1000, 50_000), Reading(START + 2.5 * HOUR, 900_000)])
        record_exchange(tx, "a", START + 2 * HOUR + timedelta(minutes=54), **GIVEN)
        roll_up(tx, LATER)
        assert energy_of_meter(tx, "a", Period(START, START + 2 * HOUR)).wh == 2000


def test_what_makes_no_sense_is_refused(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        add_meter(tx, "a", add_rack(tx))
        record_exchange(tx, "a", START, **GIVEN)
        with pytest.raises(Conflict):
            record_exchange(tx, "a", START, **GIVEN)
        with pytest.raises(NotFound):
            record_exchange(tx, "b", START, **GIVEN)
        for wrong in ({"closing_wh": -1}, {"reason": " "}, {"now": START - HOUR}):
            with pytest.raises(Invalid):
                record_exchange(tx, "a", START, **{**GIVEN, **wrong})
        with pytest.raises(Invalid, match="en service que depuis"):
            record_exchange(tx, "a", START - timedelta(days=61), **GIVEN)
        assert len(store.exchanges(tx, store.meter(tx, "a").id)) == 1
