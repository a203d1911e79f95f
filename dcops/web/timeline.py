"""A subscription drawn over time: one bar per term, today, and the end of its commitment; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dcops.contracts.terms import Term

WIDTH = 1000
_MARGIN = timedelta(days=60)


@dataclass(frozen=True)
class Bar:
    """One term from ``x`` over ``width``; ``open``: it runs on beyond the picture."""

    term: Term
    x: float
    width: float
    open: bool


@dataclass(frozen=True)
class Timeline:
    """Places are out of ``WIDTH``; ``bound`` is the end of the commitment, None when there is none."""

    start: date
    end: date
    bars: Sequence[Bar]
    today: float | None
    bound: float | None
    years: Sequence[tuple[int, float]]


def timeline(terms: Sequence[Term], today: date, bound: date | None) -> Timeline:
    """The picture of a subscription, from its first day to its end, its commitment and some days from now."""
    start = terms[0].start
    known = [day for term in terms for day in (term.start, term.end) if day is not None]
    end = max([*known, *([bound] if bound else []), *([today] if terms[-1].end is None else [])]) + _MARGIN
    days = (end - start).days

    def place(day: date) -> float:
        return round(WIDTH * (min(day, end) - start).days / days, 1)

    bars = [
        Bar(term, place(term.start), place(term.end or end) - place(term.start), term.end is None) for term in terms
    ]
    years = [(year, place(date(year, 1, 1))) for year in range(start.year + 1, end.year + 1)]
    seen = place(today) if start <= today <= end else None
    return Timeline(start, end, bars, seen, place(bound) if bound else None, years)
