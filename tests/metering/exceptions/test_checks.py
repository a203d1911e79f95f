"""What is counted and looks odd, by values; told once, and never taken away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dcops.db import Database
from inventory.orm import Transaction
from metering.cells import Cells
from metering.exceptions import exception_store
from metering.exceptions.checking import validate
from metering.exceptions.decisions import Answer, decide
from metering.intervals import interval_store
from metering.models import Meter
from metering.period import HOUR, Period, day_before, midnight, of_days
from metering.readings import Fault, Flag, Interval, Reading
from metering.register import append_readings
from metering.validation.checks import Sum, disagreement, frozen, spikes, still, unbalanced, worth_telling
from metering.validation.tolerances import Validation
from tests.metering.world import LATER, add_customer, add_meter, add_rack, add_share, steady

RULES = Validation()
DAY = date(2024, 3, 5)
FIRST = midnight(DAY)
ONE = of_days(DAY, DAY + timedelta(days=1))


def cells(*wh: int, start: datetime = FIRST) -> Cells:
    return Cells.of(
        Interval(start + n * HOUR, start + (n + 1) * HOUR, one, Flag.ACTUAL, "register") for n, one in enumerate(wh)
    )


@pytest.mark.parametrize(
    ("largest", "third", "told"),
    [(2801, 1000, True), (2800, 1000, False), (735, 100, False), (737, 100, True), (5000, 5000, False)],
)
def test_a_spike_is_the_largest_hour_against_the_third_largest(largest: int, third: int, told: bool) -> None:
    """Beyond 180 % above it, and from 10 % of 7360 W on."""
    day = cells(*[third] * 12, largest, *[third] * 11)
    found = list(spikes(day, [ONE], 7360, RULES))
    assert [(fault.kind, fault.at, fault.stake_wh) for fault in found] == (
        [("spike", FIRST + 13 * HOUR, largest)] if told else []
    )


def test_a_load_that_stays_three_hours_is_no_spike() -> None:
    assert list(spikes(cells(*[100] * 12, 5000, 5000, 5000, *[100] * 9), [ONE], 7360, RULES)) == []


def test_a_day_that_is_not_whole_has_no_spike() -> None:
    assert list(spikes(cells(100, 100, 5000, 100), [ONE], 7360, RULES)) == []


def test_the_day_of_23_hours_is_whole() -> None:
    spring = of_days(date(2024, 3, 31), date(2024, 4, 1))
    day = cells(*[100] * 12, 5000, *[100] * 10, start=spring.start)
    assert [fault.at for fault in spikes(day, [spring], 7360, RULES)] == [spring.start + 13 * HOUR]


def test_a_time_without_energy_is_told_once_it_lasts() -> None:
    assert list(still(cells(5, *[0] * 12, 5), 12 * HOUR)) == [Period(FIRST + HOUR, FIRST + 13 * HOUR)]
    assert list(still(cells(5, *[0] * 11, 5), 12 * HOUR)) == []
    assert list(still(cells(5, *[0] * 40), 12 * HOUR)) == [Period(FIRST + HOUR, FIRST + 13 * HOUR)]
    assert list(still(cells(*[0] * 40), 12 * HOUR)) == []  # began before: told then


def test_a_register_is_frozen_when_its_power_should_have_moved_it() -> None:
    run = Period(FIRST, FIRST + 12 * HOUR)
    fault = frozen(run, 5_000_000, 300, 1000)
    assert fault is not None
    assert (fault.kind, fault.stake_wh, fault.wh) == ("frozen", 3600, 5_000_000)
    assert frozen(run, 5_000_000, 100, 1000) is None  # 1.2 kWh: less than two counts of a kWh
    assert frozen(run, 5_000_001, 100, 1) is not None
    assert frozen(run, 5_000_000, 0, 1) is None


def test_sums_agree_within_a_tolerance() -> None:
    a, b, inlet = (cells(*[wh] * 24) for wh in (600, 420, 1000))
    equal = Sum([("a", a), ("b", b)], ("contrôle", inlet), equal=True)
    assert disagreement(equal, ONE, 5) is None  # 2 %
    fault = disagreement(equal, ONE, 1)
    assert fault is not None
    assert (fault.kind, fault.at, fault.stake_wh) == ("sum-check", ONE.end, 480)
    assert "a + b : 24,480 kWh ; contrôle : 24,000 kWh" in fault.message
    less = Sum([("a", a)], ("arrivée", inlet), equal=False)
    assert disagreement(less, ONE, 0) is None  # outlets count less than their inlet
    assert disagreement(Sum([("a", a)], ("arrivée", inlet), equal=True), ONE, 5) is not None
    assert disagreement(Sum([("a", inlet)], ("arrivée", a), equal=False), ONE, 5) is not None
    assert disagreement(Sum([("a", cells(600))], ("arrivée", inlet), equal=True), ONE, 5) is None  # not wholly known


def test_cells_that_lose_a_wh_are_a_mistake_of_ours() -> None:
    measured = list(cells(5, 6))
    assert unbalanced(measured, measured) is None
    fault = unbalanced(measured, measured[:1])
    assert fault is not None
    assert (fault.kind, fault.stake_wh) == ("conservation", 6)


# Through the tables.


def kinds(tx: Transaction) -> list[tuple[str, str, datetime]]:
    return sorted((fault.meter.name, fault.kind, fault.at) for fault in exception_store.reading_faults(tx))


def add(tx: Transaction, meter: Meter, readings: list[Reading]) -> None:
    append_readings(tx, meter, readings, LATER)
    validate(tx, LATER)


def drawn(*watts: int, power: int | None = None) -> list[Reading]:
    """A reading each hour from the day on, of a register that moved by so many Wh each time."""
    found = [Reading(FIRST, 10**6, power)]
    for n, one in enumerate(watts):
        found.append(Reading(FIRST + (n + 1) * HOUR, found[-1].wh + one, power))
    return found


def test_a_spike_is_kept_for_a_person_and_counted(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        add_share(tx, rack, add_customer(tx, "abbeville"), (0, 84), date(2024, 1, 1))
        meter = add_meter(tx, "a", rack)
        add(tx, meter, drawn(*[300] * 12, 6000, *[300] * 11))
        assert kinds(tx) == [("a", "spike", FIRST + 13 * HOUR)]
        assert sum(interval_store.intervals(tx, meter.id, ONE).wh) == 6000 + 23 * 300
        assert validate(tx, LATER).faults == 0


def test_a_frozen_register_is_told_and_a_share_that_draws_nothing(database: Database) -> None:
    with database.transaction() as tx:
        rack, other = add_rack(tx), add_rack(tx, "A02")
        for where in (rack, other):
            add_share(tx, where, add_customer(tx, where.name), (0, 84), date(2024, 1, 1))
        add(tx, add_meter(tx, "frozen", rack), drawn(300, *[0] * 47, power=300))
        add(tx, add_meter(tx, "idle", other), drawn(300, *[0] * 47))
        assert kinds(tx) == [("frozen", "frozen", FIRST + 13 * HOUR), ("idle", "zero", FIRST + 25 * HOUR)]
        told = {fault.kind: fault.message for fault in exception_store.reading_faults(tx)}
        assert "alors que la baie A02 est tenue par A02" in told["zero"]


def test_a_feed_that_rests_while_the_other_one_draws_is_no_exception(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        add_share(tx, rack, add_customer(tx, "abbeville"), (0, 84), date(2024, 1, 1))
        busy, resting = add_meter(tx, "a", rack), add_meter(tx, "b", rack, "B")
        append_readings(tx, busy, drawn(*[300] * 72), LATER)
        add(tx, resting, drawn(300, *[0] * 71))
        assert kinds(tx) == []


def test_energy_of_a_rack_that_nobody_holds_is_told_on_its_first_day(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        add_share(tx, rack, add_customer(tx, "abbeville"), (0, 84), date(2024, 1, 1), DAY + timedelta(days=1))
        add(tx, add_meter(tx, "a", rack), drawn(*[300] * 24 * 4))
        assert kinds(tx) == [("a", "empty-rack", FIRST + 48 * HOUR)]


def test_an_empty_rack_that_draws_now_and_then_is_told_again_when_it_draws_twice_as_much_or_a_month_after_it_is_decided(
    database: Database,
) -> None:
    """One day in two above 3.6 kWh, imported day after day as polling does; the 21st day draws a server more."""
    with database.transaction() as tx:
        rack = add_rack(tx)
        meter = add_meter(tx, "a", rack)
        total, told = 0, []
        for day in range(60):
            watts = 400 if day == 20 else (100, 160)[day % 2]
            append_readings(tx, meter, steady(FIRST + 24 * day * HOUR, 24, watts, total), LATER)
            total += 24 * watts
            told.append(validate(tx, LATER).faults)
            if day in (10, 22):
                for fault in exception_store.reading_faults(tx):
                    decide(tx, fault.id, Answer("accept", "a person", "an empty server"), LATER)
        assert [day for day, new in enumerate(told) if new] == [1, 20, 51]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ([(0, 10), (1, 10), (2, 19)], [0]),
        ([(0, 10), (1, 20), (2, 30), (3, 40)], [0, 1, 3]),
        ([(0, 10), (30, 10), (61, 10)], [0]),
        ([(0, 40), (20, 10), (40, 80)], [0, 40]),
        ([(0, 0), (1, 0)], [0, 1]),
    ],
)
def test_what_comes_back_is_told_once_while_it_waits_unless_twice_as_much_is_at_stake(
    days: list[tuple[int, int]], told: list[int]
) -> None:
    found = [Fault(FIRST + timedelta(days=day), "empty-rack", None, "", None, wh) for day, wh in days]
    kept = [(one.at - FIRST).days for one in worth_telling(found, [], timedelta(days=30))]
    assert kept == told
    assert list(worth_telling(found[1:], [(found[0], True)], timedelta(days=30))) == [
        one for one in found[1:] if (one.at - FIRST).days in told
    ]


def test_what_was_decided_is_told_again_a_month_later() -> None:
    days = [0, 10, 30, 31, 40]
    found = [Fault(FIRST + timedelta(days=day), "sum-check", None, "", None, 10) for day in days]
    later = list(worth_telling(found[1:], [(found[0], False)], timedelta(days=30)))
    assert later == [found[3]]


def test_feeds_are_compared_with_the_meter_that_checks_them(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        add_share(tx, rack, add_customer(tx, "abbeville"), (0, 84), date(2024, 1, 1))
        for name, feed, watts, scope in (
            ("a", "A", 300, "rack"),
            ("b", "B", 200, "rack"),
            ("both", None, 600, "check"),
        ):
            meter = add_meter(tx, name, rack, feed, scope=scope)
            append_readings(tx, meter, drawn(*[watts] * 72), LATER)
        validate(tx, LATER)
        assert kinds(tx) == [("both", "sum-check", ONE.end)]  # once, not every day
        [fault] = exception_store.reading_faults(tx)
        assert "a + b : 12,000 kWh ; both : 14,400 kWh" in fault.message


def test_outlets_that_count_more_than_their_inlet_are_told(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        share = add_share(tx, rack, add_customer(tx, "abbeville"), (0, 84), date(2024, 1, 1))
        device = {"driver": "snmp", "address": "192.0.2.1"}
        inlet = add_meter(tx, "inlet", rack, **device)
        append_readings(tx, inlet, drawn(*[300] * 24), LATER)
        for n in (1, 2):
            outlet = add_meter(tx, f"outlet-{n}", rack, point=f"outlet:{n}", scope="outlet", share=share, **device)
            append_readings(tx, outlet, drawn(*[200] * 24), LATER)
        validate(tx, LATER)
        assert kinds(tx) == [("inlet", "sum-check", ONE.end)]


def test_a_busbar_that_counts_less_than_its_racks_is_told(database: Database) -> None:
    with database.transaction() as tx:
        racks = [add_rack(tx, name) for name in ("A01", "A02")]
        for rack in racks:
            add_share(tx, rack, add_customer(tx, rack.name), (0, 84), date(2024, 1, 1))
            append_readings(tx, add_meter(tx, f"{rack.name}-A", rack), drawn(*[300] * 24), LATER)
        bar = add_meter(tx, "bar", racks[0], scope="busbar")
        bar.places.append(type(bar.places[0])(rack=racks[1], feed="A", scope="busbar", start=bar.start))
        tx.flush()
        append_readings(tx, bar, drawn(*[500] * 24), LATER)
        validate(tx, LATER)
        assert kinds(tx) == [("bar", "sum-check", ONE.end)]


def test_the_day_before_a_day_of_23_hours_has_24() -> None:
    spring = of_days(date(2024, 3, 31), date(2024, 4, 1))
    assert day_before(spring) == of_days(date(2024, 3, 30), date(2024, 3, 31))
    assert steady(FIRST, 1, 5)[1].at == datetime(2024, 3, 5, 0, tzinfo=UTC)
