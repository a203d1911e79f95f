"""What each PDU of the demo draws, and its energy register at any instant: deterministic, exact, monotone; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import Literal, NamedTuple

EPOCH = datetime(2023, 12, 1, tzinfo=UTC)
"""The instant at which every register of the demo starts to be told."""
_DAY = timedelta(days=1)
_DAYS_KEPT = 512  # more than there are PDUs: those of the day that is being told
_BLOCK = 64  # days whose totals are computed together
_WEEK = (1000, 1010, 1015, 1010, 1000, 930, 915)  # per mille of the mean load, Monday first
_HOURS = (880, 870, 860, 860, 865, 890, 940, 1000, 1070, 1120, 1140, 1130)
_SHAPE = (*_HOURS, 1110, 1130, 1140, 1120, 1080, 1040, 1010, 980, 960, 940, 920, 900)  # per mille, UTC hours


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """The register jumps at ``at``: the user reset it, or the device was exchanged for another."""

    at: datetime
    opening_wh: int
    kind: Literal["reset", "exchange"]


@dataclass(frozen=True, slots=True, eq=False)
class Pdu:
    """A PDU of the demo, itself and no other. ``steps``: mean watts from each UTC day on."""

    name: str
    rack: str
    feed: str
    family: Literal["apc", "raritan"]
    serial: str
    initial_wh: int
    steps: tuple[tuple[date, int], ...]
    changes: tuple[RegisterChange, ...] = ()

    @property
    def step_wh(self) -> int:
        """APC counts in tenths of kWh, Raritan in Wh."""
        return 100 if self.family == "apc" else 1


def register_wh(pdu: Pdu, at: datetime) -> int:
    """What the device's register shows at ``at`` (not before EPOCH), in Wh, in its own steps."""
    passed = [change for change in pdu.changes if change.at <= at]
    opening = passed[-1].opening_wh - consumed_wh(pdu, passed[-1].at) if passed else pdu.initial_wh
    total = opening + consumed_wh(pdu, at)
    return total - total % pdu.step_wh


def closing_wh(pdu: Pdu, change: RegisterChange) -> int:
    """What the register showed last, just before a change."""
    before = tuple(other for other in pdu.changes if other.at < change.at)
    return register_wh(replace(pdu, changes=before), change.at)


def consumed_wh(pdu: Pdu, at: datetime) -> int:
    """Energy drawn since EPOCH: never decreases with time. Raises ValueError before EPOCH."""
    if at < EPOCH:
        raise ValueError(f"the demo starts on {EPOCH:%Y-%m-%d}, not {at}")
    since = at - EPOCH
    day, (hour, second) = _day(pdu, since.days), divmod(since.seconds, 3600)
    if not second:
        return day.wh[hour]
    until = day.until
    share = until[hour] * 3600 + (until[hour + 1] - until[hour]) * second
    return day.wh[0] + (day.wh[24] - day.wh[0]) * share // (until[24] * 3600)


def power_w(pdu: Pdu, at: datetime) -> int:
    """Mean active power over the hour of ``at``."""
    since = at - EPOCH
    day, hour = _day(pdu, since.days), since.seconds // 3600
    return (day.wh[24] - day.wh[0]) * (day.until[hour + 1] - day.until[hour]) // day.until[24]


class _Day(NamedTuple):
    """A day of a PDU, hour by hour: 25 cumulated weights, and the energy since EPOCH at those 25 instants."""

    until: tuple[int, ...]
    wh: tuple[int, ...]


@lru_cache(_DAYS_KEPT)
def _day(pdu: Pdu, day: int) -> _Day:
    until, (before, after) = _weights_until(pdu.name, day), _around(pdu, day)
    return _Day(until, tuple(before + (after - before) * weight // until[24] for weight in until))


def _around(pdu: Pdu, day: int) -> tuple[int, int]:
    """Energy since EPOCH at the start and at the end of a day."""
    totals = _totals(pdu, day // _BLOCK)
    return totals[day % _BLOCK], totals[day % _BLOCK + 1]


def _day_wh(pdu: Pdu, day: int) -> int:
    on = (EPOCH + day * _DAY).date()
    watts = next((watts for start, watts in reversed(pdu.steps) if start <= on), pdu.steps[0][1])
    return watts * 24 * _WEEK[on.weekday()] * (970 + _noise(pdu.name, day)[24] * 60 // 255) // 1_000_000


@cache
def _totals(pdu: Pdu, block: int) -> tuple[int, ...]:
    """Energy since EPOCH at the start of each day of a block, and at its end: a prefix sum kept in pieces."""
    first = _totals(pdu, block - 1)[-1] if block else 0
    days = range(block * _BLOCK, (block + 1) * _BLOCK)
    return tuple(accumulate((_day_wh(pdu, day) for day in days), initial=first))


def _weights_until(name: str, day: int) -> tuple[int, ...]:
    """Cumulated weights of the day's hours: 25 values from 0."""
    noise = _noise(name, day)
    return tuple(accumulate((shape + noise[hour] * 90 // 255 for hour, shape in enumerate(_SHAPE)), initial=0))


def _noise(name: str, day: int) -> bytes:
    """25 bytes that look random and never change: one for each hour, one for the day."""
    return blake2b(f"{name}/{day}".encode(), digest_size=25).digest()
