"""What is said of alerts in one message: a subject, a text for people, a document for programs; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dcops.alerts.rules import CRITICAL, title_of
from inventory.french import counted, cut, instant, typeset

LONGEST_SUBJECT, MOST_LINES = 150, 100
VERSION = 1


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell of an alert: that it opened, worsened or closed (``event``)."""

    event: str
    id: int
    kind: str
    subject: str
    rack: str | None
    severity: str
    message: str
    opened_at: datetime
    closed_at: datetime | None

    def document(self) -> dict[str, Any]:
        """As a webhook tells it; instants are ISO 8601, UTC."""
        plain = ("event", "id", "kind", "subject", "rack", "severity", "message")
        closed = self.closed_at.isoformat() if self.closed_at else None
        told = {name: getattr(self, name) for name in plain}
        return {**told, "opened_at": self.opened_at.isoformat(), "closed_at": closed}


@dataclass(frozen=True, slots=True)
class Message:
    """All that one channel is told at once. ``delivery`` names it, the same when it is sent again."""

    delivery: str
    at: datetime
    site: str
    url: str
    news: Sequence[News]

    @property
    def subject(self) -> str:
        """One line: what happened when it is one thing, how many when they are more."""
        if len(self.news) == 1:
            return typeset(cut(f"[dcops] {_alone(self.news[0])}", LONGEST_SUBJECT))
        told = [
            counted(len(self._of(event)), *words)
            for event, words in (
                ("opened", ("alerte", "alertes")),
                ("worsened", ("alerte aggravée", "alertes aggravées")),
                ("closed", ("alerte terminée", "alertes terminées")),
            )
            if self._of(event)
        ]
        critical = sum(one.severity == CRITICAL and one.event != "closed" for one in self.news)
        severe = f" ({counted(critical, 'critique')})" if critical else ""
        return typeset(f"[dcops] {', '.join(told)}{severe}")

    @property
    def text(self) -> str:
        """Plain text: what opened first, the worst of it above, then what is over."""
        lines = [*self._part("worsened", "Aggravées"), *self._part("opened", "Nouvelles")]
        lines += [
            *self._part("closed", "Terminées"),
            f"Toutes les alertes : {self.url}",
            "",
            "-- ",
            f"dcops, {self.site}",
        ]
        return typeset("\n".join(lines)) + "\n"

    def document(self) -> dict[str, Any]:
        """What a webhook receives; ``text`` is for chat rooms that show only that."""
        head = {"version": VERSION, "delivery": self.delivery, "sent_at": self.at.isoformat()}
        body = {"site": self.site, "url": self.url, "text": f"{self.subject}\n{self.text}"}
        return {**head, **body, "alerts": [one.document() for one in self.news]}

    def _of(self, event: str) -> list[News]:
        return [one for one in self.news if one.event == event]

    def _part(self, event: str, title: str) -> Iterator[str]:
        found = sorted(self._of(event), key=lambda one: (one.severity, one.opened_at, one.id))
        if not found:
            return
        yield f"{title} ({len(found)})"
        yield from (f"- {_line(one)}" for one in found[:MOST_LINES])
        if len(found) > MOST_LINES:
            yield f"… et {counted(len(found) - MOST_LINES, 'autre')}, sur la page des alertes."
        yield ""


def _alone(one: News) -> str:
    over = {"closed": "Terminé : ", "worsened": "Aggravé : "}.get(one.event, "")
    return f"{over}{_flat(one.message)}".rstrip(".")


def _line(one: News) -> str:
    severity = "CRITIQUE, " if one.severity == CRITICAL and one.event != "closed" else ""
    until = f" jusqu'au {instant(one.closed_at)}" if one.closed_at else ""
    return f"{severity}{title_of(one.kind)}, depuis le {instant(one.opened_at)}{until} : {_flat(one.message)}"


def _flat(text: str) -> str:
    """On one line, whatever names hold."""
    return " ".join(text.split())
