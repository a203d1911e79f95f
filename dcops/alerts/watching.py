"""A look at everything: alerts open, worsen and close, and each channel is to be told once of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dcops.alert_sections import Alerts
from dcops.alerts import store
from dcops.alerts.facts import JobNow, Seen
from dcops.alerts.gathering import gather, limits_of
from dcops.alerts.life import Known, Turn, hold_of, look, turn
from dcops.alerts.models import Alert, AlertNotice
from dcops.alerts.rules import CRITICAL, RULES
from dcops.config import Settings
from inventory.errors import Conflict, Invalid
from inventory.french import counted, cut, instant
from inventory.orm import Transaction
from inventory.turns import take_turn

ALERTS = "alerts"
"""The turn of whoever changes alerts."""
LONGEST_SUBJECT, LONGEST_NAME = 200, 100
_TOLD = (Turn.OPEN, Turn.WORSEN, Turn.CLOSE)
Subject = tuple[str, str]


@dataclass(slots=True)
class Watched:
    """What a look changed, and how many alerts are open after it."""

    open: int = 0
    turns: Counter[Turn] = field(default_factory=Counter)

    def human(self) -> str:
        told = [counted(self.open, "alerte ouverte", "alertes ouvertes")]
        for made, words in zip(_TOLD, ("nouvelle", "aggravée", "terminée"), strict=True):
            told += [counted(self.turns[made], words)] if self.turns[made] else []
        return ", ".join(told)


def see(tx: Transaction, settings: Settings, now: datetime, jobs: Sequence[JobNow] = ()) -> dict[Subject, Seen]:
    """All that is to be seen now, by kind and subject; nothing is written. Raises Invalid on a kind that is none."""
    for kind in set(settings.alerts.off) - RULES.keys():
        raise Invalid(f"réglage alerts.off : « {kind} » n'est pas une alerte. Alertes : {', '.join(RULES)}.")
    already = [subject for subject, row in store.unclosed(tx).items() if row.opened_at is not None]
    return look(gather(tx, settings, now, jobs, already), limits_of(settings), settings.alerts.off)


def record(tx: Transaction, asked: Alerts, seen: Mapping[Subject, Seen], now: datetime) -> Watched:
    """Write what became of the alerts, and who is to be told; nothing is sent here."""
    take_turn(tx, ALERTS)
    known, watched = store.unclosed(tx), Watched()
    for subject in sorted(known.keys() | seen.keys()):
        row, one = known.get(subject), seen.get(subject)
        made = turn(_known(row), one, hold_of(subject[0], timedelta(minutes=asked.hold_minutes)), now)
        row = _written(tx, row, one, made, now)
        if row is not None and made in _TOLD:
            _notify(row, asked, made)
        watched.turns[made] += 1
        watched.open += row is not None and row.opened_at is not None and row.closed_at is None
    return watched


def take(tx: Transaction, number: int, who: str, why: str, now: datetime) -> Alert:
    """Somebody deals with an open alert. Raises NotFound, Conflict when it is over or taken, Invalid with no reason."""
    take_turn(tx, ALERTS)
    row = store.alert(tx, number)
    if row.closed_at is not None:
        raise Conflict(f"l'alerte n° {number} est terminée depuis le {instant(row.closed_at)}.")
    if row.taken_at is not None:
        raise Conflict(f"{row.taken_by} s'occupe déjà de l'alerte n° {number}, depuis le {instant(row.taken_at)}.")
    if not why.strip():
        raise Invalid("dire en quelques mots ce qui est fait de l'alerte.")
    row.taken_at, row.taken_by, row.taken_why = now, cut(who, LONGEST_NAME), why.strip()
    return row


def _known(row: Alert | None) -> Known | None:
    return None if row is None else Known(row.since, row.opened_at is not None, row.severity, row.seen_at)


def _written(tx: Transaction, row: Alert | None, seen: Seen | None, made: Turn, now: datetime) -> Alert | None:
    """The row of an alert after its turn; None when there is none any more."""
    if made is Turn.FORGET:
        tx.delete(row)
        return None
    if made is Turn.CLOSE and row is not None:
        row.closed_at = now
    if seen is None or not seen.message or made is Turn.NOTHING:
        return row
    if row is None:
        row = Alert(kind=seen.kind, subject=seen.subject, since=seen.since or seen.at or now, severity=seen.severity)
        tx.add(row)
    _update(row, seen, made, now)
    return row


def _update(row: Alert, seen: Seen, made: Turn, now: datetime) -> None:
    row.message, row.rack, row.seen_at = seen.message, seen.rack, seen.at or now
    if row.opened_at is None:
        row.severity = seen.severity
    if made is Turn.OPEN:
        row.opened_at = now
    elif made is Turn.WORSEN:
        row.severity, row.taken_at, row.taken_by, row.taken_why = CRITICAL, None, None, ""


def _notify(row: Alert, asked: Alerts, made: Turn) -> None:
    """A notice for each channel that wants alerts as severe; of the end, for those that were told of the beginning."""
    told = {notice.channel for notice in row.notices}
    for channel in asked.channels:
        wanted = row.severity == CRITICAL or channel.minimum_severity != CRITICAL
        if made is Turn.CLOSE and channel.name in told:
            row.notices.append(AlertNotice(channel=channel.name, what=made.value))
        elif made is not Turn.CLOSE and wanted:
            what = made if channel.name in told else Turn.OPEN
            row.notices.append(AlertNotice(channel=channel.name, what=what.value))
