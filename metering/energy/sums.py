"""Sums of energies over time: cut where one of them is, as good as their worst part; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial, reduce
from itertools import chain
from operator import add

from metering.cells import SHAPED, Cells, Quality, Row, Span, integers, runs
from metering.gaps import together
from metering.readings import worst


def added(series: Sequence[Cells]) -> Cells:
    """The sum of several things; where their cells differ, they are cut. A cell is as good as its worst part."""
    gaps = together(gap for cells in series for gap in cells.gaps)
    if not _aligned(series):
        return replace(Cells.of_rows(map(_sum, beside(series))), gaps=gaps)
    wh = integers(reduce(partial(map, add), (cells.wh for cells in series)))
    qualities: list[Quality] = []
    for parts, count in runs(zip(*(cells.quality for cells in series), strict=True)):
        qualities += [_worst(parts)] * count
    return Cells(series[0].starts, series[0].ends, wh, qualities, gaps)


def _aligned(series: Sequence[Cells]) -> bool:
    """Whether all have the same cells, which is usual: hours beside hours."""
    return bool(series) and all(
        cells.starts == series[0].starts and cells.ends == series[0].ends for cells in series[1:]
    )


def beside(series: Sequence[Cells]) -> list[tuple[Span, list[Row | None]]]:
    """Several things cut at all their bounds: by time, each span with the cell of each thing, at least one not None."""
    cuts = sorted(set(chain.from_iterable(chain(cells.starts, cells.ends) for cells in series)))
    found: dict[Span, list[Row | None]] = {}
    for number, cells in enumerate(series):
        for row in cells.recut(cuts):
            found.setdefault(row[:2], [None] * len(series))[number] = row
    return sorted(found.items(), key=lambda cell: cell[0])


def _sum(cell: tuple[Span, Sequence[Row | None]]) -> Row:
    (start, end), parts = cell
    found = [part for part in parts if part is not None]
    return start, end, sum(part[2] for part in found), _worst(tuple(part[3] for part in found))


@cache
def _worst(parts: tuple[Quality, ...]) -> Quality:
    """The flag of the worst part, with the method of the first one as bad; a shape that is a guess goes last."""
    flag = worst({flag for flag, _ in parts})
    found = [part for part in parts if part[0] is flag]
    return next((part for part in found if part not in SHAPED), found[0])
