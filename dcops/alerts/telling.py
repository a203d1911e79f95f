"""Tells each channel what is due to it, in one message: what is to be sent is written before, what came of it after."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from dcops.alert_sections import Channel, Email
from dcops.alerts import store
from dcops.alerts.message import Message, News
from dcops.alerts.models import AlertNotice
from dcops.alerts.sending import Doubtful
from dcops.config import Settings
from inventory.errors import DomainError
from inventory.orm import Transaction

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
PAGE = "alertes/"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message. ``doubtful``: it may have arrived; ``remark``: what was refused of it."""

    sent: bool
    doubtful: bool = False
    remark: str = ""


def due_messages(tx: Transaction, settings: Settings, channel: Channel, now: datetime) -> list[Message]:
    """What is to be sent to a channel now, marked as on its way: it is not sent again before a wait that doubles.

    All that is new makes one message. What left before and may have arrived is sent again as it was, under its name.
    """
    groups: dict[str, list[AlertNotice]] = defaultdict(list)
    fresh = uuid4().hex
    for notice in store.due(tx, channel.name, now):
        notice.delivery = notice.delivery or fresh
        notice.attempts += 1
        notice.retry_at = now + wait_after(notice.attempts)
        groups[notice.delivery].append(notice)
    return [_message(settings, delivery, now, notices) for delivery, notices in groups.items()]


def wait_after(attempts: int) -> timedelta:
    """How long a channel is left alone after so many attempts."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def send(channel: Channel, message: Message, environ: Mapping[str, str]) -> Outcome:
    """Hand a message to a channel; never raises: a channel that fails must not keep the others waiting."""
    from dcops.alerts import mail, webhooks

    try:
        if isinstance(channel, Email):
            return Outcome(True, remark=mail.send(channel, message, environ))
        return Outcome(True, remark=webhooks.send(channel, message, environ))
    except DomainError as error:
        log.warning("alerts to %s: %s", channel.name, error)
        return Outcome(False, isinstance(error, Doubtful), str(error))
    except Exception as error:
        log.exception("alerts to %s", channel.name)
        return Outcome(False, True, f"erreur interne : {type(error).__name__} (voir le journal).")


def record_sent(tx: Transaction, channel: Channel, message: Message, outcome: Outcome, now: datetime) -> None:
    """Write what came of a message. One that surely did not arrive is put together anew, with what came meanwhile."""
    for notice in store.of_delivery(tx, channel.name, message.delivery):
        notice.error = outcome.remark
        if outcome.sent:
            notice.sent_at, notice.retry_at = now, None
        elif not outcome.doubtful:
            notice.delivery = None


def trial(settings: Settings, now: datetime) -> Message:
    """A message that says that it is a trial."""
    words = "Ceci est un essai : les alertes de ce canal arriveront ici."
    news = News("opened", 0, "essai", "essai", None, "warning", words, now, None)
    return Message(uuid4().hex, now, settings.operator.name, page_url(settings), [news])


def page_url(settings: Settings) -> str:
    """The address of the page of alerts."""
    return f"{settings.web.base_url.rstrip('/')}/{PAGE}"


def _message(settings: Settings, delivery: str, now: datetime, notices: Sequence[AlertNotice]) -> Message:
    news = [_news(notice) for notice in notices]
    return Message(delivery, now, settings.operator.name, page_url(settings), news)


def _news(notice: AlertNotice) -> News:
    row = notice.alert
    assert row.opened_at is not None
    plain = (row.id, row.kind, row.subject, row.rack, row.severity, row.message, row.opened_at)
    return News(notice.what, *plain, row.closed_at if notice.what == "closed" else None)
