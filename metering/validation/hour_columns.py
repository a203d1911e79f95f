"""Spans of many meters in columns, cut at whole hours: ``hourly`` of all of them at once, to the very same Wh; pure.

A cut is the end of a cell, or the start of the first one of a chain of spans that follow each other. Only cells with a
span whose quality is not that of a plain register are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from metering.cells import Quality
from metering.columns import REGISTER, Column, Kinds, Marks, Spans, each, joined, whole
from metering.readings import ACCEPTED, BRIDGED, HOUR_S, Fault, Flag
from metering.validation.checks import unbalanced
from metering.validation.hourly import quality_of
from metering.validation.vee_columns import Told, measured

QUALITIES: list[Quality] = [REGISTER, (Flag.CALCULATED, "interpolated"), (Flag.ACTUAL, BRIDGED)]
PLAIN, INTERPOLATED, ACROSS = range(3)
LARGE = 2**62


def hourly_of(told: Sequence[Told]) -> tuple[Spans, list[list[Fault]]]:
    """What ``hourly(vee(…))`` says of each meter: cells of whole hours and parts of hours, and what to look at."""
    spans, faults = measured(told)
    cells = rolled(spans, [one.rules.close for one in told])
    if int(spans.wh.sum()) != int(cells.wh.sum()):
        for number, found in enumerate(faults):
            found += filter(None, [unbalanced(spans.of(number), cells.of(number))])
    return cells, faults


def rolled(spans: Spans, close: Sequence[timedelta]) -> Spans:
    """Roll the spans of each meter up to whole hours; ``close``: a span of that meter that is longer is a gap."""
    if not len(spans.start):
        return spans
    longest = each([one // timedelta(seconds=1) for one in close], np.diff(spans.first))
    gap = spans.end - spans.start > longest
    cuts = _cuts(spans, gap, _opens(spans))
    ends = np.flatnonzero(~cuts.opens[1:]) + 1
    cells = _Cells(cuts, ends - 1, ends, cuts.span[ends - 1] + cuts.passed[ends - 1], cuts.span[ends])
    kind, qualities = _qualities(spans, cells, gap, close)
    first = np.searchsorted(cells.last, spans.first)
    return Spans(cuts.at[cells.start], cuts.at[cells.end], cells.wh, kind, first, qualities)


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Where cells begin and end, in time order, meter after meter.

    ``span`` holds the cut, or ends there (``passed``); where a chain ``opens``, it begins there. ``before``: Wh of all
    the spans until the cut.
    """

    at: Column
    span: Column
    opens: Marks
    passed: Marks
    before: Column


@dataclass(frozen=True, slots=True)
class _Cells:
    """From which cut to which one each cell goes, and from which span to which one."""

    cuts: _Cuts
    start: Column
    end: Column
    first: Column
    last: Column

    @property
    def wh(self) -> Column:
        return self.cuts.before[self.end] - self.cuts.before[self.start]

    @property
    def exact(self) -> Marks:
        """Whether there is a reading at both ends."""
        known = self.cuts.opens | self.cuts.passed
        return known[self.start] & known[self.end]


def _opens(spans: Spans) -> Column:
    """The spans that begin a chain: after a hole, of another meter, or where a person wrote one of two neighbours."""
    edited = _of_kinds(spans, [flag is Flag.EDITED for flag, _ in spans.qualities])
    holes = np.flatnonzero(spans.start[1:] != spans.end[:-1])
    opens = np.unique(np.concatenate([spans.first, holes + 1, edited, edited + 1]))
    return opens[opens < len(spans.start)]


def _of_kinds(spans: Spans, wanted: Sequence[bool]) -> Column:
    """The spans of these kinds, of which the plain one, that of nearly all, is not."""
    found = np.flatnonzero(spans.kind)
    chosen: Column = found[np.array(wanted)[spans.kind[found]]]
    return chosen


