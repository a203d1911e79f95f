"""Columns tell exactly what the rules tell, whatever happened to the registers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metering.columns import whole
from metering.readings import Decision, Exchange, Fault, Interval, MeterRules, Reading
from metering.validation.hour_columns import hourly_of
from metering.validation.hourly import hourly
from metering.validation.vee import vee
from metering.validation.vee_columns import Told, measured

START = 1_709_251_200  # 2024-03-01T00:00Z
EVENTS = ("steady",) * 12 + (
    "jitter",
    "back",
    "reset",
    "far",
    "times ten",
    "lost",
    "gap",
    "same instant",
    "on the hour",
)
Registers = list[tuple[int, int]]
"""Seconds since 1970 and Wh of readings."""


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@st.composite
def rules(draw: st.DrawFn) -> MeterRules:
    return MeterRules(
        max_w=draw(st.sampled_from([100, 1001, 7360, 2**31 - 1])),
        modulus_wh=draw(st.sampled_from([None, 10**6, 2**32, 2**53])),
        close=timedelta(seconds=draw(st.sampled_from([900, 3600, 7200, 90_000]))),
    )


@st.composite
def registers(draw: st.DrawFn, rules: MeterRules) -> Registers:
    """What a register may say, in ticks, with all that happens to devices."""
    tick = draw(st.sampled_from([1, 1, 10, 100, 1000]))
    second, wh = START + draw(st.integers(0, 7200)), draw(st.sampled_from([0, 5 * 10**5, 35 * 10**6, 2**44, 2**53]))
    modulus, found = rules.modulus_wh or 2**60, []
    for _ in range(draw(st.integers(0, 30))):
        event = draw(st.sampled_from(EVENTS))
        took = draw(st.sampled_from([1, 299, 300, 300, 300, 301, 1800, 3600, 3600]))
        took = {"same instant": 0, "gap": draw(st.integers(7000, 200_000))}.get(event, took)
        second += took
        second += -second % 3600 if event == "on the hour" else 0
        wh += draw(st.integers(0, 2 * max(1, rules.max_w * took // 3600)))
        wh = {"reset": draw(st.integers(0, 500)), "times ten": wh * 10, "back": wh // 2}.get(event, wh)
        told = {"jitter": max(0, wh - draw(st.integers(1, 3)) * tick), "far": wh + 10**9}.get(event, wh)
        if event != "lost":
            found.append((second, min(told % modulus // tick * tick, 2**62)))
    return found


@st.composite
def decisions(draw: st.DrawFn, told: Registers) -> Sequence[Decision]:
    instants = [second for second, _ in told] + [START + 3600 * n for n in range(5)]
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start, end = sorted(draw(st.lists(st.sampled_from(instants), min_size=2, max_size=2)))
        kind = draw(st.sampled_from(["accept", "reject", "estimate", "edit"]))
        wh = draw(st.integers(0, 10**6)) if kind == "edit" or (kind == "accept" and draw(st.booleans())) else None
        if start < end:
            found.append(Decision(kind, at(start), at(end), wh))
    return found


@st.composite
def exchanges(draw: st.DrawFn, told: Registers) -> Sequence[Exchange]:
    instants = {second + draw(st.sampled_from([-1, 0, 60])) for second, _ in told} | {START - 60}
    chosen = draw(st.lists(st.sampled_from(sorted(instants)), max_size=2, unique=True))
    return [Exchange(at(second), draw(st.integers(0, 10**7)), draw(st.integers(0, 1000))) for second in chosen]


@st.composite
def meters(draw: st.DrawFn) -> Told:
    limits = draw(rules())
    told = draw(registers(limits))
    order = draw(st.sampled_from([list, reversed, lambda rows: random.Random(1).sample(rows, len(rows))]))
    rows = list(order(told))
    columns = whole(second for second, _ in rows), whole(wh for _, wh in rows)
    some = st.booleans()
    return Told(
        *columns,
        limits,
        draw(exchanges(told)) if draw(some) else (),
        draw(decisions(told)) if draw(some) else (),
    )


def by_the_rules(told: Told) -> tuple[list[Interval], list[Fault]]:
    readings = [Reading(at(second), wh) for second, wh in zip(told.at.tolist(), told.wh.tolist(), strict=True)]
    return vee(readings, told.rules, told.exchanges, told.decisions)


@given(st.lists(meters(), max_size=3))
def test_columns_of_many_meters_tell_what_the_rules_tell_of_each(told: list[Told]) -> None:
    expected = [by_the_rules(one) for one in told]
    spans, faults = measured(told)
    cells, again = hourly_of(told)
    for number, (one, (intervals, aside)) in enumerate(zip(told, expected, strict=True)):
        assert spans.of(number) == intervals
        assert cells.of(number) == hourly(intervals, one.rules.close)
        assert faults[number] == again[number] == aside
    assert cells.first[-1] == len(cells.start) == len(cells.kind)


def test_a_year_of_five_minutes_with_a_reset_a_gap_and_a_coarse_register() -> None:
    draw = np.random.default_rng(5)
    for tick in (1, 100, 1000):
        second = START + 300 * np.arange(20_000) + draw.integers(0, 30, 20_000)
        wh = np.cumsum(draw.integers(0, 500, 20_000)) // tick * tick
        wh[9000:] -= wh[9000]
        kept = (np.arange(20_000) < 4000) | (np.arange(20_000) > 4100)
        told = Told(second[kept], wh[kept], MeterRules(7360))
        intervals, aside = by_the_rules(told)
        cells, faults = hourly_of([told])
        assert cells.of(0) == hourly(intervals, told.rules.close)
        assert faults == [aside]
        assert [fault.kind for fault in aside] == ["reset"]


def test_energy_that_no_product_of_64_bits_holds_is_still_exact() -> None:
    told = Told(
        whole([START + 1, START + 3601, START + 3602]),
        whole([0, 2**62, 2**62 + 1]),
        MeterRules(2**31 - 1, close=timedelta(hours=2)),
        (),
        [Decision("accept", at(START), at(START + 3601))],
    )
    intervals, _ = by_the_rules(told)
    assert sum(one.wh for one in intervals) == 2**62 + 1
    cells, _ = hourly_of([told])
    assert cells.of(0) == hourly(intervals, told.rules.close)
