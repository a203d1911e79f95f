"""Simulated devices: the register is a function of the address and the instant, it grows, and its mean is as told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.clock import Clock
from inventory.errors import Invalid
from metering.drivers.simulated import SimulatedDriver, parse

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SHAPES = ("flat", "servers", "office", "backups")


class At(Clock):
    def now(self) -> datetime:
        return MONDAY + timedelta(hours=9)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_week_is_the_mean_power_times_its_hours(shape: str) -> None:
    device = parse(f"a01?watts=900&shape={shape}")
    assert device.wh(MONDAY + timedelta(days=7)) - device.wh(MONDAY) == 900 * 168


@given(
    st.sampled_from(SHAPES),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
    st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_a_register_never_goes_back(shape: str, at: datetime, more: timedelta) -> None:
    device, start = parse(f"a01?shape={shape}"), at.replace(tzinfo=UTC)
    assert 0 <= device.wh(start) <= device.wh(start + more)


def test_a_device_answers_at_the_instant_of_the_clock() -> None:
    report = asyncio.run(SimulatedDriver(clock=At()).read("a01?watts=1000&shape=office&outlets=2", None))
    inlet, *outlets = report.points
    assert (inlet.power_w, inlet.at, [outlet.name for outlet in outlets]) == (
        1793,
        At().now(),
        ["outlet:1", "outlet:2"],
    )
    assert inlet.energy_wh == parse("a01?watts=1000&shape=office").wh(At().now())


@pytest.mark.parametrize("wrong", ["", "a01?watts=x", "a01?shape=moon", "a01?power=3", "a01?outlets=99"])
def test_what_makes_no_device_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid, match="adresse simulée"):
        parse(wrong)
