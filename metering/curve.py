"""Load curves: disjoint intervals and the times they are known; their sum, and the part a share has in them; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import attrgetter

from metering.allocation import running_part
from metering.period import Period
from metering.readings import Interval, worst
from metering.usage import Span, clip, overlap_spans, spans

_start = attrgetter("start")
_end = attrgetter("end")


@dataclass(frozen=True, slots=True)
class Curve:
    """Energy of one thing over time: ``intervals`` disjoint and in order, ``known`` the times it is wholly known."""

    intervals: Sequence[Interval] = ()
    known: Sequence[Span] = ()

    @classmethod
    def of(cls, intervals: Sequence[Interval]) -> Curve:
        """The curve of one meter."""
        return cls(intervals, spans(intervals))

    def during(self, period: Period) -> Curve:
        """The part of the curve inside a period."""
        first = bisect_right(self.intervals, period.start, key=_end)
        last = bisect_left(self.intervals, period.end, key=_start)
        parts = [part for item in self.intervals[first:last] if (part := clip(item, period)) is not None]
        return Curve(parts, overlap_spans(self.known, [(period.start, period.end)]))


@dataclass(frozen=True, slots=True)
class Piece:
    """A span in which a rack is shared in one way: half units of each part, and which of them is ours."""

    period: Period
    weights: tuple[int, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A curve of which something is the sum, and when it counts: there it is needed for the sum to be known."""

    curve: Curve
    during: Period


def total(wanted: Sequence[Wanted]) -> Curve:
    """The sum of curves. An interval of the sum is as good as its worst part, and known when all needed are."""
    if len(wanted) == 1:
        return wanted[0].curve
    summed = [_sum(parts) for parts in _cells([one.curve.intervals for one in wanted])]
    return Curve(summed, _known(wanted))


def _sum(parts: Sequence[Interval | None]) -> Interval:
    found = [part for part in parts if part is not None]
    first = found[0]
    if len(found) == 1:
        return first
    same = all((part.flag, part.method) == (first.flag, first.method) for part in found)
    flag = first.flag if same else worst({part.flag for part in found})
    method = first.method if same else next(part.method for part in found if part.flag is flag)
    return Interval(first.start, first.end, sum(part.wh for part in found), flag, method)


def _known(wanted: Iterable[Wanted]) -> list[Span]:
    """When at least one curve is needed and every one needed is known: a sweep over starts and ends."""
    changes: list[tuple[datetime, int, int]] = []
    for one in wanted:
        changes += [(one.during.start, 1, 0), (one.during.end, -1, 0)]
        for start, end in one.curve.known:
            changes += [(start, 0, 1), (end, 0, -1)]
    changes.sort(key=lambda change: change[0])
    found: list[Span] = []
    needed = known = 0
    for (at, more_needed, more_known), (until, *_) in pairwise(changes):
        needed, known = needed + more_needed, known + more_known
        if at == until or not needed or known < needed:
            continue
        if found and found[-1][1] == at:
            found[-1] = found[-1][0], until
        else:
            found.append((at, until))
    return found


def _cells(series: Sequence[Sequence[Interval]]) -> Iterator[list[Interval | None]]:
    """Cut several curves at all their boundaries: for each cell, the part of each curve in it, some not None."""
    if _aligned(series):  # the usual case, hours beside hours, needs no cutting
        yield from (list(parts) for parts in zip(*series, strict=True))
        return
    cuts = sorted({at for curve in series for item in curve for at in (item.start, item.end)})
    at_index = [0] * len(series)
    for start, end in pairwise(cuts):
        parts: list[Interval | None] = []
        for number, curve in enumerate(series):
            index = at_index[number]
            if index < len(curve) and curve[index].end <= start:
                index = at_index[number] = index + 1
            item = curve[index] if index < len(curve) else None
            parts.append(_within(item, start, end) if item else None)
        if any(part is not None for part in parts):
            yield parts


def _aligned(series: Sequence[Sequence[Interval]]) -> bool:
    if len({len(curve) for curve in series}) != 1:
        return False
    return all(
        part.start == parts[0].start and part.end == parts[0].end
        for parts in zip(*series, strict=True)
        for part in parts[1:]
    )


def _within(item: Interval, start: datetime, end: datetime) -> Interval | None:
    if item.start == start and item.end == end:
        return item
    return clip(item, Period(start, end)) if item.start < end else None


def allocate(rack: Curve, metered: Sequence[Wanted], pieces: Iterable[Piece]) -> Curve:
    """Our part of what a rack drew less what the meters of other shares counted, piece by piece.

    From the start of each piece every Wh is dealt in turn by weight: so the parts of all shares sum to the whole
    at any instant, and the energy of two spans is that of both together.
    """
    others = total(metered)
    ours: list[Interval] = []
    known: list[Span] = []
    for piece in pieces:
        ours += _deal(rack.during(piece.period), others.during(piece.period), piece)
        known += _known([Wanted(rack.during(piece.period), piece.period), *_inside(metered, piece.period)])
    return Curve(ours, known)


def _inside(wanted: Iterable[Wanted], period: Period) -> Iterator[Wanted]:
    for one in wanted:
        during = one.during.intersect(period)
        if during is not None:
            yield Wanted(one.curve.during(during), during)


def _deal(rack: Curve, others: Curve, piece: Piece) -> Iterator[Interval]:
    drawn = dealt = 0
    debt = 0  # what other meters counted beyond the rack's: taken back from the next cells
    for whole, part in _cells([rack.intervals, others.intervals]):
        if whole is None:
            continue
        debt += part.wh if part else 0
        net = max(0, whole.wh - debt)
        debt -= whole.wh - net
        drawn += net
        ours = running_part(drawn, piece.weights, piece.index)
        yield Interval(whole.start, whole.end, ours - dealt, whole.flag, "allocated")
        dealt = ours
