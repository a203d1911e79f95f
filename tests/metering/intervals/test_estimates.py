"""What no register tells, by each method: values of the rules, then through the tables, versions and decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dcops.db import Database
from inventory.orm import Transaction
from metering.cells import Cells
from metering.exceptions import exception_store
from metering.exceptions.decisions import Answer, decide, decide_span
from metering.intervals import interval_store
from metering.intervals.roll_up import roll_up
from metering.intervals.vee_store import prolonged_estimations
from metering.models import EnergyInterval, Meter
from metering.period import HOUR, Period, midnight
from metering.readings import Flag, Interval, Reading
from metering.validation.estimates import estimate, proposals
from metering.validation.tolerances import Validation
from tests.metering.world import LATER, START, add_meter, add_rack, feed, steady

RULES = Validation()
T = datetime(2024, 3, 18, 9, tzinfo=UTC)  # a Monday
NONE = Cells()


def known(*cells: tuple[datetime, int]) -> Cells:
    return Cells.of(Interval(at, at + HOUR, wh, Flag.ACTUAL, "register") for at, wh in cells)


def told(hole: Period, own: Cells, other: Cells = NONE) -> list[tuple[int, str]]:
    return [(one.wh, one.method) for one in estimate(hole, own, other, RULES)]


def test_a_short_hole_is_a_straight_line_between_its_edges() -> None:
    hole = Period(T, T + HOUR)
    assert told(hole, known((T - HOUR, 100), (T + HOUR, 301))) == [(201, "linear")]  # 200.5, half up
    assert told(hole, known((T - HOUR, 100))) == [(100, "linear")]
    assert told(hole, NONE) == []


def test_a_longer_hole_is_the_mean_of_the_same_hours_of_three_weeks() -> None:
    hole = Period(T, T + 2 * HOUR)
    week = timedelta(days=7)
    own = known(*sorted((T - n * week + h * HOUR, wh) for n, h, wh in (
        (1, 0, 100), (1, 1, 200), (2, 0, 101), (2, 1, 201), (3, 0, 101), (3, 1, 201), (4, 0, 9999), (4, 1, 9999),
    )))  # fmt: skip
    assert told(hole, own) == [(101, "previous-weeks"), (200, "previous-weeks")]  # 100.67 + 200.67 = 301.33


def test_weeks_are_those_of_the_clock_on_the_wall() -> None:
    monday = datetime(2024, 4, 1, 7, tzinfo=UTC)  # 09:00, the day after the clocks went forward
    before = datetime(2024, 3, 25, 8, tzinfo=UTC)  # 09:00 a week before
    own = known((before - HOUR, 1), (before, 50), (before + HOUR, 50), (before + 2 * HOUR, 1))
    assert told(Period(monday, monday + 2 * HOUR), own) == [(50, "previous-weeks"), (50, "previous-weeks")]


def test_an_alternate_meter_goes_before_and_must_know_all_of_it() -> None:
    hole = Period(T, T + 2 * HOUR)
    both = known((T, 70), (T + HOUR, 80))
    assert told(hole, NONE, both) == [(70, "alternate-meter"), (80, "alternate-meter")]
    assert told(hole, NONE, known((T, 70))) == []


def test_estimates_never_rest_on_estimates() -> None:
    guessed = Cells.of([Interval(T - HOUR, T, 100, Flag.ESTIMATED, "linear")])
    assert told(Period(T, T + HOUR), guessed) == []


def test_each_method_that_can_tell_is_proposed() -> None:
    week = timedelta(days=7)
    found = proposals(Period(T, T + HOUR), known((T - week, 5), (T - HOUR, 7)), known((T, 6)), RULES)
    assert {method: sum(one.wh for one in cells) for method, cells in found.items()} == {
        "alternate-meter": 6, "linear": 7, "previous-weeks": 5,
    }  # fmt: skip


@given(st.lists(st.integers(0, 9999), min_size=30, max_size=30), st.integers(1, 1700), st.integers(61, 1000))
def test_hours_of_an_estimate_add_up_to_the_rounded_mean(wh: list[int], start: int, length: int) -> None:
    begin = T + timedelta(minutes=start % 120)
    hole = Period(begin, begin + timedelta(minutes=length))
    own = known(*((T - timedelta(days=7) + n * HOUR, one) for n, one in enumerate(wh)))
    cells = estimate(hole, own, NONE, RULES)
    assert (cells[0].start, cells[-1].end) == (hole.start, hole.end)
    week = own.during(Period(hole.start - timedelta(days=7), hole.end - timedelta(days=7)))
    assert sum(one.wh for one in cells) == sum(week.wh)


# Through the tables.

RESET = [*steady(START, 24 * 8, 1000, 900_000), *steady(START + (24 * 8 + 3) * HOUR, 30, 1000, 500_000)]
"""Eight days, then three hours that nobody tells: the device that came back already shows 500 kWh."""
SPAN = Period(START + 24 * 8 * HOUR, START + (24 * 8 + 3) * HOUR)


def cells(tx: Transaction, meter: Meter, period: Period = SPAN) -> list[tuple[int, str, str]]:
    return [(one.wh, str(one.flag), one.method) for one in interval_store.intervals(tx, meter.id, period)]


def test_a_hole_before_a_reset_is_estimated_after_a_day(database: Database) -> None:
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, RESET[:198], SPAN.end + 6 * HOUR)
        assert cells(tx, meter) == []
        roll_up(tx, SPAN.end + 24 * HOUR)
        assert cells(tx, meter) == [(1000, "ESTIMATED", "previous-weeks")] * 3
        assert roll_up(tx, SPAN.end + 25 * HOUR).intervals == 0
        assert [fault.kind for fault in exception_store.reading_faults(tx)] == ["reset"]  # an estimate explains nothing


def test_what_late_readings_show_to_be_beyond_the_circuit_is_not_estimated(database: Database) -> None:
    """310 kWh after 1,092 is a reset; with the readings between them, late, it is 149 kWh too much in an hour."""
    week = steady(START, 24 * 8, 1000, 900_000)
    gone = START + 24 * 8 * HOUR
    between = steady(gone + HOUR, 7, 100, 160_000)
    after = steady(gone + 9 * HOUR, 30, 100, 310_000)
    with database.transaction() as tx:
        once, late = (add_meter(tx, name, add_rack(tx, name)) for name in ("once", "late"))
        feed(tx, once, [*week, *between, *after])
        feed(tx, late, [*week, *after])
        feed(tx, late, between)
        hole = Period(gone + 8 * HOUR, gone + 9 * HOUR)
        assert cells(tx, once, hole) == cells(tx, late, hole) == []


def test_without_the_setting_only_a_person_has_it_estimated(database: Database) -> None:
    never = Validation(estimate_after=None)
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, RESET[:198], SPAN.end + 6 * HOUR)
        roll_up(tx, LATER, validation=never)
        assert cells(tx, meter) == []
        [fault] = exception_store.reading_faults(tx)
        decide(tx, fault.id, Answer("estimate", "c", "vu avec le client"), LATER)
        roll_up(tx, LATER, validation=never)
        assert cells(tx, meter) == [(1000, "ESTIMATED", "previous-weeks")] * 3
        assert exception_store.count_reading_faults(tx) == 0


def test_a_late_reading_replaces_an_estimate_by_a_new_version(database: Database) -> None:
    late = [Reading(SPAN.start + HOUR, 900_000 + 24 * 8 * 1000 + 700)]
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, RESET)
        feed(tx, meter, late)
        assert cells(tx, meter) == [
            (700, "ACTUAL", "register"), (1000, "ESTIMATED", "previous-weeks"), (1000, "ESTIMATED", "previous-weeks"),
        ]  # fmt: skip
        versions = tx.scalars(
            select(EnergyInterval.flag).where(EnergyInterval.start == SPAN.start).order_by(EnergyInterval.version)
        ).all()
        assert versions == ["ESTIMATED", "ACTUAL"]


def test_weeks_that_arrive_late_change_the_estimate_whatever_the_order(database: Database) -> None:
    first, last = RESET[: 24 * 7], RESET[24 * 7 :]
    with database.transaction() as tx:
        whole, parts = add_meter(tx, "a", add_rack(tx)), add_meter(tx, "b", add_rack(tx, "A02"))
        feed(tx, whole, RESET)
        feed(tx, parts, last)
        assert cells(tx, parts) == []
        feed(tx, parts, first)
        assert cells(tx, parts) == cells(tx, whole)
        assert len(cells(tx, whole)) == 3


def test_the_meter_that_checks_the_feed_tells_a_hole(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx)
        meter, check = add_meter(tx, "a", rack), add_meter(tx, "check", rack, scope="check")
        feed(tx, check, steady(START, 24 * 9, 900))
        feed(tx, meter, RESET)
        assert cells(tx, meter) == [(900, "ESTIMATED", "alternate-meter")] * 3


def test_the_meter_that_checks_the_feed_is_read_at_the_edges_of_the_hole(database: Database) -> None:
    """From 9:15 to 10:45 it says 3 and 605 Wh; three quarters of its hours would say 1,127 and 454."""
    nine = START + 33 * HOUR
    quarters = [nine + n * HOUR / 4 for n in range(9)]
    told = [
        Reading(at, wh) for at, wh in zip(quarters, (0, 1500, 1501, 1502, 1503, 2103, 2106, 2108, 2108), strict=True)
    ]
    with database.transaction() as tx:
        rack = add_rack(tx)
        meter, check = add_meter(tx, "a", rack), add_meter(tx, "check", rack, scope="check")
        feed(tx, check, told)
        feed(tx, meter, [Reading(quarters[0], 900_000), Reading(quarters[1], 901_500), Reading(quarters[7], 500_000)])
        hole = Period(quarters[1], quarters[7])
        assert cells(tx, meter, hole) == [(3, "ESTIMATED", "alternate-meter"), (605, "ESTIMATED", "alternate-meter")]


def test_a_dead_device_is_estimated_when_a_person_says_so(database: Database) -> None:
    dead = Period(START + 24 * 8 * HOUR, START + 24 * 9 * HOUR)
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, steady(START, 24 * 8, 1000))
        assert cells(tx, meter, dead) == []
        decide_span(tx, "a", dead.start, dead.end, Answer("estimate", "c", "appareil mort"), LATER)
        roll_up(tx, LATER)
        assert cells(tx, meter, dead) == [(1000, "ESTIMATED", "previous-weeks")] * 24


def test_a_device_that_comes_back_tells_what_was_estimated(database: Database) -> None:
    dead = Period(START + 24 * 8 * HOUR, START + 24 * 9 * HOUR)
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, steady(START, 24 * 8, 1000))
        decide_span(tx, "a", dead.start + HOUR, dead.end, Answer("estimate", "c", "appareil mort"), LATER)
        feed(tx, meter, steady(dead.end + HOUR, 2, 1000, 24 * 9 * 1000 + 500))
        assert interval_store.intervals(tx, meter.id, Period(START, LATER)).flags() == {
            Flag.ACTUAL: 24 * 9 * 1000 + 2500
        }
        assert cells(tx, meter, dead)[0][1:] == ("ACTUAL", "register-bridged")


def test_a_meter_that_is_estimated_for_long_is_told(database: Database) -> None:
    now = START + 24 * 12 * HOUR
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, steady(START, 24 * 8, 1000), now)
        end = START + 24 * 11 * HOUR + HOUR
        decide_span(tx, "a", START + 24 * 8 * HOUR, end, Answer("estimate", "c", "appareil mort"), now)
        roll_up(tx, now)
        [told] = prolonged_estimations(tx, now, 3)
        assert (told.meter, told.since, told.estimated) == ("a", START + 24 * 8 * HOUR, timedelta(days=3, hours=1))
        assert prolonged_estimations(tx, now, 4) == []
        decide_span(tx, "a", START + 24 * 8 * HOUR, end, Answer("edit", "c", "index relevés", 73_000), now)
        roll_up(tx, now)
        assert prolonged_estimations(tx, now, 3) == []


def test_a_gap_over_the_end_of_a_month_is_measured_and_each_month_estimated(database: Database) -> None:
    end = midnight(date(2024, 2, 1))
    with database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, [Reading(end - 3 * HOUR, 0), Reading(end + HOUR, 400)])
        whole = interval_store.intervals(tx, meter.id, Period(end - 3 * HOUR, end + HOUR))
        assert whole.flags() == {Flag.ACTUAL: 400}
        assert whole.during(Period(end - 3 * HOUR, end)).flags() == {Flag.ESTIMATED: 300}
        assert whole.during(Period(end, end + HOUR)).flags() == {Flag.ESTIMATED: 100}
