"""Energy over time in columns, so that a year of hours is cut and added without an object for each hour; pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby, pairwise
from operator import sub
from typing import TypeVar, overload

from metering.gaps import Gap, during, pieces
from metering.period import HOUR, Period
from metering.readings import BRIDGED, MICROSECOND, Flag, Interval

T = TypeVar("T")
ALLOCATED = "allocated"
HOUR_US = HOUR // MICROSECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Quality = tuple[Flag, str]
"""The flag and the method of a cell."""
Row = tuple[int, int, int, Quality]
"""One cell: start, end (microseconds since 1970), Wh, quality."""
Span = tuple[int, int]
"""[start, end) in microseconds since 1970."""


@cache
def quality(flag: str, method: str) -> Quality:
    """The same object for the same words, so that comparing the columns of two meters costs next to nothing."""
    return Flag(flag), method


def micros(at: datetime) -> int:
    """An aware instant as whole microseconds since 1970: exact, and quick to compare."""
    return (at - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    """The aware UTC instant of some microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at)


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


def integers(values: Iterable[int] = ()) -> array[int]:
    """A column of whole numbers of 64 bits."""
    return array("q", values)


@dataclass(frozen=True, slots=True)
class Cells(Sequence[Interval]):
    """Disjoint intervals in time order, a column for each of their values; read as a sequence of Interval.

    ``gaps``: the spans whose total is measured though the shape of their cells, ESTIMATED, is not.
    """

    starts: array[int] = field(default_factory=integers)
    ends: array[int] = field(default_factory=integers)
    wh: array[int] = field(default_factory=integers)
    quality: list[Quality] = field(default_factory=list)
    gaps: Sequence[Gap] = ()

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> Cells:
        """The columns of intervals."""
        return cls.of_rows((micros(i.start), micros(i.end), i.wh, quality(i.flag, i.method)) for i in intervals)

    @classmethod
    def of_rows(cls, rows: Iterable[Row]) -> Cells:
        """The columns of rows."""
        starts, ends, wh, qualities = list(zip(*rows, strict=True)) or ((), (), (), ())
        return cls(integers(starts), integers(ends), integers(wh), list(qualities))

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> Interval: ...
    @overload
    def __getitem__(self, index: slice) -> Cells: ...
    def __getitem__(self, index: int | slice) -> Interval | Cells:
        if isinstance(index, slice):
            return Cells(self.starts[index], self.ends[index], self.wh[index], self.quality[index])
        return _interval((self.starts[index], self.ends[index], self.wh[index], self.quality[index]))

    def __iter__(self) -> Iterator[Interval]:
        return map(_interval, self.rows())

    def rows(self) -> Iterator[Row]:
        """The cells one by one."""
        return zip(self.starts, self.ends, self.wh, self.quality, strict=True)

    def during(self, period: Period) -> Cells:
        """The part inside a period: only the first and the last cell can be cut by it."""
        start, end = micros(period.start), micros(period.end)
        found = self[bisect_right(self.ends, start) : bisect_left(self.starts, end)]
        for edge in {0, len(found) - 1} if found.starts else ():
            if found.starts[edge] < start or found.ends[edge] > end:
                found._cut(edge, period)
        return replace(found, gaps=during(self.gaps, start, end)) if self.gaps else found

    def _cut(self, index: int, period: Period) -> None:
        part = clip(self[index], period)
        assert part is not None
        self.starts[index], self.ends[index] = micros(part.start), micros(part.end)
        self.wh[index], self.quality[index] = part.wh, quality(part.flag, part.method)

    def told_by(self, method: str) -> Cells:
        """The same cells, as good as they are, found by another method."""
        runs_of_flags = ((flag, count) for (flag, _), count in runs(self.quality))
        told = [one for flag, count in runs_of_flags for one in [quality(flag, method)] * count]
        return replace(self, quality=told, gaps=[gap for gap in self.gaps if self._shaped(gap)])

    def opened(self) -> Cells:
        """Cells longer than an hour cut at whole hours, so that parts of sums and sums of parts are the same Wh."""
        long = [at for at, length in enumerate(map(sub, self.ends, self.starts)) if length > HOUR_US]
        if not long:
            return self
        measured = (at for at in long if self.quality[at] == (Flag.ACTUAL, BRIDGED))
        gaps = [Gap(self.starts[at], self.ends[at]) for at in measured]
        return replace(self._with((slice(at, at + 1), _opened(self, at)) for at in long), gaps=gaps)

    def _with(self, others: Iterable[tuple[slice, Cells]]) -> Cells:
        """The cells, of which some, in time order, are others."""
        parts, done = list[Cells](), 0
        for some, other in others:
            parts += [self[done : some.start], other]
            done = some.stop
        return joined([*parts, self[done:]])

    def settled(self, bounds: Sequence[int] = ()) -> Cells:
        """Each gap that no bound cuts as one cell: what a period holds whole is measured."""
        whole = [gap for gap in self.gaps if gap.whole and not gap.cut_by(bounds) and self._shaped(gap)]
        return self._with((self._inside(gap), self._measured(gap)) for gap in whole) if whole else self

    def _measured(self, gap: Gap) -> Cells:
        inside = self._inside(gap)
        measured = quality(Flag.ACTUAL, self.quality[inside.start][1])
        return Cells(integers([gap.start]), integers([gap.end]), integers([sum(self.wh[inside])]), [measured])

    def _inside(self, gap: Gap) -> slice:
        return slice(bisect_left(self.starts, gap.start), bisect_right(self.ends, gap.end))

    def _shaped(self, gap: Gap) -> bool:
        """Whether only the shape of a gap is a guess: another estimate in it makes a guess of its total."""
        inside = self._inside(gap)
        return bool(self.starts[inside]) and {*self.quality[inside]} <= SHAPED

    def flags(self) -> dict[Flag, int]:
        """Wh by flag, in the order in which the flags appear."""
        if self.gaps and (settled := self.settled()) is not self:
            return settled.flags()
        found: dict[Flag, int] = {}
        first = 0
        for (flag, _), count in runs(self.quality):
            end = first + count
            found[flag] = found.get(flag, 0) + sum(self.wh[first:end])
            first = end
        return found

    def known(self) -> timedelta:
        """How long the cells are together."""
        return timedelta(microseconds=sum(self.ends) - sum(self.starts))

    def spans(self) -> list[Span]:
        """The times that the cells cover, neighbours joined."""
        if self.ends[:-1] == self.starts[1:]:  # no hole, which is usual
            return [(self.starts[0], self.ends[-1])] if self.starts else []
        holes = [at for at, (end, start) in enumerate(zip(self.ends, self.starts[1:], strict=False), 1) if end < start]
        return [(self.starts[first], self.ends[end - 1]) for first, end in pairwise([0, *holes, len(self)])]

    def recut(self, cuts: Sequence[int]) -> Iterator[Row]:
        """The same energy, cut at each of these sorted instants too; the cells' own bounds must be among them."""
        for row in self.rows():
            inside = cuts[bisect_left(cuts, row[0]) : bisect_right(cuts, row[1])]
            if len(inside) == 2:
                yield row
            else:
                yield from _pieces(row, inside)


