"""What people decided of the readings and the energy of a meter, put before what the rules conclude; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from metering.readings import BRIDGED, EDITED_BY_HAND, Decision, Flag, Interval, Reading


@dataclass(frozen=True)
class Decided:
    """The decisions that count: of two that tell of the same span, or of the same energy, the last."""

    counting: Sequence[Decision] = ()

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> Decided:
        """From all decisions of a meter, oldest first."""
        counting: list[Decision] = []
        for one in decisions:
            counting = [*(old for old in counting if not _replaces(one, old)), one]
        return cls(sorted(counting, key=lambda one: one.start))

    def believes(self, at: datetime) -> bool:
        """Whether the reading of an instant is believed whatever the rules say."""
        return any(one.kind == "accept" and one.end == at for one in self.counting)

    def readings(self, readings: Sequence[Reading]) -> list[Reading]:
        """The readings without those that are rejected, with the values that were chosen among two."""
        rejected = [one for one in self.counting if one.kind == "reject"]
        chosen = {one.end: one.wh for one in self.counting if one.kind == "accept" and one.wh is not None}
        kept = (r for r in readings if not any(one.start < r.at <= one.end for one in rejected))
        return [replace(r, wh=chosen[r.at]) if r.at in chosen else r for r in kept]

    def intervals(self, intervals: Sequence[Interval], close: timedelta) -> list[Interval]:
        """The measured intervals outside the spans that people estimate or edit, and the edited ones; in time order."""
        spans = [one for one in self.counting if one.kind in SPANS and not _bridged(one, intervals)]
        if not spans:
            return list(intervals)
        left = [piece for item in intervals for piece in _outside(item, spans, close)]
        edited = (
            Interval(one.start, one.end, one.wh, Flag.EDITED, EDITED_BY_HAND) for one in spans if one.wh is not None
        )
        return sorted([*left, *edited], key=lambda item: item.start)


SPANS = frozenset({"estimate", "edit"})
"""The decisions that tell the energy of a whole span."""


def _replaces(new: Decision, old: Decision) -> bool:
    if new.kind in SPANS and old.kind in SPANS:
        return new.start < old.end and old.start < new.end
    return new.start <= old.start and old.end <= new.end


def _bridged(span: Decision, intervals: Sequence[Interval]) -> bool:
    """Whether the register told since what was to be estimated: it goes over a span in which nothing was read."""
    if span.kind != "estimate":
        return False
    return any(one.start <= span.start and span.end < one.end and one.flag is Flag.ACTUAL for one in intervals)


def _outside(item: Interval, spans: Sequence[Decision], close: timedelta) -> Iterator[Interval]:
    """What of an interval is in none of the spans, in time order: the register is taken as linear between readings."""
    start = item.start
    for span in spans:
        if span.end <= start or span.start >= item.end:
            continue
        if span.start > start:
            yield _piece(item, start, span.start, close)
        start = max(start, span.end)
    if start < item.end:
        yield _piece(item, start, item.end, close)


def _piece(item: Interval, start: datetime, end: datetime, close: timedelta) -> Interval:
    if (start, end) == (item.start, item.end):
        return item
    wh = item.wh_until(end) - item.wh_until(start)
    if item.flag is not Flag.ACTUAL:
        return replace(item, start=start, end=end, wh=wh)
    if item.end - item.start > close:
        return Interval(start, end, wh, Flag.ESTIMATED, BRIDGED)
    return Interval(start, end, wh, Flag.CALCULATED, "interpolated")
