"""The readings told before today: complete, monotone but where something happened, then continued live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from dcops.demo.history import instants, readings
from dcops.demo.load import EPOCH, Pdu, register_wh
from dcops.demo.world import EXCHANGE, GAP, MAX_W, RESET, pdus

NOW = datetime(2026, 11, 23, 14, 25, tzinfo=UTC)
INSTANTS = instants(EPOCH, NOW)


def test_readings_are_hourly_in_2024_then_daily_then_hourly_again() -> None:
    assert INSTANTS[0] == EPOCH
    assert sorted(set(INSTANTS)) == INSTANTS
    year = [at for at in INSTANTS if at.year == 2024]
    assert len(year) == 366 * 24
    summer = [at for at in INSTANTS if datetime(2026, 6, 30, tzinfo=UTC) <= at < datetime(2026, 7, 2, tzinfo=UTC)]
    assert [at.hour for at in summer] == [22, 22]  # midnight in Paris
    recent = [at for at in INSTANTS if at >= NOW - timedelta(days=7)]
    assert recent[-1] == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert {after - before for before, after in pairwise(recent)} == {timedelta(hours=1)}


def test_a_shorter_history_is_the_end_of_the_whole_one() -> None:
    since = NOW - timedelta(days=3)
    assert instants(since, NOW) == [at for at in INSTANTS if at >= since]


@pytest.mark.parametrize("pdu", pdus(), ids=lambda pdu: pdu.name)
def test_a_register_only_goes_back_where_something_happened(pdu: Pdu) -> None:
    told = readings(pdu, INSTANTS)
    back = [after.at for before, after in pairwise(told) if after.wh < before.wh]
    changed = [change.at for changed, change in (RESET, EXCHANGE) if changed == pdu.name]
    assert [at - change < timedelta(hours=1) for at, change in zip(back, changed, strict=True)] == [True] * len(changed)
    assert all(reading.power_w is not None and reading.power_w < MAX_W for reading in told)


def test_one_network_card_was_silent_for_three_days() -> None:
    name, first, again = GAP
    silent = next(pdu for pdu in pdus() if pdu.name == name)
    missed = set(INSTANTS) - {reading.at for reading in readings(silent, INSTANTS)}
    assert (min(missed), max(missed)) == (first, again - timedelta(hours=1))
    assert len(missed) == 70


def test_the_live_register_continues_the_history() -> None:
    for pdu in pdus():
        last = readings(pdu, INSTANTS)[-1]
        hour = register_wh(pdu, last.at + timedelta(hours=1)) - last.wh
        assert abs(hour - (last.power_w or 0)) <= pdu.step_wh


def test_three_meters_have_a_story_and_they_are_three() -> None:
    assert len({RESET[0], EXCHANGE[0], GAP[0]}) == 3
    assert {RESET[0], EXCHANGE[0], GAP[0]} <= {pdu.name for pdu in pdus()}
    assert {RESET[1].at.year, EXCHANGE[1].at.year, GAP[1].year} == {2024}
