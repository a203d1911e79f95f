"""Load curves: what was counted and the times it is known; their sum, and what shares without meter divide; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from operator import sub

from metering.cells import ALLOCATED, Cells, Row, Span, instant, integers, joined, micros
from metering.energy.sums import added, beside
from metering.period import Period
from metering.places.allocation import running_parts


@dataclass(frozen=True, slots=True)
class Curve:
    """Energy of one thing over time: its cells, and ``known``, the times at which it is wholly known, in order."""

    cells: Cells = field(default_factory=Cells)
    known: Sequence[Span] = ()

    @classmethod
    def of(cls, cells: Cells) -> Curve:
        """The curve of one meter."""
        return cls(cells, cells.spans())

    def during(self, period: Period) -> Curve:
        """The part of the curve inside a period."""
        return Curve(self.cells.during(period), self._known(period))

    def _known(self, period: Period) -> list[Span]:
        first, last = micros(period.start), micros(period.end)
        inside = ((max(start, first), min(end, last)) for start, end in self.known)
        return [(start, end) for start, end in inside if start < end]

    def holes(self, period: Period) -> list[Period]:
        """The times of a period at which it is not wholly known, in order."""
        known = self._known(period)
        starts = [micros(period.start), *(end for _, end in known)]
        ends = [*(start for start, _ in known), micros(period.end)]
        return [Period(instant(start), instant(end)) for start, end in zip(starts, ends, strict=True) if start < end]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A curve of which something is the sum, and when it counts: there it is needed for the sum to be known."""

    curve: Curve
    during: Period


def total(wanted: Sequence[Wanted]) -> Curve:
    """The sum of curves. A cell of the sum is as good as its worst part, and known when all needed are."""
    if len(wanted) == 1:
        return wanted[0].curve
    return Curve(added([one.curve.cells for one in wanted]), _known(wanted))


def _known(wanted: Iterable[Wanted]) -> list[Span]:
    """When at least one curve is needed and every one needed is known: a sweep over starts and ends."""
    changes: list[tuple[int, int, int]] = []
    for one in wanted:
        changes += [(micros(one.during.start), 1, 0), (micros(one.during.end), -1, 0)]
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


@dataclass(frozen=True, slots=True)
class Pool:
    """What the shares without meter divide in one span: the Wh counted since its start, after each of its cells."""

    cells: Cells
    drawn: Sequence[int]
    known: Sequence[Span]

    def part(self, weights: tuple[int, ...], index: int) -> Curve:
        """The part of one of the shares, by weight.

        From the start of the span every Wh is dealt in turn: so the parts of all shares sum to the whole at any
        instant, and the energy of two spans is that of both together.
        """
        ours = running_parts(self.drawn, weights, index)
        wh = integers(map(sub, ours, [0, *ours]))
        return Curve(replace(self.cells, wh=wh), self.known)


def pools(rack: Curve, metered: Sequence[Wanted], periods: Iterable[Period]) -> list[Pool]:
    """What a rack drew less what the meters of some of its shares counted, to divide anew in each period."""
    others = total(metered)
    return [_pool(rack.during(period), others.during(period), metered, period) for period in periods]


def _pool(rack: Curve, others: Curve, metered: Sequence[Wanted], period: Period) -> Pool:
    net = rack.cells
    if others.cells:
        net = replace(Cells.of_rows(_net(rack.cells, others.cells)), gaps=rack.cells.gaps)
    known = _known([Wanted(rack, period), *_inside(metered, period)])
    return Pool(net.told_by(ALLOCATED), list(accumulate(net.wh)), known)


def _inside(wanted: Iterable[Wanted], period: Period) -> Iterator[Wanted]:
    for one in wanted:
        during = one.during.intersect(period)
        if during is not None:
            yield Wanted(one.curve.during(during), during)


def _net(rack: Cells, others: Cells) -> Iterator[Row]:
    debt = 0  # what other meters counted beyond the rack's: taken back from the next cells
    for (start, end), (whole, part) in beside([rack, others]):
        if whole is None:
            continue
        debt += part[2] if part else 0
        net = max(0, whole[2] - debt)
        debt -= whole[2] - net
        yield start, end, net, whole[3]


def together(parts: Iterable[Curve]) -> Curve:
    """Curves that follow one another, as one."""
    parts = list(parts)
    return Curve(joined(part.cells for part in parts), [span for part in parts for span in part.known])
