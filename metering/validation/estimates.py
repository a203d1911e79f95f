"""The energy of a hole, from what is known beside it: an alternate meter, its edges, the weeks before; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from inventory.clock import PARIS
from metering.cells import Cells
from metering.period import HOUR, Period, floor_hour
from metering.readings import MICROSECOND, Flag, Interval
from metering.usage import usage
from metering.validation.tolerances import Validation

ALTERNATE, LINEAR, WEEKS = "alternate-meter", "linear", "previous-weeks"
METHODS = frozenset({ALTERNATE, LINEAR, WEEKS})
"""The methods of what is estimated without a register; best first, an alternate meter, the edges, the weeks before."""
_MEASURED = frozenset({Flag.ACTUAL, Flag.CALCULATED})
WEEK = timedelta(days=7)


def estimate(hole: Period, own: Cells, other: Cells, validation: Validation) -> list[Interval]:
    """The best estimate of a hole; nothing where no method can tell. See ``proposals``."""
    return next(iter(proposals(hole, own, other, validation).values()), [])


def proposals(hole: Period, own: Cells, other: Cells, validation: Validation) -> dict[str, list[Interval]]:
    """What each method that can tell says of a hole, best first.

    ``own``: the cells of the meter, of the weeks before and on both sides of the hole; ``other``: those of the meter
    that measures the same beside it, empty without one. Only what was measured is believed.
    """
    found = {
        ALTERNATE: _of_other(hole, other),
        LINEAR: _of_edges(hole, own) if hole.end - hole.start <= validation.linear else [],
        WEEKS: _of_weeks(hole, own, validation.weeks),
    }
    return {method: told for method, told in found.items() if told}


def _of_other(hole: Period, other: Cells) -> list[Interval]:
    """What an alternate meter measured meanwhile, cell by cell, where it measured all of it."""
    cells = other.during(hole)
    if cells.known() != hole.end - hole.start or not set(cells.flags()) <= _MEASURED:
        return []
    return [Interval(one.start, one.end, one.wh, Flag.ESTIMATED, ALTERNATE) for one in cells]


def _of_edges(hole: Period, own: Cells) -> list[Interval]:
    """A straight line between the power before and the power after; the one that is known where only one is."""
    near = own.during(Period(hole.start - HOUR, hole.end + HOUR))
    edges = (one for one in near if one.flag in _MEASURED and (one.end == hole.start or one.start == hole.end))
    powers = [Fraction(one.wh, (one.end - one.start) // MICROSECOND) for one in edges]
    if not powers:
        return []
    exact = sum(powers, Fraction(0)) / len(powers) * ((hole.end - hole.start) // MICROSECOND)
    return [Interval(hole.start, hole.end, _rounded(exact), Flag.ESTIMATED, LINEAR)]


def _of_weeks(hole: Period, own: Cells, weeks: int) -> list[Interval]:
    """Hour by hour, the mean of the same weekday and civil hour of the weeks before; their sum is the rounded mean."""
    found: list[Interval] = []
    exact, told = Fraction(0), 0
    for piece in _hours(hole):
        known = [wh for back in range(1, weeks + 1) if (wh := _measured(own, _before(piece, back))) is not None]
        if not known:
            return []
        exact += Fraction(sum(known), len(known))
        found.append(Interval(piece.start, piece.end, _rounded(exact) - told, Flag.ESTIMATED, WEEKS))
        told = _rounded(exact)
    return found


def _hours(hole: Period) -> Iterator[Period]:
    start = hole.start
    while start < hole.end:
        end = min(floor_hour(start) + HOUR, hole.end)
        yield Period(start, end)
        start = end


def _before(piece: Period, weeks: int) -> Period:
    """As long a time, that began at the same hour on the clock so many weeks before."""
    start = (piece.start.astimezone(PARIS).replace(tzinfo=None) - weeks * WEEK).replace(tzinfo=PARIS).astimezone(UTC)
    return Period(start, start + (piece.end - piece.start))


def _measured(cells: Cells, period: Period) -> int | None:
    """The energy of a period, where all of it was measured."""
    found = usage(cells, period)
    whole = found.coverage == 1 and set(found.flags) <= _MEASURED
    return found.wh if whole else None


def _rounded(exact: Fraction) -> int:
    """To whole Wh, half up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def lookback(start: datetime, weeks: int) -> datetime:
    """From when the cells of a meter are needed to estimate what begins at an instant."""
    return start - weeks * WEEK - timedelta(days=1)
