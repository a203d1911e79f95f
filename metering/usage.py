"""Energy of a period from intervals, and how much of the period they cover; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from metering.period import Period
from metering.readings import BRIDGED, Flag, Interval

THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Usage:
    """Wh of a period, split by flag; ``coverage`` is the known part of the period, 0.000 to 1.000, rounded down."""

    period: Period
    wh: int
    flags: dict[Flag, int]
    coverage: Decimal
    intervals: list[Interval]


def usage(intervals: Sequence[Interval], period: Period) -> Usage:
    """Energy of a period from the time-ordered, disjoint intervals of one thing.

    An interval that the period cuts counts in proportion, rounded so that the parts add up exactly.
    """
    parts = [part for item in intervals if (part := clip(item, period)) is not None]
    return _summed(parts, period)


def grid(intervals: Sequence[Interval], periods: Iterable[Period]) -> list[Usage]:
    """``usage`` of each of several consecutive periods, in one sweep."""
    found: list[Usage] = []
    first = 0
    for period in periods:
        while first < len(intervals) and intervals[first].end <= period.start:
            first += 1
        found.append(_summed(list(_parts_from(intervals, first, period)), period))
    return found


def _parts_from(intervals: Sequence[Interval], first: int, period: Period) -> Iterator[Interval]:
    for index in range(first, len(intervals)):
        if intervals[index].start >= period.end:
            return
        part = clip(intervals[index], period)
        if part is not None:
            yield part


def clip(item: Interval, period: Period) -> Interval | None:
    """The part of an interval inside a period, or None.

    A cut ACTUAL becomes CALCULATED; a cut gap becomes ESTIMATED: its total was known, not its shape.
    """
    if period.start <= item.start and item.end <= period.end:
        return item
    start, end = max(item.start, period.start), min(item.end, period.end)
    if start >= end:
        return None
    wh = item.wh_until(end) - item.wh_until(start)
    if item.method == BRIDGED:
        return Interval(start, end, wh, Flag.ESTIMATED, BRIDGED)
    if item.flag is Flag.ACTUAL:
        return Interval(start, end, wh, Flag.CALCULATED, "interpolated")
    return replace(item, start=start, end=end, wh=wh)


def _summed(parts: list[Interval], period: Period) -> Usage:
    flags: dict[Flag, int] = {}
    for part in parts:
        flags[part.flag] = flags.get(part.flag, 0) + part.wh
    known = sum((part.end - part.start for part in parts), timedelta())
    return Usage(period, sum(flags.values()), flags, ratio(known, period.end - period.start), parts)


def ratio(known: timedelta, whole: timedelta) -> Decimal:
    """A share of time with three decimals, rounded down: 1.000 only when nothing is missing."""
    microsecond = timedelta(microseconds=1)
    return (Decimal(known // microsecond) / Decimal(whole // microsecond)).quantize(THOUSANDTH, ROUND_DOWN)


Span = tuple[datetime, datetime]


def spans(intervals: Iterable[Interval]) -> list[Span]:
    """The times that time-ordered intervals cover, neighbours joined."""
    joined: list[Span] = []
    for item in intervals:
        if joined and joined[-1][1] >= item.start:
            joined[-1] = joined[-1][0], max(joined[-1][1], item.end)
        else:
            joined.append((item.start, item.end))
    return joined


def overlap_spans(one: Iterable[Span], other: Sequence[Span]) -> list[Span]:
    """The common times of two lists of spans."""
    return [
        (max(start, first), min(end, last))
        for start, end in one
        for first, last in other
        if max(start, first) < min(end, last)
    ]
