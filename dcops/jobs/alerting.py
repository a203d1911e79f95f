"""Looking for alerts and telling the channels: facts first, then what became of them, then the network, alone."""

from __future__ import annotations

from collections.abc import Iterator

from dcops.alert_sections import Channel
from dcops.alerts.facts import JobNow
from dcops.alerts.telling import due_messages, record_sent, send
from dcops.alerts.watching import record, see
from dcops.wiring import Parts
from inventory.errors import Unavailable


def watch(parts: Parts) -> str:
    """Look at everything, then tell each channel what it does not know. Raises Unavailable when one cannot be told."""
    jobs, now = _jobs(parts), parts.clock.now()
    with parts.database.transaction() as tx:
        seen = see(tx, parts.settings, now, jobs)
    with parts.database.transaction() as tx:
        watched = record(tx, parts.settings.alerts, seen, now)
    faults = [fault for channel in parts.settings.alerts.channels for fault in tell(parts, channel)]
    if faults:
        raise Unavailable(f"{watched.human()}. {' '.join(faults)}")
    return f"{watched.human()}."


def tell(parts: Parts, channel: Channel) -> Iterator[str]:
    """Send a channel what is due to it; answers what went wrong. No transaction is open meanwhile."""
    with parts.database.transaction() as tx:
        messages = due_messages(tx, parts.settings, channel, parts.clock.now())
    for message in messages:
        outcome = send(channel, message, parts.environ)
        with parts.database.transaction() as tx:
            record_sent(tx, channel, message, outcome, parts.clock.now())
        if not outcome.sent:
            yield outcome.remark


def _jobs(parts: Parts) -> list[JobNow]:
    """The jobs that are late, or of which the last run failed."""
    from dcops.jobs.table import overview

    return [
        JobNow(job.name, job.title, job.late, job.last_success_at, job.message)
        for job in overview(parts)
        if job.late or job.outcome == "failed"
    ]
