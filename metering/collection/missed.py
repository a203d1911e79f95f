"""Rounds of polling that did not take place: two that follow each other too far apart; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Missed:
    """No round between two instants, and how many there should have been."""

    after: datetime
    before: datetime
    count: int

    @property
    def expected_at(self) -> datetime:
        """When the first one was due."""
        return self.after + (self.before - self.after) / (self.count + 1)


def missed(starts: Iterable[datetime], interval: timedelta, now: datetime | None = None) -> Iterator[Missed]:
    """What is missing between rounds further apart than twice the interval; with ``now``, also since the last one."""
    told = sorted(starts)
    for before, after in pairwise([*told, now] if now and told else told):
        if after - before > 2 * interval:
            yield Missed(before, after, round((after - before) / interval) - 1)
