"""When a device that does not answer is asked again: later and later, up to a limit; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

MOST_DOUBLINGS = 20


def retry_at(asked_at: datetime, failures: int, interval: timedelta, longest: timedelta) -> datetime:
    """From when on a device is asked again, that failed so many rounds in a row, the last one begun at ``asked_at``.

    It waits for 1, 2, 4, 8… rounds, and never longer than ``longest``. Half a round is taken off: the next rounds do
    not begin at the very second, and one that is a little early must not be missed.
    """
    rounds = 1 << min(max(failures, 1) - 1, MOST_DOUBLINGS)
    return asked_at + min(interval * rounds, max(longest, interval)) - interval / 2


def rests(until: datetime | None, at: datetime) -> bool:
    """Whether a device is left alone at an instant."""
    return until is not None and at < until
