"""From intervals between readings to intervals between whole UTC hours, without losing a Wh; pure.

The register is taken as linear between two readings, rounded at each cut, then differenced: so the cuts
add up exactly. Inside a long gap no hour is invented: one span bridges it from reading to reading, its total
measured, its shape unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from metering.period import HOUR, ceil_hour
from metering.readings import ACCEPTED, BRIDGED, Flag, Interval
from metering.validation.vee import contiguous

_GUESSED = (Flag.ESTIMATED, Flag.EDITED)


def hourly(intervals: Sequence[Interval], close: timedelta) -> list[Interval]:
    """Roll intervals up to whole hours; partial hours remain at both ends of what is known.

    ``close``: readings further apart than this leave a gap. Both boundaries at readings: ACTUAL (method
    ``register-bridged`` across a gap); interpolated between close readings: CALCULATED; a reset: ESTIMATED.
    """
    rolled: list[Interval] = []
    for chain in contiguous(intervals):
        rolled += _roll_chain(chain, close)
    return rolled


def _roll_chain(chain: list[Interval], close: timedelta) -> Iterator[Interval]:
    """Sweep once over the chain: ``index`` is the interval that holds the start of the current cell."""
    index, counted = 0, 0  # Wh of the intervals before index
    before = 0
    for start, end in pairwise(_cuts(chain, close)):
        first = index
        while chain[index].end < end:
            counted += chain[index].wh
            index += 1
        after = counted + chain[index].wh_until(end)
        exact = chain[first].start == start and chain[index].end == end
        flag, method = quality_of(chain[first : index + 1], exact, close)
        yield Interval(start, end, after - before, flag, method)
        before = after
        if chain[index].end == end:
            counted += chain[index].wh
            index += 1


def _cuts(chain: list[Interval], close: timedelta) -> Iterator[datetime]:
    """The ends of the chain, the readings around each gap, and the whole hours outside gaps; in order, once each."""
    last = chain[0].start
    yield last
    for interval in chain:
        for cut in _cuts_of(interval, close):
            if cut > last:
                yield cut
                last = cut
    if last < chain[-1].end:
        yield chain[-1].end


def _cuts_of(interval: Interval, close: timedelta) -> Iterator[datetime]:
    if interval.end - interval.start > close:
        yield from (interval.start, interval.end)
        return
    hour = ceil_hour(interval.start)
    while hour <= interval.end:
        yield hour
        hour += HOUR


def quality_of(parts: list[Interval], exact: bool, close: timedelta) -> tuple[Flag, str]:
    """The worst part that is not measured tells the cell; else how its bounds are known."""
    guessed = next((part for flag in _GUESSED for part in parts if part.flag is flag), None)
    if guessed is not None:
        return guessed.flag, guessed.method
    if any(part.end - part.start > close for part in parts):
        return Flag.ACTUAL, BRIDGED
    if not exact or any(part.flag is Flag.CALCULATED for part in parts):
        return Flag.CALCULATED, "interpolated"
    accepted = any(part.method == ACCEPTED for part in parts)
    return Flag.ACTUAL, ACCEPTED if accepted else "register"


def runs(intervals: Sequence[Interval]) -> list[Interval]:
    """Join neighbours of the same flag and method: the same energy told in as few spans as possible."""
    joined: list[Interval] = []
    for item in intervals:
        last = joined[-1] if joined else None
        if last and last.end == item.start and (last.flag, last.method) == (item.flag, item.method):
            joined[-1] = replace(last, end=item.end, wh=last.wh + item.wh)
        else:
            joined.append(item)
    return joined
