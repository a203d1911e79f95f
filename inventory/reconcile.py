"""The reconciliation: ask every source, keep what it told, and settle the findings with what the comparison shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from inventory import store
from inventory.clock import Clock, SystemClock, civil_date
from inventory.compare import Comparison, Difference, Resources, examine
from inventory.evidence import document_of
from inventory.facts import Scope, ScopeStatus, Snapshot
from inventory.findings import ACTIVE, Changes, Key, Known, Move, State, settle
from inventory.match import SOLD
from inventory.models import Finding, FindingMove, SourceSnapshot
from inventory.orm import Transaction
from inventory.report import Report, described
from inventory.sources import Source
from inventory.turns import FINDINGS, take_turn

Valuation = Callable[[str | None, Resources, date], Decimal]
"""Euros per year of resources for a customer code at the tariff of a day; never negative."""

WHO = "rapprochement"
_NOTHING = Resources()


def gather(sources: Sequence[Source], clock: Clock | None = None) -> list[Snapshot]:
    """Ask every source at the same time; one that raises answers a FAILED scope, never nothing. No transaction."""
    if not sources:
        return []
    asked = clock or SystemClock()
    with ThreadPoolExecutor(max_workers=len(sources)) as pool:
        return list(pool.map(lambda source: _ask(source, asked), sources))


def _ask(source: Source, clock: Clock) -> Snapshot:
    at, started = clock.now(), time.perf_counter()
    try:
        return source.facts()
    except Exception as error:  # whatever a source does, the others are heard
        fault = f"la source {source.name} a échoué : {type(error).__name__}."
        kind = getattr(source, "kind", "unknown")
        scope = Scope(source.name, ScopeStatus.FAILED, faults=(fault,))
        return Snapshot(source.name, kind, at, time.perf_counter() - started, (scope,))


def record(tx: Transaction, snapshots: Sequence[Snapshot]) -> None:
    """Keep what the sources told, one row per scope, as evidence; a sudden emptiness is kept as PARTIAL.

    The same answer as the last time makes no new row: it prolongs the one there is.
    """
    take_turn(tx, FINDINGS)
    latest = {(row.source, row.scope): row for row in store.latest_snapshots(tx, with_facts=True)}
    for snapshot in doubted(tx, snapshots):
        for scope in snapshot.scopes:
            told = {
                "kind": snapshot.kind,
                "status": scope.status.value,
                "object_count": len(scope.facts),
                "facts": [document_of(fact) for fact in scope.facts],
                "faults": list(scope.faults),
            }
            row = latest.get((snapshot.source, scope.name))
            if row is not None and all(getattr(row, name) == value for name, value in told.items()):
                row.since = row.since or row.taken_at
            else:
                row = SourceSnapshot(source=snapshot.source, scope=scope.name, **told)
                tx.add(row)
            row.taken_at, row.duration_s = snapshot.taken_at, snapshot.duration_s
    tx.flush()


def doubted(tx: Transaction, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """The snapshots, a scope that is empty where it had objects being PARTIAL: nothing is concluded from it.

    The contracts are believed: their table is ours.
    """
    told = store.scopes_that_told(tx)

    def doubt(snapshot: Snapshot, scope: Scope) -> Scope:
        complete = scope.status is ScopeStatus.COMPLETE and not scope.facts
        if not complete or snapshot.kind == SOLD or (snapshot.source, scope.name) not in told:
            return scope
        fault = f"{snapshot.source} / {scope.name} : réponse vide là où il y avait des objets ; vérifier les droits."
        return replace(scope, status=ScopeStatus.PARTIAL, faults=(*scope.faults, fault))

    return [replace(one, scopes=tuple(doubt(one, scope) for scope in one.scopes)) for one in snapshots]


def reconcile(tx: Transaction, snapshots: Sequence[Snapshot], valuation: Valuation, now: datetime) -> Report:
    """Compare one run's snapshots and settle the findings; a second run with nothing changed opens nothing."""
    take_turn(tx, FINDINGS)
    snapshots = doubted(tx, snapshots)
    rows = {(row.thing, row.rule, row.field): row for row in store.findings(tx)}
    comparison = examine(snapshots, civil_date(now), names=store.customer_names(tx))
    changes = settle(
        {key: _known(key, row) for key, row in rows.items()},
        comparison.differences,
        comparison.trusted,
        now,
        comparison.unsure,
        frozenset(snapshot.source for snapshot in snapshots),
    )
    _write(tx, rows, changes, _Writing(comparison, valuation, now, _customer_ids(tx)))
    active = [row for row in rows.values() if row.state in ACTIVE]
    return Report(
        now,
        tuple(described(snapshots)),
        len(changes.opened),
        sum(move.after is State.REOPENED for move in changes.moves),
        len(changes.seen),
        sum(move.after in (State.AUTO_RESOLVED, State.VERIFIED) for move in changes.moves),
        len(changes.frozen),
        len(active),
        sum((row.eur_per_year for row in active), Decimal("0.00")),
    )


def _known(key: Key, row: Finding) -> Known:
    values = (row.sold, row.documented, row.real)
    customer = row.customer.code if row.customer else None
    return Known(key, State(row.state), row.scope, values, frozenset(row.sources), row.ignored_until, customer)


def _customer_ids(tx: Transaction) -> dict[str, int]:
    return {customer.code: customer.id for customer in store.customers(tx)}


@dataclass(frozen=True)
class _Writing:
    """What writing findings needs besides the changes themselves."""

    comparison: Comparison
    valuation: Valuation
    now: datetime
    customer_ids: Mapping[str, int]

    def values(self, difference: Difference) -> dict[str, Any]:
        """The columns that a difference decides each time it is seen."""
        code = difference.customer if difference.customer in self.customer_ids else None
        return {
            "scope": difference.scope,
            "title": difference.title[:200],
            "customer_id": self.customer_ids.get(code or ""),
            "sold": difference.sold,
            "documented": difference.documented,
            "real": difference.real,
            "eur_per_year": self._euros(code, difference.resources),
            "last_seen": self.now,
            "frozen": False,
            "sources": self.comparison.answers.evidence(difference.rule, difference.scope),
        }

    def _euros(self, code: str | None, resources: Resources) -> Decimal:
        if resources == _NOTHING:
            return Decimal("0.00")
        return self.valuation(code, resources, civil_date(self.now))


def _write(tx: Transaction, rows: dict[Key, Finding], changes: Changes, writing: _Writing) -> None:
    for difference in changes.opened:
        thing, rule, field = difference.key
        row = Finding(
            thing=thing, rule=rule, field=field, state=State.OPEN, first_seen=writing.now, **writing.values(difference)
        )
        row.moves.append(FindingMove(at=writing.now, before=None, after=State.OPEN, who=WHO, why="premier constat"))
        tx.add(row)
        rows[difference.key] = row
    for difference in changes.seen:
        for column, value in writing.values(difference).items():
            setattr(rows[difference.key], column, value)
    for key in changes.frozen:
        rows[key].frozen = True
    for move in changes.moves:
        _move(tx, rows[move.key], move, writing.now)
    tx.flush()


def _move(tx: Transaction, row: Finding, move: Move, now: datetime) -> None:
    """Record a move of a run. What comes back after it was settled counts its euros from now."""
    if row.state in (State.AUTO_RESOLVED, State.VERIFIED):
        row.first_seen = now
    tx.add(FindingMove(finding_id=row.id, at=now, before=row.state, after=move.after, who=WHO, why=move.why))
    row.state, row.frozen = move.after, False
    if move.after is State.REOPENED:
        row.ignored_until = None
