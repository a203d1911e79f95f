"""An alert as the command line and the API tell it."""

from __future__ import annotations

from typing import Any

from dcops.alerts.models import Alert, AlertNotice
from dcops.alerts.rules import title_of
from inventory.french import instant

_WHAT = {"opened": "ouverture", "worsened": "aggravation", "closed": "fin"}


def document(row: Alert) -> dict[str, Any]:
    """Every field, with what each channel was told."""
    plain = ("id", "kind", "subject", "rack", "severity", "message", "taken_by", "taken_why")
    instants = ("since", "opened_at", "seen_at", "closed_at", "taken_at")
    told = {name: getattr(row, name) for name in plain}
    told |= {name: at.isoformat() if (at := getattr(row, name)) else None for name in instants}
    return told | {"notices": [_notice(notice) for notice in row.notices]}


def human(row: Alert) -> str:
    """One line for a person."""
    assert row.opened_at is not None
    until = f" au {instant(row.closed_at)}" if row.closed_at else ""
    severity = "CRITIQUE " if row.severity == "critical" else ""
    taken = f" ({row.taken_by} s'en occupe : {row.taken_why})" if row.taken_by else ""
    head = f"n° {row.id}  {severity}{title_of(row.kind)}, du {instant(row.opened_at)}{until}"
    return f"{head} : {row.message}{taken} [{told_to(row)}]"


def told_to(row: Alert) -> str:
    """Whom it was told to, and who could not be told yet."""
    return ", ".join(_told(notice) for notice in row.notices) or "aucun canal"


def _told(notice: AlertNotice) -> str:
    head = f"{notice.channel}, {_WHAT[notice.what]}"
    if notice.sent_at is not None:
        return f"{head} le {instant(notice.sent_at)}" + (f" ({notice.error})" if notice.error else "")
    return f"{head} : pas encore" + (f" ({notice.error.rstrip('.')})" if notice.error else "")


def _notice(notice: AlertNotice) -> dict[str, Any]:
    sent = notice.sent_at.isoformat() if notice.sent_at else None
    told = {name: getattr(notice, name) for name in ("channel", "what", "attempts", "error")}
    return {**told, "sent_at": sent}
