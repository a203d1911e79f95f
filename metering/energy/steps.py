"""Energy cut at the hours, days, months or years of a period, with what is not known of each; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from metering.cells import Cells, micros
from metering.period import Period
from metering.readings import Flag
from metering.usage import ratio


@dataclass(frozen=True, slots=True)
class Step:
    """Wh of one hour, day, month or year by quality; ``coverage``: the part of it wholly known, None if not held."""

    period: Period
    flags: dict[Flag, int]
    coverage: Decimal | None

    @property
    def wh(self) -> int | None:
        """Wh in all; None when nothing at all is known, which is not 0."""
        return sum(self.flags.values()) if self.flags else None

    @property
    def missing(self) -> bool:
        """Whether energy may have flowed that nothing told."""
        return self.coverage is not None and self.coverage < 1


def steps(parts: Iterable[Cells], holes: Iterable[Period], periods: Sequence[Period]) -> list[Step]:
    """The sum of several things cut at periods that follow one another; ``holes``: when one of them is not known."""
    flags: list[dict[Flag, int]] = [{} for _ in periods]
    bounds = [micros(period.start) for period in periods]
    ends = [micros(period.end) for period in periods]
    for cells in parts:
        for index, flag, wh in _cut(cells.settled([*bounds, *ends[-1:]]), bounds, ends, periods):
            told = flags[index]
            told[flag] = told.get(flag, 0) + wh
    unknown = lasting(merged(holes), periods)
    return [
        Step(period, told, _coverage(period, told, gone))
        for period, told, gone in zip(periods, flags, unknown, strict=True)
    ]


def _coverage(period: Period, flags: dict[Flag, int], gone: timedelta) -> Decimal | None:
    if not flags and not gone:
        return None
    whole = period.end - period.start
    return ratio(whole - gone, whole)


def _cut(
    cells: Cells, bounds: Sequence[int], ends: Sequence[int], periods: Sequence[Period]
) -> Iterator[tuple[int, Flag, int]]:
    """Each cell in the period that holds it, or its parts in those that cut it: (index, flag, Wh)."""
    index = 0
    for start, end, wh, quality in cells.rows():
        if start == ends[index]:  # cells follow one another
            index = min(index + 1, len(ends) - 1)
        if not bounds[index] <= start < ends[index]:
            index = max(bisect_right(bounds, start) - 1, 0)
        if bounds[index] <= start and end <= ends[index]:
            yield index, quality[0], wh
            continue
        one = Cells.of_rows([(start, end, wh, quality)])
        for at in range(index, len(periods)):
            if bounds[at] >= end:
                break
            yield from ((at, part.flag, part.wh) for part in one.during(periods[at]))


def merged(holes: Iterable[Period]) -> list[Period]:
    """Spans in order, those that touch joined."""
    found: list[Period] = []
    for hole in sorted(holes):
        if found and hole.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, hole.end))
        else:
            found.append(hole)
    return found


def lasting(spans: Iterable[Period], periods: Sequence[Period]) -> list[timedelta]:
    """How long some spans last, each counted, in each of several periods that follow one another."""
    bounds = [micros(period.start) for period in periods]
    lasted = [timedelta()] * len(periods)
    for span in spans:
        for at in range(max(bisect_right(bounds, micros(span.start)) - 1, 0), len(periods)):
            common = periods[at].intersect(span)
            if common is None:
                break
            lasted[at] += common.end - common.start
    return lasted
