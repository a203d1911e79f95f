"""What the scheduled jobs do: gather without a transaction, then record in one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dcops.wiring import Parts
from inventory.facts import Snapshot


def poll_meters(parts: Parts) -> str:
    """Read every meter that has a driver."""
    from metering import poll

    settings, started = parts.settings.metering, parts.clock.now()
    with parts.database.transaction() as tx:
        targets = poll.targets(tx)
    answers = asyncio.run(poll.collect(targets, parts.drivers(), settings.concurrency, settings.timeout_s))
    with parts.database.transaction() as tx:
        run = poll.record(tx, answers, started, parts.clock.now())
        return f"{run.devices_ok} appareil(s) lu(s), {run.devices_failed} en échec, {run.readings} relevé(s)."


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
    return (
        f"{report.opened} écart(s) nouveau(x), {report.resolved} résolu(s), {report.frozen} en attente, "
        f"{report.active} à traiter, {report.eur_per_year} € par an. {_told(snapshots)}"
    )


def _told(snapshots: Sequence[Snapshot]) -> str:
    """How each source answered."""
    return ", ".join(f"{snapshot.source} : {snapshot.status}" for snapshot in snapshots) + "."
