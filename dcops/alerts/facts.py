"""What the rules of alerts look at: feeds, meters, jobs and sources as they are now, and the limits; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TOGETHER = ""
"""The feed of a meter that counts all the feeds of its rack."""


@dataclass(frozen=True, slots=True)
class FeedNow:
    """What the meters of one feed of a rack tell; ``capacity_w`` is that of one feed.

    ``watts``: what those that answer tell together, None when none does; ``whole``: all of them do. ``at``: when the
    oldest of these watts was read; ``last_at``: when any was last read; ``drew``: some power in the day before.
    """

    rack: str
    feed: str
    capacity_w: int | None
    watts: int | None
    whole: bool
    at: datetime | None
    last_at: datetime | None
    drew: bool = False


@dataclass(frozen=True, slots=True)
class MeterNow:
    """A meter in service. ``still_since``: its register shows the same since, ``mean_w`` is what it told meanwhile.

    ``usual_wh``: what it counted in the day before that; ``neighbours``: other meters of its rack do move.
    """

    name: str
    driver: str
    rack: str | None
    in_service: datetime
    last_at: datetime | None
    wh: int | None = None
    still_since: datetime | None = None
    mean_w: float | None = None
    usual_wh: int | None = None
    neighbours: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Something that another part of the product found of a meter, in its words."""

    meter: str
    rack: str | None
    since: datetime
    words: str


@dataclass(frozen=True, slots=True)
class JobNow:
    """A scheduled job that was due and did not start (``late``), or of which the last run failed."""

    name: str
    title: str
    late: bool
    last_success_at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known at an instant. ``open``: (kind, subject) of the alerts that are open already."""

    now: datetime
    feeds: Sequence[FeedNow] = ()
    meters: Sequence[MeterNow] = ()
    resets: Sequence[Told] = ()
    estimated: Sequence[Told] = ()
    jobs: Sequence[JobNow] = ()
    sources: Mapping[str, datetime] = field(default_factory=dict)  # when each last told everything
    open: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is an alert. ``stale``: how long a meter may give no reading, by driver if need be."""

    load_percent: int = 80
    hysteresis_points: int = 2
    redundant: bool = True
    stale: timedelta = timedelta(hours=1)
    stale_by_driver: Mapping[str, timedelta] = field(default_factory=dict)
    frozen: timedelta = timedelta(hours=6)
    source_silent: timedelta = timedelta(hours=48)

    def is_stale(self, meter: MeterNow, now: datetime) -> bool:
        """Whether a meter has given no reading for too long; one that was never read, since it is in service."""
        longest = self.stale_by_driver.get(meter.driver, self.stale)
        return now - (meter.last_at or meter.in_service) > longest


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that is so. ``subject``: ``baie:A01/A``, ``compteur:PDU-1``; ``rack``: where to look.

    An empty ``message``: it cannot be told now, what was open stays open. ``at``: when what proves it was observed
    (None: now); ``since``: since when it is known to be so (None: ``at``).
    """

    kind: str
    subject: str
    severity: str
    message: str
    rack: str | None = None
    at: datetime | None = None
    since: datetime | None = None