def _opened(cells: Cells, at: int) -> Cells:
    """One cell cut at whole hours."""
    bounds, wh = pieces(cells.starts[at], cells.ends[at], cells.wh[at], HOUR_US)
    kind = cells.quality[at]
    shape = quality(Flag.ESTIMATED, BRIDGED) if kind[1] == BRIDGED else kind
    return Cells(integers(bounds[:-1]), integers(bounds[1:]), integers(wh), [shape] * len(wh))


def _interval(row: Row) -> Interval:
    start, end, wh, (flag, method) = row
    return Interval(instant(start), instant(end), wh, flag, method)


def _pieces(row: Row, cuts: Sequence[int]) -> Iterator[Row]:
    item = _interval(row)
    for start, end in pairwise(cuts):
        part = clip(item, Period(instant(start), instant(end)))
        assert part is not None
        yield start, end, part.wh, quality(part.flag, part.method)


def runs(values: Iterable[T]) -> Iterator[tuple[T, int]]:
    """Each value and how many times it comes in a row: the quality of a meter seldom changes."""
    return ((value, len(list(run))) for value, run in groupby(values))


def joined(parts: Iterable[Cells]) -> Cells:
    """Cells that follow one another, as one."""
    found, gaps = Cells(), list[Gap]()
    for part in parts:
        found.starts.extend(part.starts)
        found.ends.extend(part.ends)
        found.wh.extend(part.wh)
        found.quality.extend(part.quality)
        gaps += part.gaps
    return replace(found, gaps=gaps)


SHAPED = {quality(Flag.ESTIMATED, BRIDGED), quality(Flag.ESTIMATED, ALLOCATED)}
"""How the cells of a gap are told."""
