"""Half-open spans of aware UTC time, and the civil days, months and years of Europe/Paris; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inventory.clock import PARIS

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """[start, end) in aware UTC. Raises ValueError when naive or empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs aware instants")
        if self.start >= self.end:
            raise ValueError(f"empty period: {self.start} .. {self.end}")

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()

    def intersect(self, other: Period) -> Period | None:
        """The common part, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None


def midnight(day: date, zone: ZoneInfo = PARIS) -> datetime:
    """The UTC instant at which a civil day starts."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def of_days(first: date, end: date, zone: ZoneInfo = PARIS) -> Period:
    """The span of the civil days [first, end): 23, 24 or 25 hours each."""
    return Period(midnight(first, zone), midnight(end, zone))


def day_before(day: Period, zone: ZoneInfo = PARIS) -> Period:
    """The civil day before one."""
    first = day.start.astimezone(zone).date()
    return of_days(first - timedelta(days=1), first, zone)


def of_year(year: int, zone: ZoneInfo = PARIS) -> Period:
    """The span of a civil year."""
    return of_days(date(year, 1, 1), date(year + 1, 1, 1), zone)


def floor_hour(at: datetime) -> datetime:
    """The last whole UTC hour at or before an instant (Paris is at whole hours from UTC)."""
    return at.replace(minute=0, second=0, microsecond=0)


def ceil_hour(at: datetime) -> datetime:
    """The first whole UTC hour at or after an instant."""
    floor = floor_hour(at)
    return floor if floor == at else floor + HOUR


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _next_year(day: date) -> date:
    return date(day.year + 1, 1, 1)


def split(period: Period, by: str, zone: ZoneInfo = PARIS) -> Iterator[Period]:
    """Cut a period at civil boundaries: ``by`` is hour, day, month or year. Raises ValueError otherwise."""
    if by == "hour":
        yield from _split_hours(period)
        return
    steps = {"day": _next_day, "month": _next_month, "year": _next_year}
    if by not in steps:
        raise ValueError(f"unknown step {by!r}: hour, day, month or year")
    local = period.start.astimezone(zone).date()
    first = {"day": local, "month": local.replace(day=1), "year": local.replace(month=1, day=1)}[by]
    start = period.start
    while start < period.end:
        first = steps[by](first)
        end = min(midnight(first, zone), period.end)
        yield Period(start, end)
        start = end


def _split_hours(period: Period) -> Iterator[Period]:
    start = period.start
    while start < period.end:
        end = min(floor_hour(start) + HOUR, period.end)
        yield Period(start, end)
        start = end


def month_start(at: datetime, zone: ZoneInfo = PARIS) -> datetime:
    """The start of the civil month that holds an instant."""
    return midnight(at.astimezone(zone).date().replace(day=1), zone)


def month_end(at: datetime, zone: ZoneInfo = PARIS) -> datetime:
    """The first start of a civil month at or after an instant."""
    start = month_start(at, zone)
    return start if start == at else midnight(_next_month(start.astimezone(zone).date()), zone)
