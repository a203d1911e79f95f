"""What time it is: the only place that reads the system clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class Clock(Protocol):
    """Answers one question: the current instant, aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still, for tests and for repeatable exports."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def civil_date(at: datetime, zone: ZoneInfo = PARIS) -> date:
    """The calendar day of an aware instant, as people at the data centre read it."""
    return at.astimezone(zone).date()
