"""Which raw samples of a register are kept as readings: those from which the same hourly energy is told; pure.

Around each whole hour, each exchange and each span that a person decided of, the samples on both sides; where the
register went back, those beside. Then what they tell is compared with what all the samples tell, by the same rules:
where it differs by one Wh, one flag or one exception, the samples of that time are kept too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from metering.columns import Column, Marks, seconds
from metering.readings import HOUR_S, Fault, Interval
from metering.validation.hour_columns import hourly_of
from metering.validation.vee_columns import Told

ROUNDS = 4
BESIDE = 2


@dataclass(frozen=True, slots=True)
class Samples:
    """Values of a register: seconds since 1970, each once and in order, and whole Wh."""

    at: Column
    wh: Column

    def between(self, start: int, end: int) -> Samples:
        """Those of [start, end)."""
        first, last = np.searchsorted(self.at, (start, end)).tolist()
        return Samples(self.at[first:last], self.wh[first:last])


def boundaries(raw: Samples, known: Samples, meter: Told, *, ended: bool) -> Samples:
    """The raw samples to keep beside readings that are known already, which come before them where both tell a second.

    ``meter`` has the limits, exchanges and decisions. The hour that is running is left until two samples follow it,
    unless the register ``ended``: nothing more is expected of it.
    """
    new = ~np.isin(raw.at, known.at)
    at = np.concatenate([known.at, raw.at[new]])
    order = np.argsort(at)
    told = replace(meter, at=at[order], wh=np.concatenate([known.wh, raw.wh[new]])[order])
    kept = (order < len(known.at)) | _sides(told.at, _bounds(meter)) | _drops(told.wh)
    kept[:1] = True
    kept[-1:] |= ended
    last = _settled(told.at, ended=ended)
    kept = _completed(told, kept, last, ended=ended)
    kept[last + 1 :] &= order[last + 1 :] < len(known.at)
    chosen = kept & (order >= len(known.at))
    return Samples(told.at[chosen], told.wh[chosen])


def _bounds(meter: Told) -> list[int]:
    """The instants that people told: where their consequences begin and end."""
    spans = (at for one in meter.decisions for at in (one.start, one.end))
    return [seconds(at) for at in (*(one.at for one in meter.exchanges), *spans)]


def _sides(at: Column, bounds: Iterable[int]) -> Marks:
    """The samples at, or on each side of, every whole hour and every bound; of several at once, the nearest."""
    kept = np.zeros(len(at), np.bool_)
    hour = at // HOUR_S
    after = np.flatnonzero(hour[1:] != hour[:-1]) + 1
    kept[after] = True
    exact = (at[after] % HOUR_S == 0) & (hour[after] - hour[after - 1] == 1)
    kept[after[~exact] - 1] = True
    for bound in bounds:
        first, last = (int(np.searchsorted(at, bound, side)) for side in ("left", "right"))
        kept[max(0, last - 1) : first + 1] = True
    return kept


def _drops(wh: Column) -> Marks:
    """The samples beside those at which the register went back."""
    kept = np.zeros(len(wh), np.bool_)
    for index in np.flatnonzero(wh[1:] < wh[:-1]).tolist():
        kept[max(0, index - BESIDE + 1) : index + 1 + BESIDE] = True
    return kept


def _settled(at: Column, *, ended: bool) -> int:
    """The last sample that may be kept: the first one after the last whole hour that two samples follow."""
    if ended or len(at) < 2:
        return len(at) - 1 if ended else -1
    return int(np.searchsorted(at, at[-2] - at[-2] % HOUR_S))


def _completed(told: Told, kept: Marks, last: int, *, ended: bool) -> Marks:
    """More samples where those that are kept do not tell the same as all of them."""
    if last < 0:
        return kept
    until = int(told.at[last])
    hour = until if ended else until - until % HOUR_S
    for _ in range(ROUNDS):
        some = kept.copy()
        some[last + 1 :] = False
        cells, faults = hourly_of([told, replace(told, at=told.at[some], wh=told.wh[some])])
        spans = [*_differences(cells.of(0), cells.of(1), hour), *_faults(faults[0], faults[1], until)]
        if not spans:
            return kept
        for start, end in spans:
            first, stop = np.searchsorted(told.at, start), np.searchsorted(told.at, end, "right")
            kept[max(0, int(first) - BESIDE) : int(stop) + BESIDE] = True
    return np.ones_like(kept)


def _differences(all_: Iterable[Interval], some: Iterable[Interval], until: int) -> list[tuple[int, int]]:
    odd = set(all_) ^ set(some)
    return [(seconds(one.start), seconds(one.end)) for one in odd if seconds(one.end) <= until]


def _faults(all_: Iterable[Fault], some: Iterable[Fault], until: int) -> list[tuple[int, int]]:
    odd = set(all_) ^ set(some)
    return [(seconds(one.since or one.at), seconds(one.at)) for one in odd if seconds(one.at) <= until]
