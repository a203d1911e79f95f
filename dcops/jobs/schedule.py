"""When a job is due: cron expressions read as cron reads them, in the operator's time zone, or an interval; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from inventory.errors import Invalid

WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
OFF = "off"
_NUMBERS = re.compile(r"(\*|[0-7](?:-[0-7])?)(?:/([1-7]))?")
_INSTANT = timedelta(microseconds=1)


class Schedule:
    """A cron expression, or never (``off``). Raises Invalid naming the setting when it cannot be read."""

    def __init__(self, cron: str, zone: str, setting: str) -> None:
        self.cron = cron.strip()
        self.trigger = None if self.cron == OFF else _trigger(self.cron, zone, setting)

    @classmethod
    def every(cls, seconds: int) -> Schedule:
        """Fires at each whole number of ``seconds`` since 1970, so that all instances fire together."""
        from apscheduler.triggers.interval import IntervalTrigger

        found = cls(OFF, "UTC", "")
        found.cron = f"toutes les {seconds} s"
        found.trigger = IntervalTrigger(seconds=seconds, start_date=datetime.fromtimestamp(0, UTC), timezone=UTC)
        return found

    def next_after(self, at: datetime) -> datetime | None:
        """The first fire time strictly after an instant; None when it never fires."""
        if self.trigger is None:
            return None
        found: datetime | None = self.trigger.get_next_fire_time(None, at + _INSTANT)
        return found

    def due(self, last_start: datetime | None, now: datetime) -> bool:
        """Whether a fire time has come since the last start (always, when it has never started)."""
        if last_start is None:
            return self.trigger is not None
        following = self.next_after(last_start)
        return following is not None and following <= now


def _trigger(cron: str, zone: str, setting: str) -> Any:
    from apscheduler.triggers.cron import CronTrigger

    try:
        minute, hour, day, month, weekday = cron.split()
        days = _weekday(weekday)
        return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=days, timezone=zone)
    except ValueError as error:
        raise Invalid(f"réglage {setting} : « {cron} » n'est ni « off » ni une expression cron ({error}).") from None


def _weekday(field: str) -> str:
    """Numbers of week days as names: 0 and 7 are Sunday in cron, and Monday and an error in APScheduler."""
    return field if field == "*" else ",".join(name for part in field.split(",") for name in _names(part))


def _names(part: str) -> Iterator[str]:
    found = _NUMBERS.fullmatch(part)
    if found is None:
        yield part  # names, or a mistake that the trigger reports
        return
    span, step = found[1], int(found[2] or 1)
    first, _, last = ("0-6" if span == "*" else span).partition("-")
    for number in range(int(first), int(last or first) + 1, step):
        yield WEEK[number % 7]
