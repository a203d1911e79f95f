"""What forms of space share: the kinds of shares in French, days as people say them."""

from __future__ import annotations

from datetime import date, timedelta

KINDS = [("full", "Baie entière"), ("half", "1/2 baie"), ("quarter", "1/4 de baie"), ("unit", "U à l’unité")]
"""The kinds of shares, the largest first."""
_ONE_DAY = timedelta(days=1)


def last_day_of(last: date | None) -> date | None:
    """The day after the last one that was typed: what is recorded."""
    return None if last is None else last + _ONE_DAY


def first_day(today: date) -> date:
    """The first day of the next month: when most shares begin."""
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
