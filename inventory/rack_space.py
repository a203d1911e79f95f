"""A rack with all that is known of it: what is sold, documented and measured, and the power that is left; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from inventory.racks import Span, overlaps


@dataclass(frozen=True, slots=True)
class Held:
    """A share that is sold; ``power_w`` is what it was promised, None when nothing was."""

    span: Span
    customer: str
    power_w: int | None = None


@dataclass(frozen=True, slots=True)
class Documented:
    """What the documentation puts in half units over some days: a device, or units set aside (``reserved``)."""

    span: Span
    label: str
    customer: str | None
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class RackSpace:
    """A rack with all that is known of it. ``capacity_w`` is of each feed; ``peaks`` are watts by feed."""

    name: str
    site: str
    room: str
    u_height: int
    capacity_w: int | None
    feeds: tuple[str, ...]
    held: Sequence[Held] = ()
    documented: Sequence[Documented] = ()
    peaks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a feed may be promised; ``redundant``: one feed alone must be able to carry the load of all."""

    percent: int = 80
    redundant: bool = True


@dataclass(frozen=True, slots=True)
class Power:
    """The watts of a rack over some days: what may be drawn, the measured peak, what was promised; None is unknown."""

    usable: int | None
    peak: int | None = None
    measured: bool = False  # on every feed: else the peak is of some of them
    promised: int = 0
    expected: int = 0  # promised to shares that begin after today: no peak can know them

    @property
    def known(self) -> bool:
        """Whether capacity and peak are both known: else what is left is at best a guess."""
        return self.usable is not None and self.measured

    @property
    def used(self) -> int:
        return max((self.peak or 0) + self.expected, self.promised)

    @property
    def headroom(self) -> int | None:
        """What is left, below 0 when too much is drawn; None when nobody said what the rack may carry."""
        return None if self.usable is None else self.usable - self.used


def power_of(rack: RackSpace, start: date, end: date | None, limits: Limits, today: date) -> Power:
    """The watts of a rack over the days [start, end)."""
    usable = None
    if rack.capacity_w is not None:
        feeds = 1 if limits.redundant else max(1, len(rack.feeds))
        usable = feeds * rack.capacity_w * limits.percent // 100
    whole = Span(0, 2 * rack.u_height, start, end)
    held = [each for each in rack.held if each.power_w and overlaps(each.span, whole)]
    expected = [each for each in held if (each.span.start or date.min) > today]
    measured = bool(rack.feeds) and all(feed in rack.peaks for feed in rack.feeds)
    peak = sum(rack.peaks.values()) if rack.peaks else None
    return Power(usable, peak, measured, _together(held, start), _together(expected, start))


def _together(held: Sequence[Held], start: date) -> int:
    """The most watts that are promised on one day from ``start`` on: it changes on the first days of shares only."""
    days = {start, *(each.span.start for each in held if each.span.start is not None and each.span.start > start)}
    return max(sum(each.power_w or 0 for each in held if each.span.holds(day)) for day in days)
