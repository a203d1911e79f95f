"""Numbers of many meters as columns: whole, exact, and quick to work on all at once; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from metering.cells import Quality
from metering.readings import Flag, Interval

Column = npt.NDArray[np.int64]
"""Whole numbers of 64 bits: Wh, or seconds since 1970. They never pass through floating point."""
Kinds = npt.NDArray[np.int8]
"""For each span, the number of its quality."""
Marks = npt.NDArray[np.bool_]
REGISTER: Quality = (Flag.ACTUAL, "register")


@dataclass(frozen=True, slots=True)
class Spans:
    """Energy over spans of time of several meters, one meter after another, each in time order.

    ``first``: where each meter begins, then where the last one ends. ``kind``: which of ``qualities``.
    """

    start: Column
    end: Column
    wh: Column
    kind: Kinds
    first: Column
    qualities: list[Quality]

    def intervals(self, first: int, end: int) -> list[Interval]:
        """Some of the spans as the rules know them."""
        columns = (column[first:end].tolist() for column in (self.start, self.end, self.wh, self.kind))
        rows = zip(*columns, strict=True)
        return [Interval(instant(start), instant(end), wh, *self.qualities[kind]) for start, end, wh, kind in rows]

    def of(self, number: int) -> list[Interval]:
        """The spans of one meter."""
        return self.intervals(*self.first[number : number + 2].tolist())


@dataclass(frozen=True, slots=True)
class Patch:
    """Of the spans of a meter, [first, end) are these instead."""

    number: int
    first: int
    end: int
    spans: Sequence[Interval] = ()

    @property
    def growth(self) -> int:
        return len(self.spans) - (self.end - self.first)


def seconds(at: datetime) -> int:
    """An aware instant as whole seconds since 1970."""
    return int(at.timestamp())


def instant(at: int) -> datetime:
    """The aware UTC instant of some seconds since 1970."""
    return datetime.fromtimestamp(at, UTC)


def whole(values: Iterable[int]) -> Column:
    """A column of these numbers."""
    return np.array(list(values), np.int64)


def joined(columns: Iterable[Column]) -> Column:
    """Columns one after another."""
    told = [column for column in columns if len(column)]
    return told[0] if len(told) == 1 else np.concatenate([whole([]), *told])


def each(values: Sequence[int], counts: Column) -> Column | int:
    """A value for each element, of as many elements as told; one for all where all are alike."""
    return np.repeat(whole(values), counts) if len(set(values)) != 1 else values[0]


def spliced(spans: Spans, patches: Sequence[Patch]) -> Spans:
    """The spans with some of them replaced, patches in order."""
    if not patches:
        return spans
    added = [span for patch in patches for span in patch.spans]
    qualities = [*dict.fromkeys([*spans.qualities, *((span.flag, span.method) for span in added)])]
    kinds = np.array([qualities.index((span.flag, span.method)) for span in added], np.int8)
    growth = np.zeros_like(spans.first)
    np.add.at(growth, [patch.number + 1 for patch in patches], [patch.growth for patch in patches])
    return Spans(
        _spliced(spans.start, whole(seconds(span.start) for span in added), patches),
        _spliced(spans.end, whole(seconds(span.end) for span in added), patches),
        _spliced(spans.wh, whole(span.wh for span in added), patches),
        _spliced(spans.kind, kinds, patches),
        spans.first + np.cumsum(growth),
        qualities,
    )


def _spliced(column: npt.NDArray[Any], added: npt.NDArray[Any], patches: Sequence[Patch]) -> npt.NDArray[Any]:
    parts, kept, used = [], 0, 0
    for patch in patches:
        parts += [column[kept : patch.first], added[used : used + len(patch.spans)]]
        kept, used = patch.end, used + len(patch.spans)
    return np.concatenate([*parts, column[kept:]])
