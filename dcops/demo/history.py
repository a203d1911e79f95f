"""What the demo's PDUs said before today: hourly for 2024, daily since, hourly again the last week; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from dcops.demo.load import EPOCH, Pdu, power_w, register_wh
from dcops.demo.world import GAP
from metering.period import HOUR, floor_hour, midnight
from metering.readings import Reading

HOURLY_UNTIL = datetime(2025, 1, 1, tzinfo=UTC)
LAST_DAYS = timedelta(days=7)


def instants(since: datetime, now: datetime) -> list[datetime]:
    """When every PDU was read, from ``since`` (EPOCH at the earliest) to the last whole hour before ``now``."""
    recent = max(HOURLY_UNTIL, floor_hour(now - LAST_DAYS))
    daily = (at for at in _midnights(HOURLY_UNTIL.date(), recent.date()) if HOURLY_UNTIL < at < recent)
    told = (*_hours(EPOCH, HOURLY_UNTIL - HOUR), *daily, *_hours(recent, now))
    return [at for at in told if since <= at <= now]


def readings(pdu: Pdu, at: list[datetime]) -> list[Reading]:
    """The readings of one PDU at those instants, but those its network card missed."""
    missed, first, again = GAP
    answered = at if pdu.name != missed else [instant for instant in at if not first <= instant < again]
    return [Reading(instant, register_wh(pdu, instant), power_w(pdu, instant)) for instant in answered]


def _hours(start: datetime, end: datetime) -> Iterator[datetime]:
    while start <= end:
        yield start
        start += HOUR


def _midnights(first: date, last: date) -> Iterator[datetime]:
    while first <= last:
        yield midnight(first)
        first += timedelta(days=1)
