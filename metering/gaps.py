"""Gaps of the register: spans whose total is measured and whose shape is not, as they are cut and added; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import sub
from typing import NamedTuple


class Gap(NamedTuple):
    """[start, end) in microseconds since 1970; ``whole`` until something cuts it."""

    start: int
    end: int
    whole: bool = True

    def cut_by(self, bounds: Sequence[int]) -> bool:
        """Whether one of these sorted instants is inside."""
        after = bisect_right(bounds, self.start)
        return after < len(bounds) and bounds[after] < self.end


def during(gaps: Iterable[Gap], start: int, end: int) -> list[Gap]:
    """What is inside a span; what it cuts is no longer whole."""
    inside = (gap for gap in gaps if gap.start < end and gap.end > start)
    return [
        Gap(max(gap.start, start), min(gap.end, end), gap.whole and start <= gap.start and gap.end <= end)
        for gap in inside
    ]


def together(gaps: Iterable[Gap]) -> list[Gap]:
    """The gaps of a sum: those that overlap are one, whole when all are."""
    found: list[Gap] = []
    for gap in sorted(gaps):
        if found and gap.start < found[-1].end:
            last = found[-1]
            found[-1] = Gap(last.start, max(last.end, gap.end), last.whole and gap.whole)
        else:
            found.append(gap)
    return found


def pieces(start: int, end: int, wh: int, step: int) -> tuple[list[int], list[int]]:
    """A span of constant power cut at the multiples of a step: its bounds, and the Wh between them.

    Wh until each cut are rounded half up.
    """
    length = end - start
    bounds = [start, *range(start + step - start % step, end, step), end]
    counted = [(2 * wh * (at - start) + length) // (2 * length) for at in bounds]
    return bounds, list(map(sub, counted[1:], counted))
