"""What the scheduled jobs do: gather without a transaction, then record in one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dcops.wiring import Parts
from inventory.errors import Unavailable
from inventory.facts import Snapshot
from inventory.french import counted


def poll_meters(parts: Parts) -> str:
    """Read every meter that has a driver. Raises Unavailable when none answers, once that is recorded."""
    from metering import poll

    settings, started = parts.settings.metering, parts.clock.now()
    with parts.database.transaction() as tx:
        targets = poll.targets(tx, started)
    round_ = poll.collect(targets, parts.drivers(), settings.concurrency, settings.timeout_s, parts.clock)
    answers = asyncio.run(round_)
    with parts.database.transaction() as tx:
        run = poll.record(tx, answers, started, parts.clock.now())
        read = counted(run.devices_ok, "appareil lu", "appareils lus")
        told = f"{read}, {run.devices_failed} en échec, {counted(run.readings, 'relevé')}."
        silent = bool(run.devices_failed and not run.devices_ok)
    if silent:
        raise Unavailable(told)
    return told


def roll_up_readings(parts: Parts) -> str:
    """Turn new readings into validated hourly intervals."""
    from metering.roll_up import roll_up

    with parts.database.transaction() as tx:
        return roll_up(tx, parts.clock.now()).human()


def synchronise(parts: Parts) -> str:
    """Ask every source what it knows and keep the answers."""
    from inventory.reconcile import gather, record

    snapshots = gather(parts.sources(), parts.clock)
    with parts.database.transaction() as tx:
        record(tx, snapshots)
    return _told(snapshots)


def reconcile_sources(parts: Parts) -> str:
    """Ask every source, compare, and open or settle findings."""
    from dcops.contracts.valuation import Valuation
    from inventory.reconcile import gather, reconcile, record

    snapshots = gather(parts.sources(), parts.clock)
    with parts.database.transaction() as tx:
        record(tx, snapshots)
        report = reconcile(tx, snapshots, Valuation(tx), parts.clock.now())
    changes = f"{counted(report.opened, 'écart nouveau', 'écarts nouveaux')}, {counted(report.resolved, 'résolu')}"
    return f"{changes}, {report.frozen} en attente. {report.left()} {_told(snapshots)}"


def _told(snapshots: Sequence[Snapshot]) -> str:
    """How each source answered."""
    return ", ".join(f"{snapshot.source} : {snapshot.status.french}" for snapshot in snapshots) + "."