def _cuts(spans: Spans, gap: Marks, opens: Column) -> _Cuts:
    last = spans.end // HOUR_S
    hours = np.empty_like(last)  # how many whole hours are inside each span, or at its end
    np.subtract(last[1:], last[:-1], out=hours[1:])
    hours[opens] = last[opens] - spans.start[opens] // HOUR_S
    gaps = np.flatnonzero(gap)
    hours[gaps] = 0
    opening, stopping = _marked(opens, len(gap)), _marked(_stops(spans, gap, gaps, opens), len(gap))
    span = np.flatnonzero((hours != 0) | opening | stopping)
    span, nth = _repeated(span, hours[span] + opening[span] + stopping[span])
    first = opening[span]
    nth = nth - first  # which whole hour
    at = np.where(nth < hours[span], (last[span] - hours[span] + 1 + nth) * HOUR_S, spans.end[span])
    first &= nth < 0
    at = np.where(first, spans.start[span], at)
    return _Cuts(at, span, first, (at == spans.end[span]) & ~first, _before(spans, span, at))


def _marked(spans: Column, count: int) -> Marks:
    marks = np.zeros(count, np.bool_)
    marks[spans] = True
    return marks


def _repeated(span: Column, times: Column) -> tuple[Column, Column]:
    """Each span as many times as told, and the how many-th time it is."""
    if int(times.max()) == 1:
        return span, np.zeros_like(span)
    return np.repeat(span, times), np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)


def _stops(spans: Spans, gap: Marks, gaps: Column, opens: Column) -> Column:
    """The spans whose end is a cut without being a whole hour: of gaps, before gaps, last of their chain."""
    before = np.setdiff1d(gaps, opens, assume_unique=True) - 1
    stops = np.unique(joined([gaps, before, opens[1:] - 1, whole([len(gap) - 1])]))
    told: Column = stops[gap[stops] | (spans.end[stops] % HOUR_S != 0)]
    return told


def _before(spans: Spans, span: Column, at: Column) -> Column:
    """Wh of all the spans until each cut: constant power inside a span, rounded half up as ``Interval.wh_until``."""
    wh, start, end = spans.wh[span], spans.start[span], spans.end[span]
    within = np.where(at == end, 0, at - start)
    length = end - start
    if int(wh.max()) * 2 * int(length.max()) < LARGE:
        part = (2 * wh * within + length) // (2 * length)
    else:  # in numbers without limit
        part = ((2 * wh.astype(object) * within + length) // (2 * length)).astype(np.int64)
    return np.cumsum(spans.wh)[span] - np.where(at == end, 0, wh - part)


def _qualities(spans: Spans, cells: _Cells, gap: Marks, close: Sequence[timedelta]) -> tuple[Kinds, list[Quality]]:
    """The quality of each cell: how its bounds are known, unless one of its spans is not plainly measured."""
    exact = cells.exact
    kind = np.where(exact, PLAIN, INTERPOLATED)
    kind[gap[cells.last]] = ACROSS
    qualities = list(QUALITIES)
    for cell in _odd_cells(spans, cells):
        first, last = int(cells.first[cell]), int(cells.last[cell])
        meter = int(np.searchsorted(spans.first, first, "right")) - 1
        quality = quality_of(spans.intervals(first, last + 1), bool(exact[cell]), close[meter])
        if quality not in qualities:
            qualities.append(quality)
        kind[cell] = qualities.index(quality)
    return kind.astype(np.int8), qualities


def _odd_cells(spans: Spans, cells: _Cells) -> Iterator[int]:
    """The cells with a span that is guessed, calculated or only believed by a person."""
    odd = [flag is not Flag.ACTUAL or method == ACCEPTED for flag, method in spans.qualities]
    found = _of_kinds(spans, odd)
    first, end = np.searchsorted(cells.last, found), np.searchsorted(cells.first, found, "right")
    yield from dict.fromkeys(n for a, b in zip(first.tolist(), end.tolist(), strict=True) for n in range(a, b))
