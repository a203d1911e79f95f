"""What people decide goes before the rules, by values; and no Wh is lost or made beside it, by law."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.period import HOUR
from metering.readings import Decision, Exchange, Flag, Interval, MeterRules, Reading
from metering.validation.hourly import hourly
from metering.validation.vee import vee
from tests.metering.validation.test_vee import RULES, T, hours, steps, walked

SIXTY = MeterRules(max_w=7360)


def spans(readings: list[Reading], *decisions: Decision, rules: MeterRules = SIXTY) -> list[tuple]:
    intervals, _ = vee(readings, rules, (), decisions)
    return [((i.start - T) / HOUR, (i.end - T) / HOUR, i.wh, str(i.flag), i.method) for i in intervals]


def said(kind: str, start: float, end: float, wh: int | None = None) -> Decision:
    return Decision(kind, T + start * HOUR, T + end * HOUR, wh)


def test_a_jump_is_counted_once_it_is_accepted() -> None:
    readings = hours(1000, 50_000, 50_100)
    assert spans(readings) == [(1, 2, 100, "ACTUAL", "register")]
    assert spans(readings, said("accept", 0, 1)) == [
        (0, 1, 49_000, "ACTUAL", "accepted"), (1, 2, 100, "ACTUAL", "register"),
    ]  # fmt: skip
    assert vee(readings, SIXTY, (), [said("accept", 0, 1)])[1] == []


def test_a_rejected_reading_is_bridged_by_the_register() -> None:
    readings = hours(1000, 1900, 1200, 1300)  # 1900 is possible: the rules see a reset after it
    assert [fault.kind for fault in vee(readings, SIXTY)[1]] == ["reset"]
    assert spans(readings, said("reject", 0, 1)) == [
        (0, 2, 200, "ACTUAL", "register"),
        (2, 3, 100, "ACTUAL", "register"),
    ]
    readings = hours(1000, 1900, 2000, 2100)
    assert spans(readings, said("reject", 0, 2)) == [(0, 3, 1100, "ACTUAL", "register")]


def test_an_impossible_reset_that_is_accepted_counts_what_the_register_says() -> None:
    readings = hours(50_000, 20_000, 20_100)
    assert spans(readings) == [(1, 2, 100, "ACTUAL", "register")]
    assert spans(readings, said("accept", 0, 1))[0] == (0, 1, 20_000, "ESTIMATED", "reset")


def test_an_edit_replaces_the_register_inside_its_span_only() -> None:
    readings = hours(0, 100, 5000, 5100)
    assert spans(readings, said("edit", 1, 2, 120)) == [
        (0, 1, 100, "ACTUAL", "register"), (1, 2, 120, "EDITED", "manual"), (2, 3, 100, "ACTUAL", "register"),
    ]  # fmt: skip
    assert spans(readings, said("edit", 1.5, 2.5, 7)) == [
        (0, 1, 100, "ACTUAL", "register"), (1, 1.5, 2450, "CALCULATED", "interpolated"),
        (1.5, 2.5, 7, "EDITED", "manual"), (2.5, 3, 50, "CALCULATED", "interpolated"),
    ]  # fmt: skip


def test_a_span_to_estimate_leaves_the_register_aside() -> None:
    assert spans(hours(0, 100, 5000, 5100), said("estimate", 1, 2)) == [
        (0, 1, 100, "ACTUAL", "register"), (2, 3, 100, "ACTUAL", "register"),
    ]  # fmt: skip


def test_the_part_of_a_gap_beside_an_edit_is_estimated() -> None:
    readings = [Reading(T, 0), Reading(T + 10 * HOUR, 1000)]
    assert spans(readings, said("edit", 4, 6, 0)) == [
        (0, 4, 400, "ESTIMATED", "register-bridged"), (4, 6, 0, "EDITED", "manual"),
        (6, 10, 400, "ESTIMATED", "register-bridged"),
    ]  # fmt: skip


def test_the_last_decision_of_a_span_counts() -> None:
    readings = hours(1000, 50_000, 50_100)
    edit, accept = said("edit", 0, 1, 42), said("accept", 0, 1)
    assert spans(readings, accept, edit)[0] == (0, 1, 42, "EDITED", "manual")
    assert spans(readings, edit, accept)[0] == (0, 1, 49_000, "ACTUAL", "accepted")
    assert spans(readings, edit, said("edit", 0, 1, 43))[0] == (0, 1, 43, "EDITED", "manual")


def test_of_two_values_at_one_instant_a_person_may_choose_the_second() -> None:
    readings = [Reading(T, 5), Reading(T + HOUR, 10), Reading(T + HOUR, 20), Reading(T + 2 * HOUR, 30)]
    chosen = said("accept", 0, 1, 20)
    assert [wh for _, _, wh, *_ in spans(readings, chosen)] == [15, 10]


def test_what_a_person_wrote_is_never_mixed_with_what_was_measured() -> None:
    readings = hours(0, 10, 20, 30, 40, step_min=15)
    intervals, _ = vee(readings, RULES, (), [Decision("edit", T + HOUR / 4, T + HOUR / 2, 99)])
    assert [(i.wh, str(i.flag)) for i in hourly(intervals, RULES.close)] == [
        (10, "ACTUAL"), (99, "EDITED"), (20, "ACTUAL"),
    ]  # fmt: skip


def test_an_accepted_hour_says_so() -> None:
    intervals, _ = vee(hours(1000, 50_000), RULES, (), [said("accept", 0, 1)])
    assert [(i.wh, i.method) for i in hourly(intervals, RULES.close)] == [(49_000, "accepted")]


decided = st.lists(
    st.tuples(st.sampled_from(["edit", "estimate"]), st.integers(0, 3000), st.integers(1, 3000), st.integers(0, 9999)),
    max_size=4,
)


@given(steps, st.integers(0, 10**9), decided)
def test_outside_what_people_wrote_the_register_is_counted_to_the_last_wh(steps: list, first: int, told: list) -> None:
    readings = walked(steps, first)
    decisions = [
        said(kind, start / 60, (start + length) / 60, wh if kind == "edit" else None)
        for kind, start, length, wh in told
    ]
    plain, _ = vee(readings, RULES)
    found, faults = vee(readings, RULES, (), decisions)
    assert faults == []
    cells = hourly(found, RULES.close)
    assert sum(cell.wh for cell in cells) == sum(item.wh for item in found)
    assert all(one.end <= other.start for one, other in pairwise(cells))
    holes = [one for one in found if one.flag is Flag.EDITED] + _holes(found, readings)
    removed = sum(_inside(item, hole) for item in plain for hole in holes)
    kept = sum(item.wh for item in found if item.flag is not Flag.EDITED)
    assert kept + removed == readings[-1].wh - readings[0].wh


def _holes(found: list[Interval], readings: list[Reading]) -> list[Interval]:
    """The times between the first and the last reading that no interval tells."""
    ends = [readings[0].at, *(one.end for one in found)]
    starts = [*(one.start for one in found), readings[-1].at]
    pairs = zip(ends, starts, strict=True)
    return [Interval(end, start, 0, Flag.MISSING, "hole") for end, start in pairs if end < start]


def _inside(item: Interval, hole: Interval) -> int:
    start, end = max(item.start, hole.start), min(item.end, hole.end)
    return item.wh_until(end) - item.wh_until(start) if start < end else 0


# The faults of real devices, one by one.


@pytest.mark.parametrize(
    ("modulus", "tick"), [(2**32, 1), (2**53, 1), (10**6 * 1000, 1000), (10**9, 1), (2**32 * 100, 100)]
)
def test_each_modulus_rolls_over(modulus: int, tick: int) -> None:
    before, after = modulus - 3 * tick, 2 * tick
    rules = MeterRules(max_w=7360, modulus_wh=modulus)
    intervals, faults = vee([Reading(T, before), Reading(T + HOUR, after)], rules)
    assert [(i.wh, str(i.flag), i.method) for i in intervals] == [(5 * tick, "ACTUAL", "rollover")]
    assert faults == []


@pytest.mark.parametrize(("modulus", "tick"), [(2**32, 1), (10**6 * 100, 100), (10**9, 1)])
def test_a_reset_beside_a_usual_modulus_says_which_one_to_try(modulus: int, tick: int) -> None:
    [fault] = vee([Reading(T, modulus - 3 * tick), Reading(T + HOUR, 2 * tick)], SIXTY)[1]
    assert f"modulus_wh = {modulus}." in fault.message
    assert "modulus_wh" not in vee(hours(50_000_000, 300), SIXTY)[1][0].message


def test_a_modulus_below_the_register_makes_no_energy_that_is_negative() -> None:
    rules = MeterRules(max_w=7360, modulus_wh=1_000_000)
    intervals, faults = vee(hours(1_500_000, 300), rules)
    assert ([one.wh for one in intervals], [fault.kind for fault in faults]) == ([300], ["reset"])


def test_jitter_of_a_coarse_register_is_two_of_its_counts() -> None:
    tenths = hours(57_322_300, 57_322_100, 57_322_400)
    assert [(wh, method) for *_, wh, _, method in spans(tenths)] == [(0, "jitter-held"), (100, "register")]
    kilowatthours = hours(57_322_000, 57_320_000, 57_323_000)
    assert [wh for *_, wh, _, _ in spans(kilowatthours)] == [0, 1000]
    four = hours(57_322_300, 57_321_900, 57_322_000)
    assert [fault.kind for fault in vee(four, SIXTY)[1]] == ["reset"]


@pytest.mark.parametrize("factor", [10, 100, 1000])
def test_a_register_in_another_unit_is_a_multiplier_and_not_billed(factor: int) -> None:
    larger = hours(57_322_300, 57_322_300 * factor + 400 * factor, 57_322_300 * factor + 401 * factor)
    intervals, faults = vee(larger[:2], SIXTY)
    assert ([i.wh for i in intervals], [fault.kind for fault in faults]) == ([], ["multiplier"])
    assert f"{factor} fois plus grand" in faults[0].message
    smaller = hours(57_322_300, (57_322_300 + 400) // factor)
    intervals, faults = vee(smaller, SIXTY)
    assert ([i.wh for i in intervals], [fault.kind for fault in faults]) == ([], ["multiplier"])
    assert f"{factor} fois plus petit" in faults[0].message


def test_a_fault_tells_since_when_and_what_is_at_stake() -> None:
    [fault] = vee(hours(1000, 50_000, 50_100), SIXTY)[1]
    assert (fault.since, fault.at, fault.stake_wh) == (T, T + HOUR, 49_000)


resets = st.lists(st.tuples(steps, st.integers(1, 50)), min_size=1, max_size=4)


@given(resets, st.integers(0, 10**6), st.randoms())
def test_any_resets_and_gaps_keep_what_every_epoch_counted(epochs: list, first: int, draw) -> None:
    """Σ intervals = Σ (closing - opening) of each epoch, the estimated spans counted: a reset restarts at 0."""
    readings, expected, at, opening = [], 0, T, 10**9 + first
    for number, (walk, gap) in enumerate(epochs):
        epoch = [Reading(r.at - T + at, r.wh) for r in walked(walk, opening if number == 0 else 0)]
        epoch[0] = epoch[0] if number == 0 else Reading(epoch[0].at, 0)
        readings += epoch
        expected += epoch[-1].wh - epoch[0].wh
        at, opening = epoch[-1].at + gap * HOUR, 0
    shuffled = list(readings)
    draw.shuffle(shuffled)
    intervals, faults = vee(shuffled, RULES)
    held = sum(1 for one in intervals if one.method == "jitter-held")
    assert abs(sum(i.wh for i in intervals) - expected) <= 2 * held * len(readings)
    assert {fault.kind for fault in faults} <= {"reset", "spike"}
    assert vee(readings, RULES) == (intervals, faults)


def test_an_exchange_on_the_first_at_midnight_splits_the_month_exactly() -> None:
    midnight = T - HOUR  # 1 March 2024, 00:00 in Paris
    readings = [Reading(midnight - HOUR, 900), Reading(midnight + HOUR, 150)]
    intervals, faults = vee(readings, RULES, [Exchange(midnight, 1000, 40)])
    assert [(i.start, i.end, i.wh) for i in intervals] == [
        (midnight - HOUR, midnight, 100), (midnight, midnight + HOUR, 110),
    ]  # fmt: skip
    assert faults == []
