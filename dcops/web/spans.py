"""The span of days a page is asked for: from the query string, with a last day that people mean as included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from inventory.errors import Invalid
from metering.period import Period, floor_hour, of_days

LONGEST_DAYS = 3 * 366


@dataclass(frozen=True)
class Days:
    """The civil days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def period(self) -> Period:
        return of_days(self.first, self.last + timedelta(days=1))

    @property
    def args(self) -> dict[str, Any]:
        """As an address tells them, see ``asked_days``."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}

    def counted(self, now: datetime) -> Period:
        """The same until the last whole hour: the one that runs is not counted yet."""
        return self.until(floor_hour(now))

    def until(self, now: datetime) -> Period:
        """The same cut at now: the future has no energy and must not lower a coverage. All of it when all is future."""
        whole = self.period
        return Period(whole.start, min(whole.end, now)) if whole.start < now else whole


def asked_days(args: Mapping[str, str], default: Days) -> Days:
    """``?from=2024-03-01&to=2024-03-31``. Raises Invalid when it is no span of at most three years."""
    days = Days(_day(args.get("from"), default.first), _day(args.get("to"), default.last))
    if days.last < days.first:
        raise Invalid(f"période inversée : du {days.first:%d/%m/%Y} au {days.last:%d/%m/%Y}. Échangez les deux dates.")
    if (days.last - days.first).days > LONGEST_DAYS:
        raise Invalid("période trop longue : trois ans au plus. Rapprochez les deux dates.")
    return days


def last_days(today: date, count: int) -> Days:
    """So many days, today included."""
    return Days(today - timedelta(days=count - 1), today)


def quick_spans(today: date) -> list[tuple[str, Days]]:
    """The periods that people ask for most, in words."""
    this, last = month_before(today, 0), month_before(today, 1)
    return [
        ("7 jours", last_days(today, 7)),
        ("31 jours", last_days(today, 31)),
        ("Ce mois-ci", Days(this, today)),
        ("Mois dernier", Days(last, this - timedelta(days=1))),
        ("3 mois", Days(month_before(today, 3), this - timedelta(days=1))),
        ("12 mois", Days(month_before(today, 12), this - timedelta(days=1))),
    ]


def asked_month(args: Mapping[str, str], default: date) -> Days:
    """``?month=2024-03``. Raises Invalid when it is no month."""
    text = args.get("month") or f"{default:%Y-%m}"
    first = _day(f"{text}-01", default)
    return Days(first, date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1))


def _day(text: str | None, default: date) -> date:
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"« {text} » n’est pas une date : écrivez par exemple 2024-03-31.") from None
    if not 2000 <= found.year <= 2200:
        raise Invalid(f"« {text} » : l’année est hors limites (de 2000 à 2200).")
    return found


def month_before(day: date, count: int) -> date:
    """The first day of the month some months before a day's."""
    months = day.year * 12 + day.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)
