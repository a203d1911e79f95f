"""What the demo's whole site draws, cooling and light included, and the register of its meter; pure."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from dcops.demo.load import EPOCH, Pdu, consumed_wh, power_w
from dcops.demo.world import address, pdus
from inventory.clock import PARIS
from metering.readings import Reading

NAME = "tgbt"
"""The meter of the main switchboard (tableau général basse tension)."""
SERIAL = 26_081_142
MAX_W = 96_000  # 140 A on three phases
INITIAL_WH = 3_482_917_000
LAST_YEAR = 2099
LOSSES_PERCENT = 9  # of what the racks draw: inverters, transformer
_COOLING = (14, 15, 18, 22, 28, 35, 39, 38, 30, 24, 18, 15)
"""Percent of what the racks draw on average, by month: free cooling in winter."""


def meter_row(port: int) -> str:
    """The meter as the product imports it: a row of the columns of ``world.METER_COLUMNS``."""
    first = EPOCH.astimezone(PARIS)
    return f"{NAME},,,modbus,{address(port)},schneider-iem3000,inlet:1,site,,{MAX_W},{first:%Y-%m-%d}\n"


def register_wh(at: datetime) -> int:
    """What the meter shows, in whole Wh: it has never been reset."""
    return INITIAL_WH + sum(consumed_wh(load, at) for load in _loads())


def drawn_w(at: datetime) -> int:
    """Active power of the site over the hour of an instant."""
    return sum(power_w(load, at) for load in _loads())


def readings(at: list[datetime]) -> list[Reading]:
    """What it said at those instants."""
    return [Reading(instant, register_wh(instant), drawn_w(instant)) for instant in at]


@cache
def _loads() -> tuple[Pdu, ...]:
    """The racks' feeds, and the rest of the building as one more."""
    return (*pdus(), _building())


def _building() -> Pdu:
    months = [date(year, month, 1) for year in range(EPOCH.year, LAST_YEAR) for month in range(1, 13)]
    steps = tuple((day, _racks_w(day) * (_COOLING[day.month - 1] + LOSSES_PERCENT) // 100) for day in months)
    return Pdu("building", "", "", "apc", "", 0, steps)


def _racks_w(on: date) -> int:
    """Mean watts of all racks on a day."""
    return sum(next((watts for start, watts in reversed(pdu.steps) if start <= on), 0) for pdu in pdus())
