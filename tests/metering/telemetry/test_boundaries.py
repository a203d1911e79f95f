"""Boundary samples tell what all the samples tell: the same Wh, flags and exceptions, with any resets and gaps."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from metering.columns import instant, whole
from metering.readings import Decision, Exchange, Fault, Interval, MeterRules, Reading
from metering.telemetry.boundaries import Samples, boundaries
from metering.validation.hourly import hourly
from metering.validation.vee import vee
from metering.validation.vee_columns import Told

START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
RULES = MeterRules(7360, 10_000_000)
NOTHING = Samples(whole([]), whole([]))


def samples(steps: list[tuple[int, int]], first_wh: int = 9_990_000) -> Samples:
    """From (seconds since the one before, Wh more): a value below zero restarts the register."""
    at, wh = [START], [first_wh]
    for after, more in steps:
        at.append(at[-1] + after)
        wh.append(abs(more) if more < -3 else max(0, wh[-1] + more) % 10_000_000)
    return Samples(whole(at), whole(wh))


def told(some: Samples, exchanges: list[Exchange], decisions: list[Decision]) -> tuple[list[Interval], list[Fault]]:
    readings = [Reading(instant(at), wh) for at, wh in zip(some.at.tolist(), some.wh.tolist(), strict=True)]
    intervals, faults = vee(readings, RULES, exchanges, decisions)
    return hourly(intervals, RULES.close), faults


STEPS = st.tuples(
    st.sampled_from((5, 290, 300, 300, 300, 307, 600, 3600, 9000)),
    st.one_of(st.integers(0, 600), st.integers(0, 600), st.sampled_from((-1, -2, -3, 0, 5000, -4, -500))),
)


@settings(max_examples=60)
@given(
    st.lists(STEPS, min_size=1, max_size=120),
    st.booleans(),
    st.integers(0, 40_000),
    st.sampled_from(("none", "exchange", "reject", "edit", "estimate")),
)
def test_boundaries_tell_what_all_the_samples_tell(
    steps: list[tuple[int, int]], ended: bool, second: int, what: str
) -> None:
    raw = samples(steps)
    exchanges = [Exchange(instant(START + second), 9_999_000, 50)] if what == "exchange" else []
    span = instant(START + second), instant(START + second + 5000)
    decisions = (
        [Decision(what, *span, 77 if what == "edit" else None)] if what in ("reject", "edit", "estimate") else []
    )
    meter = Told(whole([]), whole([]), RULES, exchanges, decisions)
    kept = boundaries(raw, NOTHING, meter, ended=ended)
    cells, faults = told(raw, exchanges, decisions)
    some, some_faults = told(kept, exchanges, decisions)
    last = int(kept.at[-1]) if len(kept.at) else 0
    until = instant(last if ended else last - last % 3600)
    assert [one for one in some if one.end <= until] == [one for one in cells if one.end <= until]
    assert [one for one in some_faults if one.at <= until] == [one for one in faults if one.at <= until]
    assert not len(boundaries(raw, kept, meter, ended=ended).at)  # a second look keeps nothing more


def test_a_quiet_register_keeps_two_samples_an_hour_or_one_at_the_hour_itself() -> None:
    meter = Told(whole([]), whole([]), RULES)
    jittery = Samples(whole(START + 300 * n + 17 for n in range(12 * 24)), whole(40 * n for n in range(12 * 24)))
    exact = Samples(whole(START + 300 * n for n in range(12 * 24)), whole(40 * n for n in range(12 * 24)))
    assert len(boundaries(jittery, NOTHING, meter, ended=False).at) == 1 + 2 * 23
    kept = boundaries(exact, NOTHING, meter, ended=False)
    assert kept.at.tolist() == [START + 3600 * n for n in range(24)]


def test_a_running_hour_waits_for_two_samples() -> None:
    meter = Told(whole([]), whole([]), RULES)
    raw = Samples(whole(START + 10 + 300 * n for n in range(14)), whole(40 * n for n in range(14)))
    assert len(boundaries(raw.between(0, START + 3700), NOTHING, meter, ended=False).at) == 1
    assert boundaries(raw, NOTHING, meter, ended=False).at.tolist() == [START + 10, START + 3310, START + 3610]


def test_what_is_known_goes_before_what_a_database_says_now() -> None:
    meter = Told(whole([]), whole([]), RULES)
    raw = Samples(whole(START + 300 * n for n in range(30)), whole(50 * n for n in range(30)))
    known = Samples(raw.at[:13:12], raw.wh[:13:12] + 1)
    assert not np.isin(boundaries(raw, known, meter, ended=True).at, known.at).any()
