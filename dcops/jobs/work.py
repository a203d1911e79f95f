"""What the scheduled jobs do, and the commands of the same name: gather without a transaction, then record in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from dcops.jobs.asking import asking, uncollected
from dcops.jobs.polling import poll
from dcops.wiring import Parts
from inventory.errors import Unavailable
from inventory.facts import Snapshot
from inventory.french import counted, source_named
from inventory.sources import Source

if TYPE_CHECKING:
    from inventory.reconcile import Policy
    from inventory.report import Report


def ask(parts: Parts, sources: Sequence[Source]) -> list[Snapshot]:
    """Ask sources what they know and keep their answers. Raises Conflict when somebody else is asking one of them."""
    from inventory.asking import gather, record
    from metering.backups.backup_polls import record_stores

    with asking(parts, sources), uncollected():
        snapshots = gather(sources, parts.clock, parts.settings.reconcile.source_timeout_s)
        with parts.database.transaction() as tx:
            record(tx, snapshots)
            record_stores(tx, snapshots, parts.clock.now())
    return snapshots


def compare(parts: Parts) -> tuple[Report, list[Snapshot]]:
    """Ask every source, then open or settle findings; the answers and the findings are kept together or not at all."""
    from dcops.contracts.valuation import Valuation
    from inventory.asking import gather, record
    from inventory.reconcile import reconcile
    from metering.backups.backup_polls import record_stores

    sources = parts.sources()
    with asking(parts, sources), uncollected():
        snapshots = gather(sources, parts.clock, parts.settings.reconcile.source_timeout_s)
        with parts.database.transaction() as tx:
            record(tx, snapshots)
            record_stores(tx, snapshots, parts.clock.now())
            return reconcile(tx, snapshots, Valuation(tx), parts.clock.now(), _policy(parts)), snapshots


def _policy(parts: Parts) -> Policy:
    from inventory.links import Patience
    from inventory.reconcile import Policy

    asked = parts.settings.reconcile
    patience = Patience(asked.missing_runs, asked.missing_hours, asked.ceiling_percent)
    return Policy(patience, timedelta(hours=asked.stale_hours))


def poll_meters(parts: Parts) -> str:
    """Read every meter that has a driver. Raises Unavailable when none answers, once that is recorded."""
    run = poll(parts)
    read = counted(run.devices_ok, "appareil lu", "appareils lus")
    left = f", {run.devices_skipped} en attente" if run.devices_skipped else ""
    told = f"{read}, {run.devices_failed} en échec{left}, {counted(run.readings, 'relevé')}."
    if (run.devices_failed or run.devices_skipped) and not run.devices_ok:
        raise Unavailable(told)
    return told


def roll_up_readings(parts: Parts) -> str:
    """Turn new readings into validated hourly intervals."""
    from metering.exceptions.checking import validate

    with parts.database.transaction() as tx:
        return validate(tx, parts.clock.now(), validation=parts.settings.metering.vee.validation).human()


def synchronise(parts: Parts) -> str:
    """Ask every source what it knows and keep the answers."""
    return _told(ask(parts, parts.sources()))


def reconcile_sources(parts: Parts) -> str:
    """Ask every source, compare, and open or settle findings."""
    report, snapshots = compare(parts)
    changes = f"{counted(report.opened, 'écart nouveau', 'écarts nouveaux')}, {counted(report.resolved, 'résolu')}"
    return f"{changes}, {report.frozen} en attente. {report.left()} {_told(snapshots)}"


def _told(snapshots: Sequence[Snapshot]) -> str:
    """How each source answered."""
    return ", ".join(f"{source_named(snapshot.source)} : {snapshot.status.french}" for snapshot in snapshots) + "."
