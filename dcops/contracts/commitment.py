"""How long a contract binds: its minimum term, renewals, last days to give notice, what leaving early costs; pure.

Periods are half open: the end of a term is the day after its last day.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

from dcops.money import ZERO

METHOD = (
    "Ce qui aurait été facturé du jour de sortie à la fin de l'engagement, au prix du jour de sortie, au prorata des "
    "jours de chaque année civile."
)
_ONE_DAY = timedelta(days=1)
_FARTHEST = date(9000, 1, 1)


def add_months(day: date, months: int) -> date:
    """The same day some months later (or earlier), or the last day of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Commitment:
    """A contract from ``start`` bound for ``months``, then renewed by ``renewal_months`` at a time; 0: not at all.

    ``notice_months``: how long before the end of a term notice is given, else the contract is renewed.
    """

    start: date
    months: int = 0
    renewal_months: int = 0
    notice_months: int = 0

    @property
    def end(self) -> date | None:
        """The day after the last one of the minimum term; None when there is none."""
        return add_months(self.start, self.months) if self.months else None

    def terms(self) -> Iterator[date]:
        """The ends of the terms one after the other: the minimum term, then each renewal; counted from the start."""
        first = self.months or self.renewal_months
        if first == 0:
            return
        for number in count():
            end = add_months(self.start, first + number * self.renewal_months)
            if end > _FARTHEST:
                return
            yield end
            if self.renewal_months == 0:
                return

    def term_end(self, on: date) -> date | None:
        """The end of the term that holds on a day; None when the contract is bound by no term any more."""
        return next((end for end in self.terms() if end > on), None)

    def notice_by(self, end: date) -> date:
        """The last day on which notice ends the contract at the end of a term."""
        return add_months(end, -self.notice_months) - _ONE_DAY

    def next_notice(self, on: date) -> date | None:
        """The next last day, this one included, to give notice before a renewal; None when nothing is renewed."""
        if self.renewal_months == 0:
            return None
        return next((day for end in self.terms() if (day := self.notice_by(end)) >= on), None)


@dataclass(frozen=True)
class Owed:
    """A yearly price, in exact euros, over the days [start, end)."""

    start: date
    end: date
    yearly: Decimal


def remaining_due(owed: Iterable[Owed], leaving: date, until: date | None) -> Decimal:
    """Euros that leaving before ``until`` costs, rounded once half up; 0 from then on. ``leaving``: first day without.

    ``owed``: the prices up to the end of the commitment, whatever end was recorded.
    """
    if until is None or leaving >= until:
        return ZERO
    exact = sum((exactly(each, max(each.start, leaving), min(each.end, until)) for each in owed), Fraction(0))
    return Decimal((exact * 100 + Fraction(1, 2)).__floor__()).scaleb(-2)


def exactly(owed: Owed, start: date, end: date) -> Fraction:
    """What a yearly price makes over [start, end): by days of each civil year, not rounded."""
    total = Fraction(0)
    while start < end:
        cut = min(end, date(start.year + 1, 1, 1))
        total += Fraction(owed.yearly) * (cut - start).days / (366 if isleap(start.year) else 365)
        start = cut
    return total
