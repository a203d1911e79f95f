"""What the API is asked and answers about alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from dcops.api.queries import PageQuery
from dcops.api.shapes import Answer


class AlertsQuery(PageQuery):
    state: Literal["open", "closed", "all"] = "open"
    kind: str | None = Field(None, max_length=40, examples=["feed-load"])


class Notice(Answer):
    channel: str = Field(description="`email`, or the name of a webhook.")
    what: Literal["opened", "worsened", "closed"]
    attempts: int
    sent_at: datetime | None = Field(description="Without it, it is still to be sent.")
    error: str


class Alert(Answer):
    id: int
    kind: str = Field(examples=["feed-load"])
    subject: str = Field(examples=["baie:A01/A", "compteur:PDU-1"])
    rack: str | None
    severity: Literal["warning", "critical"]
    message: str = Field(description="In French.")
    since: datetime = Field(description="When it began, as far as is known.")
    opened_at: datetime
    seen_at: datetime = Field(description="When what proves it was last observed.")
    closed_at: datetime | None
    taken_at: datetime | None = Field(description="When somebody said to deal with it.")
    taken_by: str | None
    taken_why: str
    notices: list[Notice]


class Alerts(Answer):
    items: list[Alert]
    next: str | None
