"""Each rule of validation, by values; and conservation, by law."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from metering.readings import Exchange, Flag, MeterRules, Reading
from metering.validation.vee import vee

T = datetime(2024, 3, 1, tzinfo=UTC)
RULES = MeterRules(max_w=7360)


def hours(*registers: int, step_min: int = 60) -> list[Reading]:
    return [Reading(T + timedelta(minutes=step_min * n), wh) for n, wh in enumerate(registers)]


def judged(readings: list[Reading], rules: MeterRules = RULES, exchanges: tuple[Exchange, ...] = ()) -> list[tuple]:
    intervals, _ = vee(readings, rules, exchanges)
    return [(i.wh, str(i.flag), i.method) for i in intervals]


def kinds(readings: list[Reading], rules: MeterRules = RULES) -> list[tuple[str, int | None]]:
    return [(fault.kind, fault.wh) for fault in vee(readings, rules)[1]]


def test_registers_that_rise_are_actual() -> None:
    assert judged(hours(100, 350, 350, 360)) == [
        (250, "ACTUAL", "register"), (0, "ACTUAL", "register"), (10, "ACTUAL", "register"),
    ]  # fmt: skip
    assert kinds(hours(100, 350, 350, 360)) == []


def test_none_and_one_reading_give_nothing() -> None:
    assert vee([], RULES) == ([], [])
    assert vee(hours(5), RULES) == ([], [])


def test_jitter_of_two_counts_is_held_and_not_counted_twice() -> None:
    assert [wh for wh, *_ in judged(hours(100, 98, 99, 101))] == [0, 0, 1]
    assert kinds(hours(100, 98, 99, 101)) == []


def test_a_register_that_passes_its_modulus_rolls_over() -> None:
    rules = MeterRules(max_w=7360, modulus_wh=1_000_000)
    assert judged(hours(999_900, 300), rules) == [(400, "ACTUAL", "rollover")]


def test_a_register_far_from_its_modulus_is_reset_and_not_rolled_over() -> None:
    rules = MeterRules(max_w=7360, modulus_wh=1_000_000)
    assert judged(hours(940_000, 300), rules) == [(300, "ESTIMATED", "reset")]
    assert judged(hours(960_000, 300), rules) == [(300, "ESTIMATED", "reset")]  # 40,300 Wh in an hour: impossible


def test_what_a_reset_register_counted_is_kept_if_possible() -> None:
    assert judged(hours(50_000, 300, 400)) == [(300, "ESTIMATED", "reset"), (100, "ACTUAL", "register")]
    assert kinds(hours(50_000, 300, 400)) == [("reset", 300)]


def test_a_register_that_falls_to_an_impossible_value_is_not_counted() -> None:
    assert judged(hours(50_000, 20_000, 20_100)) == [(100, "ACTUAL", "register")]
    assert kinds(hours(50_000, 20_000, 20_100)) == [("reset", 20_000)]


def test_more_than_the_circuit_can_carry_is_not_billed() -> None:
    rules = MeterRules(max_w=1001)
    assert judged(hours(1, 1102), rules) == [(1101, "ACTUAL", "register")]  # 110 %
    assert judged(hours(1, 1103, 1200), rules) == [(97, "ACTUAL", "register")]
    assert kinds(hours(1, 1103, 1200), rules) == [("high-limit", 1103)]


def test_one_wild_value_is_set_aside_and_the_register_bridges_it() -> None:
    for wild in (99_999_999, 0):
        readings = hours(35_000_000, 35_000_100, wild, 35_000_300)
        assert [(wh, flag) for wh, flag, _ in judged(readings)] == [(100, "ACTUAL"), (200, "ACTUAL")]
        assert kinds(readings) == [("spike", wild)]


def test_a_jump_that_lasts_is_not_a_spike() -> None:
    assert judged(hours(1000, 50_000, 50_100)) == [(100, "ACTUAL", "register")]
    assert kinds(hours(1000, 50_000, 50_100)) == [("high-limit", 50_000)]


def test_a_register_in_whole_kwh_may_tick_between_two_close_readings() -> None:
    assert judged(hours(7000, 8000, 8000, step_min=5)) == [(1000, "ACTUAL", "register"), (0, "ACTUAL", "register")]
    assert kinds(hours(7001, 8001, step_min=5)) == [("high-limit", 8001)]


def test_a_gap_is_bridged_by_the_register() -> None:
    readings = [Reading(T, 0), Reading(T + timedelta(days=31), 500_000)]
    assert judged(readings) == [(500_000, "ACTUAL", "register")]


def test_two_values_at_one_instant_keep_one_and_show_the_other() -> None:
    readings = [Reading(T, 5), Reading(T, 5), Reading(T, 6), Reading(T + timedelta(hours=1), 10)]
    assert judged(readings) == [(5, "ACTUAL", "register")]
    assert kinds(readings) == [("different-value", 6)]


def test_an_exchange_loses_nothing() -> None:
    at = T + timedelta(minutes=90)
    found = judged(hours(900, 1000, 40, 100), exchanges=(Exchange(at, 1030, 7),))
    assert found == [(100, *ACTUAL), (30, *ACTUAL), (33, *ACTUAL), (60, *ACTUAL)]


def test_a_reading_at_the_instant_of_the_exchange_is_told_by_the_exchange() -> None:
    exchange = Exchange(T + timedelta(hours=1), 1000, 0)
    for seen in (1000, 0):
        assert judged(hours(900, seen, 40), exchanges=(exchange,)) == [(100, *ACTUAL), (40, *ACTUAL)]


ACTUAL = ("ACTUAL", "register")

steps = st.lists(st.tuples(st.integers(1, 600), st.integers(0, 7360)), min_size=1, max_size=40)


def walked(steps: list[tuple[int, int]], first: int) -> list[Reading]:
    """Readings of a possible circuit: (minutes, watts) after each other."""
    readings = [Reading(T, first)]
    for minutes, watts in steps:
        last = readings[-1]
        readings.append(Reading(last.at + timedelta(minutes=minutes), last.wh + watts * minutes // 60))
    return readings


@given(steps, st.integers(0, 10**9), st.randoms())
def test_intervals_sum_to_closing_minus_opening_in_any_order(steps: list, first: int, draw) -> None:
    readings = walked(steps, first)
    shuffled = list(readings)
    draw.shuffle(shuffled)
    intervals, faults = vee(shuffled, RULES)
    assert sum(i.wh for i in intervals) == readings[-1].wh - readings[0].wh
    assert faults == []
    assert vee(readings, RULES) == (intervals, faults)


@given(steps, steps, st.integers(0, 10**6))
def test_with_a_reset_what_both_registers_counted_is_kept(before: list, after: list, first: int) -> None:
    old = walked(before, first + 10**9)
    new = walked(after, 0)
    moved = [Reading(r.at - T + old[-1].at + timedelta(hours=1), r.wh) for r in new]
    intervals, faults = vee(old + moved, RULES)
    assert sum(i.wh for i in intervals) == old[-1].wh - old[0].wh + new[-1].wh
    assert [fault.kind for fault in faults] == ["reset"]
    assert [i.flag for i in intervals].count(Flag.ESTIMATED) == 1


@given(steps, st.integers(0, 10**5))
def test_with_a_rollover_nothing_is_lost(steps: list, before: int) -> None:
    modulus = 10**9
    readings = walked(steps, modulus - before - 1)
    wrapped = [Reading(r.at, r.wh % modulus) for r in readings]
    intervals, _ = vee(wrapped, MeterRules(max_w=7360, modulus_wh=modulus, jitter_counts=0))
    assert sum(i.wh for i in intervals) == readings[-1].wh - readings[0].wh


@given(steps, st.data())
def test_with_an_exchange_nothing_is_lost(steps: list, data: st.DataObject) -> None:
    readings = walked(steps, 5000)
    cut = data.draw(st.integers(1, len(readings) - 1))
    closing = data.draw(st.integers(readings[cut - 1].wh, readings[cut].wh))
    at = readings[cut - 1].at + (readings[cut].at - readings[cut - 1].at) / 2
    offset = readings[cut].wh - closing
    new = [Reading(r.at, r.wh - readings[cut].wh + offset) for r in readings[cut:]]
    intervals, faults = vee(readings[:cut] + new, MeterRules(max_w=10**6), [Exchange(at, closing, 0)])
    assert sum(i.wh for i in intervals) == readings[-1].wh - readings[0].wh
    assert faults == []
