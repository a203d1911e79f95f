"""The life of an alert: when it opens, worsens, closes; what is seen for a moment only is forgotten; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from dcops.alerts.facts import Facts, Limits, Seen
from dcops.alerts.rules import CRITICAL, RULES


class Turn(Enum):
    """What becomes of an alert in a run."""

    WAIT = "wait"  # seen, not for long enough
    OPEN = "opened"
    KEEP = "keep"
    WORSEN = "worsened"
    CLOSE = "closed"
    FORGET = "forget"  # it never opened, and is no more
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Known:
    """An alert that is not closed: since when, and when it was last proven."""

    since: datetime
    opened: bool
    severity: str
    seen_at: datetime


def look(facts: Facts, limits: Limits, off: Iterable[str] = ()) -> dict[tuple[str, str], Seen]:
    """All that is seen, by (kind, subject)."""
    wanted = [rule for kind, rule in RULES.items() if kind not in set(off)]
    return {(seen.kind, seen.subject): seen for rule in wanted for seen in rule.see(facts, limits)}


def hold_of(kind: str, hold: timedelta) -> timedelta:
    """How long an alert of a kind must last, and be over."""
    return hold if kind in RULES and RULES[kind].varies else timedelta(0)


def turn(known: Known | None, seen: Seen | None, hold: timedelta, now: datetime) -> Turn:
    """What becomes of an alert. Its age is that of what proves it: one observation told many times proves once."""
    if seen is not None and not seen.message:
        return Turn.KEEP if known else Turn.NOTHING
    if seen is None:
        return _unseen(known, hold, now)
    if known is not None and known.opened:
        return Turn.WORSEN if seen.severity == CRITICAL != known.severity else Turn.KEEP
    at = seen.at or now
    since = min(known.since if known else at, seen.since or at)
    return Turn.OPEN if at - since >= hold else Turn.WAIT


def _unseen(known: Known | None, hold: timedelta, now: datetime) -> Turn:
    if known is None:
        return Turn.NOTHING
    if not known.opened:
        return Turn.FORGET
    return Turn.CLOSE if now - known.seen_at >= hold else Turn.KEEP
