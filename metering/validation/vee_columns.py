"""Registers of many meters in columns: ``vee`` of all of them at once, to the very same Wh; pure.

Stretches between two readings that nothing disturbs are judged together; each of the others is handed, with what
surrounds it, to the rules of ``vee``, until a reading is believed as it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from metering.columns import REGISTER, Column, Marks, Patch, Spans, each, instant, joined, seconds, spliced, whole
from metering.readings import HOUR_S, Decision, Exchange, Fault, Interval, MeterRules, Reading
from metering.validation.decided import SPANS, Decided
from metering.validation.vee import different, judge

NO_DECISION = Decided()
LARGE_WH = 2**44
"""A stretch of as much is not judged in columns, so that no product passes 2^63."""
LARGE = 2**63
TICKS = (1000, 100, 10)
WH = 100 * HOUR_S
"""What a Wh is in the unit of limits: percent of a watt during a second."""


@dataclass(frozen=True)
class Told:
    """What is known of a meter: its readings (seconds since 1970, Wh), its limits, what people told and decided."""

    at: Column
    wh: Column
    rules: MeterRules
    exchanges: Sequence[Exchange] = ()
    decisions: Sequence[Decision] = ()

    @cached_property
    def decided(self) -> Decided:
        return Decided.of(self.decisions) if self.decisions else NO_DECISION


@dataclass(frozen=True)
class _Epoch:
    """Readings of one register of one meter, in time order."""

    number: int
    told: Told
    at: Column
    wh: Column
    faults: list[Fault]

    def judge_from(self, index: int) -> tuple[int, list[Interval]]:
        """Judge what follows a believed reading until another one is believed as it is: which one, what is between."""
        base, found = self._reading(index), []
        last = len(self.at) - 1
        while index < last:
            index += 1
            reading = self._reading(index)
            following = self._reading(index + 1) if index < last else None
            interval, fault, base = judge(base, reading, following, self.told.rules, self.told.decided)
            found += [interval] if interval else []
            self.faults.extend([fault] if fault else [])
            if base is reading:
                break
        return index, found

    def _reading(self, index: int) -> Reading:
        return Reading(instant(int(self.at[index])), int(self.wh[index]))


def measured(told: Sequence[Told]) -> tuple[Spans, list[list[Fault]]]:
    """Energy between believed readings of each meter, and what a person must look at: ``vee`` of all of them."""
    faults: list[list[Fault]] = [[] for _ in told]
    epochs = [epoch for number, one in enumerate(told) for epoch in _epochs(number, one, faults[number])]
    spans = _between_readings(epochs, len(told))
    decided = [patch for number, one in enumerate(told) if one.decisions for patch in _decided(number, one, spans)]
    return spliced(spans, decided), faults


def _between_readings(epochs: Sequence[_Epoch], meters: int) -> Spans:
    """The spans of all the epochs: all stretches between two readings, but those that are judged one by one."""
    start, end = joined(epoch.at[:-1] for epoch in epochs), joined(epoch.at[1:] for epoch in epochs)
    before, after = joined(epoch.wh[:-1] for epoch in epochs), joined(epoch.wh[1:] for epoch in epochs)
    edges = np.cumsum(whole([0, *(len(epoch.at) - 1 for epoch in epochs)]))
    first = edges[np.searchsorted(whole(epoch.number for epoch in epochs), np.arange(meters + 1))]
    limits = each([e.told.rules.max_w * e.told.rules.margin_percent for e in epochs], np.diff(edges))
    spans = Spans(start, end, after - before, np.zeros(len(start), np.int8), first, [REGISTER])
    judged = np.flatnonzero(~_plain(spans, before, after, limits)).tolist()
    return _corrected(spans, list(_abnormal(epochs, edges.tolist(), judged)))


def _corrected(spans: Spans, patches: Sequence[Patch]) -> Spans:
    """The spans with what the rules made of some; where each of these kept its bounds, only its energy is written."""
    for patch in (one for one in patches if not one.growth):
        for at, span in enumerate(patch.spans, patch.first):
            if (span.flag, span.method) not in spans.qualities:
                spans.qualities.append((span.flag, span.method))
            spans.wh[at], spans.kind[at] = span.wh, spans.qualities.index((span.flag, span.method))
    return spliced(spans, [patch for patch in patches if patch.growth])


def _plain(spans: Spans, before: Column, after: Column, limit: Column | int) -> Marks:
    """Where a reading follows the one before as the circuit can carry: the rule of ``vee``, in whole numbers too."""
    most = spans.end - spans.start
    if not len(most) or int(np.max(limit)) * int(most.max()) >= LARGE:
        return np.zeros(len(most), np.bool_)
    most *= limit
    carried = spans.wh * WH
    rises = spans.wh.view(np.uint64) < LARGE_WH
    plain = rises & (carried <= most)
    unsure = np.flatnonzero(rises & ~plain)
    tick, most = _resolution(before[unsure], after[unsure]) * WH, most[unsure]
    plain[unsure] = (tick > WH) & (most < 2 * tick) & (carried[unsure] <= most + tick)
    return plain


def _resolution(one: Column, other: Column) -> Column:
    """The coarsest usual resolution that explains both registers."""
    round_to = [(one % tick == 0) & (other % tick == 0) for tick in TICKS]
    return np.select(round_to, TICKS, 1).astype(np.int64)


def _abnormal(epochs: Sequence[_Epoch], edges: Sequence[int], stretches: Iterable[int]) -> Iterator[Patch]:
    """What the rules make of the stretches that are not plain, and of those after them until all is plain again."""
    done = 0
    for stretch in stretches:
        if stretch < done:
            continue
        number = bisect_right(edges, stretch) - 1
        index, spans = epochs[number].judge_from(stretch - edges[number])
        done = edges[number] + index
        yield Patch(epochs[number].number, stretch, done, spans)


def _epochs(number: int, told: Told, faults: list[Fault]) -> Iterator[_Epoch]:
    """The readings of a meter that count, cut at its exchanges, which tell the registers at their instant."""
    columns = _kept(*_one_per_instant(told.at, told.wh, faults), told.decided)
    for at, wh in _cut(*columns, sorted(told.exchanges, key=lambda one: one.at)):
        if len(at):
            yield _Epoch(number, told, at, wh, faults)


def _cut(at: Column, wh: Column, exchanges: Sequence[Exchange]) -> Iterator[tuple[Column, Column]]:
    """The registers before, between and after the exchanges; with them, but for one that nothing comes before."""
    first, opening_at, opening_wh = 0, whole([]), whole([])
    for exchange in exchanges:
        change = whole([seconds(exchange.at)])
        until, after = (int(np.searchsorted(at, change[0], side)) for side in ("left", "right"))
        if len(opening_at) or until > first:
            closing = whole([exchange.closing_wh])
            yield joined([opening_at, at[first:until], change]), joined([opening_wh, wh[first:until], closing])
        first, opening_at, opening_wh = after, change, whole([exchange.opening_wh])
    yield joined([opening_at, at[first:]]), joined([opening_wh, wh[first:]])


def _one_per_instant(at: Column, wh: Column, faults: list[Fault]) -> tuple[Column, Column]:
    """Registers in time order, the first value told of each instant; the others that differ are faults."""
    if bool((at[1:] > at[:-1]).all()):
        return at, wh
    order = np.argsort(at, kind="stable")
    at, wh = at[order], wh[order]
    new = np.concatenate([[True], at[1:] > at[:-1]])
    kept = np.flatnonzero(new)
    told = wh[kept][np.cumsum(new) - 1]
    faults += [different(instant(int(at[n])), int(told[n]), int(wh[n])) for n in np.flatnonzero(told != wh)]
    return at[kept], wh[kept]


def _kept(at: Column, wh: Column, decided: Decided) -> tuple[Column, Column]:
    """The registers without those that people reject, with the values that they chose among two."""
    for one in decided.counting:
        if one.kind == "accept" and one.wh is not None:
            wh = np.where(at == seconds(one.end), one.wh, wh)
    for one in decided.counting:
        if one.kind == "reject":
            kept = (at <= seconds(one.start)) | (at > seconds(one.end))
            at, wh = at[kept], wh[kept]
    return at, wh


def _decided(number: int, told: Told, spans: Spans) -> Iterator[Patch]:
    """What is left of the spans that touch what people estimate or edit, with what they wrote."""
    lo, hi = spans.first[number : number + 2].tolist()
    start, end = spans.start[lo:hi], spans.end[lo:hi]
    touched: list[tuple[int, int, list[Decision]]] = []
    for one in (one for one in told.decided.counting if one.kind in SPANS):
        first = lo + int(np.searchsorted(end, seconds(one.start), "right"))
        last = lo + int(np.searchsorted(start, seconds(one.end), "left"))
        if touched and first < touched[-1][1]:
            first, _, before = touched.pop()
            touched.append((first, last, [*before, one]))
        else:
            touched.append((first, last, [one]))
    for first, last, some in touched:
        yield Patch(number, first, last, Decided(some).intervals(spans.intervals(first, last), told.rules.close))
