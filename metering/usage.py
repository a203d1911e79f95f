"""Energy of a period from intervals, and how much of the period they cover; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

from metering.cells import Cells
from metering.period import Period
from metering.readings import MICROSECOND, Flag, Interval

THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Usage:
    """Wh of a period, split by flag; ``coverage`` is the known part of the period, 0.000 to 1.000, rounded down."""

    period: Period
    wh: int
    flags: dict[Flag, int]
    coverage: Decimal
    intervals: Sequence[Interval]


def usage(intervals: Sequence[Interval], period: Period) -> Usage:
    """Energy of a period from the time-ordered, disjoint intervals of one thing.

    An interval that the period cuts counts in proportion, rounded so that the parts add up exactly.
    """
    parts = _cells(intervals).during(period)
    flags = parts.flags()
    return Usage(period, sum(flags.values()), flags, ratio(parts.known(), period.end - period.start), parts)


def grid(intervals: Sequence[Interval], periods: Iterable[Period]) -> list[Usage]:
    """``usage`` of each of several periods."""
    cells = _cells(intervals)
    return [usage(cells, period) for period in periods]


def _cells(intervals: Sequence[Interval]) -> Cells:
    return intervals if isinstance(intervals, Cells) else Cells.of(intervals)


def ratio(known: timedelta, whole: timedelta) -> Decimal:
    """A share of time with three decimals, rounded down: 1.000 only when nothing is missing."""
    return (Decimal(known // MICROSECOND) / Decimal(whole // MICROSECOND)).quantize(THOUSANDTH, ROUND_DOWN)
