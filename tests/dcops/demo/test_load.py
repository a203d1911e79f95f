"""The demo's registers: exact, monotone, in the steps of their device."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.demo.load import EPOCH, Pdu, RegisterChange, closing_wh, consumed_wh, power_w, register_wh

RESET = RegisterChange(datetime(2024, 5, 14, 9, 30, tzinfo=UTC), 0, "reset")
APC = Pdu("pdu-x", "X", "A", "apc", "S1", 12_345_678, ((date(2023, 12, 1), 1500),), (RESET,))
RARITAN = Pdu("pdu-y", "Y", "B", "raritan", "S2", 777, ((date(2023, 12, 1), 900), (date(2024, 7, 1), 1900)))
seconds = st.integers(0, 4 * 365 * 86_400)


def at(offset: int) -> datetime:
    return EPOCH + timedelta(seconds=offset)


@given(seconds, seconds)
def test_energy_never_decreases(one: int, other: int) -> None:
    first, last = sorted((one, other))
    assert consumed_wh(RARITAN, at(first)) <= consumed_wh(RARITAN, at(last))


@given(seconds, st.integers(1, 30 * 86_400))
def test_energy_stays_within_what_the_load_can_draw(start: int, length: int) -> None:
    drawn = consumed_wh(RARITAN, at(start + length)) - consumed_wh(RARITAN, at(start))
    assert drawn <= 2500 * length / 3600 + 1


@given(seconds)
def test_an_apc_counts_in_tenths_of_kwh(offset: int) -> None:
    assert register_wh(APC, at(offset)) % 100 == 0


@given(st.integers(0, 4 * 365 * 24))
def test_the_energy_of_an_hour_is_its_power(hour: int) -> None:
    start = EPOCH + timedelta(hours=hour)
    drawn = consumed_wh(RARITAN, start + timedelta(hours=1)) - consumed_wh(RARITAN, start)
    assert abs(drawn - power_w(RARITAN, start)) <= 1


def test_a_reset_starts_again_from_nothing() -> None:
    assert closing_wh(APC, RESET) > APC.initial_wh
    assert register_wh(APC, RESET.at) == 0
    a_day_later = register_wh(APC, RESET.at + timedelta(days=1))
    assert 24 * 1200 < a_day_later < 24 * 1800


def test_the_same_instant_always_reads_the_same() -> None:
    twin = Pdu("pdu-x", "X", "A", "apc", "S1", 12_345_678, ((date(2023, 12, 1), 1500),), (RESET,))
    assert register_wh(twin, at(40_000_000)) == register_wh(APC, at(40_000_000))


def test_the_load_follows_its_steps() -> None:
    june, july = datetime(2024, 6, 20, tzinfo=UTC), datetime(2024, 7, 20, tzinfo=UTC)
    day = timedelta(days=7)
    assert consumed_wh(RARITAN, july + day) - consumed_wh(RARITAN, july) > 1.8 * (
        consumed_wh(RARITAN, june + day) - consumed_wh(RARITAN, june)
    )


def test_nothing_is_told_before_the_beginning() -> None:
    with pytest.raises(ValueError, match="starts on 2023-12-01"):
        consumed_wh(APC, EPOCH - timedelta(seconds=1))
