"""Asking every source at the same time, and keeping what they told as evidence."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Thread

from inventory import store
from inventory.clock import Clock, SystemClock
from inventory.evidence import digest_of, document_of
from inventory.facts import Scope, ScopeStatus, Snapshot
from inventory.match import SOLD
from inventory.models import SourceSnapshot
from inventory.orm import Transaction
from inventory.sources import Source
from inventory.turns import FINDINGS, take_turn

LONGEST_S = 900.0


def gather(sources: Sequence[Source], clock: Clock | None = None, limit_s: float = LONGEST_S) -> list[Snapshot]:
    """Ask every source at the same time; one that raises, or is not done in ``limit_s`` seconds, answers a FAILED
    scope, never nothing, and the others are heard. No transaction."""
    asked = clock or SystemClock()
    answers: dict[int, Snapshot] = {}
    threads = [
        Thread(target=_ask, args=(number, source, asked, answers), daemon=True) for number, source in enumerate(sources)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    heard = dict(answers)  # what comes later is not heard: its thread ends by itself
    return [heard.get(number) or _too_long(source, asked, limit_s) for number, source in enumerate(sources)]


def _ask(number: int, source: Source, clock: Clock, answers: dict[int, Snapshot]) -> None:
    at, started = clock.now(), time.perf_counter()
    try:
        answers[number] = _digested(source.facts())
    except Exception as error:  # whatever a source does, the others are heard
        fault = f"la source {source.name} a échoué : {type(error).__name__}."
        answers[number] = Snapshot(
            source.name, _kind(source), at, time.perf_counter() - started, _failed(source, fault)
        )


def _digested(snapshot: Snapshot) -> Snapshot:
    """With the digests that ``record`` needs: a source that answers soon works them out while others are waited for."""
    scopes = tuple(replace(scope, digest=digest_of(scope.facts)) for scope in snapshot.scopes)
    return replace(snapshot, scopes=scopes)


def _too_long(source: Source, clock: Clock, limit_s: float) -> Snapshot:
    remedy = "voir pourquoi, ou augmenter reconcile.source_timeout_s"
    fault = f"la source {source.name} n'a pas fini en {limit_s:g} s : {remedy}."
    return Snapshot(source.name, _kind(source), clock.now(), limit_s, _failed(source, fault))


def _failed(source: Source, fault: str) -> tuple[Scope, ...]:
    return (Scope(source.name, ScopeStatus.FAILED, faults=(fault,), subject=getattr(source, "subject", None)),)


def _kind(source: Source) -> str:
    return getattr(source, "kind", "unknown")


def record(tx: Transaction, snapshots: Sequence[Snapshot]) -> None:
    """Keep what the sources told, one row per scope, as evidence; a sudden emptiness is kept as PARTIAL.

    The same answer as the last time makes no new row: the one there is was still true at ``taken_at``.
    """
    take_turn(tx, FINDINGS)
    latest = {(row.source, row.scope): row for row in store.latest_snapshots(tx)}
    for snapshot in doubted(tx, snapshots):
        for scope in snapshot.scopes:
            _keep(tx, latest.get((snapshot.source, scope.name)), snapshot, scope)
    tx.flush()


def _keep(tx: Transaction, row: SourceSnapshot | None, snapshot: Snapshot, scope: Scope) -> None:
    told = {
        "kind": snapshot.kind,
        "status": scope.status.value,
        "faults": list(scope.faults),
        "digest": scope.digest or digest_of(scope.facts),
    }
    if row is not None and all(getattr(row, name) == value for name, value in told.items()):
        row.since = row.since or row.taken_at
    else:
        documents = [document_of(fact) for fact in scope.facts]
        row = SourceSnapshot(
            source=snapshot.source, scope=scope.name, object_count=len(documents), facts=documents, **told
        )
        tx.add(row)
    row.taken_at, row.duration_s = snapshot.taken_at, snapshot.duration_s


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
