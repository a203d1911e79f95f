"""The reconciliation: compare what the sources told, settle the findings, and remember what the next run must know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from inventory import store
from inventory.asking import doubted
from inventory.clock import civil_date
from inventory.compare import Comparison, Resources, Tolerances, examine
from inventory.facts import Snapshot
from inventory.finding_rows import Writing, corrected_since, known_of, rename, write
from inventory.findings import ACTIVE, Changes, Key, State, settle
from inventory.link_rows import keep_links, link_of
from inventory.links import Memory, Patience
from inventory.models import Finding, Reconciliation
from inventory.orm import Transaction
from inventory.report import Report, described
from inventory.stale_rules import stale_differences
from inventory.turns import FINDINGS, take_turn

Valuation = Callable[[str | None, Resources, date], Decimal]
"""Euros per year of resources for a customer code at the tariff of a day; never negative."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator decides of a run: when an absence is believed, when a silence is too long, what is the same."""

    patience: Patience = field(default_factory=Patience)
    stale_after: timedelta = timedelta(hours=48)
    tolerances: Tolerances = field(default_factory=Tolerances)


def reconcile(
    tx: Transaction, snapshots: Sequence[Snapshot], valuation: Valuation, now: datetime, policy: Policy | None = None
) -> Report:
    """Compare one run's snapshots and settle the findings; a second run with nothing changed writes no row."""
    take_turn(tx, FINDINGS)
    policy = policy or Policy()
    snapshots = doubted(tx, snapshots)
    links = store.guest_links(tx)
    memory = Memory([link_of(row) for row in links], now, policy.patience)
    comparison = _compared(tx, snapshots, memory, policy)
    rows = {(row.thing, row.rule, row.field): row for row in store.findings(tx)}
    rename(tx, rows, comparison.moved)
    last = store.last_run(tx)
    wait = corrected_since(tx, rows, {snapshot.source: snapshot.taken_at for snapshot in snapshots})
    changes = settle(
        {key: known_of(key, row) for key, row in rows.items() if key not in wait},
        [difference for difference in comparison.differences if difference.key not in wait],
        comparison.trusted,
        now,
        comparison.unsure,
        frozenset(snapshot.source for snapshot in snapshots),
    )
    customers = {customer.code: customer.id for customer in store.customers(tx)}
    writing = Writing(comparison, valuation, now, last.last_at if last else None, customers)
    write(tx, rows, changes, writing)
    keep_links(tx, links, memory.links, comparison.conclusion.links, now)
    report = _report(snapshots, rows, changes, comparison, now)
    _remember(tx, last, report)
    return report


def _compared(tx: Transaction, snapshots: Sequence[Snapshot], memory: Memory, policy: Policy) -> Comparison:
    """What the sources show, and what is to be said of the sources themselves."""
    assert memory.now is not None
    today, names = civil_date(memory.now), store.customer_names(tx)
    comparison = examine(snapshots, today, policy.tolerances, names, memory)
    late = stale_differences(snapshots, dict(store.last_complete(tx)), memory.now, policy.stale_after)
    return replace(comparison, differences=(*comparison.differences, *late))


def _report(
    snapshots: Sequence[Snapshot],
    rows: Mapping[Key, Finding],
    changes: Changes,
    comparison: Comparison,
    now: datetime,
) -> Report:
    active = [row for row in rows.values() if row.state in ACTIVE]
    settled = (State.AUTO_RESOLVED, State.VERIFIED)
    return Report(
        now,
        tuple(described(snapshots)),
        len(changes.opened),
        sum(move.after is State.REOPENED for move in changes.moves),
        len(changes.seen),
        sum(move.after in settled for move in changes.moves),
        len(changes.frozen),
        len(active),
        sum((row.eur_per_year for row in active), Decimal("0.00")),
        comparison.conclusion.withheld,
        comparison.conclusion.moved,
    )


def _remember(tx: Transaction, last: Reconciliation | None, report: Report) -> None:
    """Keep what the run concluded: a row, unless it is what the last one did."""
    totals = (report.frozen, report.active, report.eur_per_year, dict(report.withheld))
    quiet = not (report.opened or report.reopened or report.resolved)
    if last is not None and quiet and totals == (last.frozen, last.active, last.eur_per_year, last.withheld):
        last.last_at = report.at
        return
    tx.add(
        Reconciliation(
            at=report.at, last_at=report.at, opened=report.opened, reopened=report.reopened, resolved=report.resolved,
            frozen=report.frozen, active=report.active, eur_per_year=report.eur_per_year,
            withheld=dict(report.withheld),
        )
    )  # fmt: skip
