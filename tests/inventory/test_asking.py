"""What sources are asked and what is kept of it: who is too long is silent, a sudden emptiness proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

from dcops.db import Database
from inventory import store
from inventory.asking import gather, record
from inventory.clock import FixedClock
from inventory.facts import GUESTS, Guest, Scope, ScopeStatus, Snapshot
from inventory.sources.memory import MemorySource

MONDAY = datetime(2024, 6, 10, 5, tzinfo=UTC)


def test_an_emptiness_where_there_were_objects_is_kept_as_partial_however_often_it_is_told(
    sqlite_database: Database,
) -> None:
    for day, guests in enumerate([(Guest("web", "pve-a", 101),), (), ()]):
        scope = Scope("pve-a", ScopeStatus.COMPLETE, guests, (), GUESTS)
        with sqlite_database.transaction() as tx:
            record(tx, [Snapshot("pve-a", "real", MONDAY + timedelta(days=day), 0.1, (scope,))])
    with sqlite_database.transaction() as tx:
        (row,) = store.latest_snapshots(tx)
        assert (row.status, row.since, row.taken_at) == ("partial", MONDAY + timedelta(1), MONDAY + timedelta(2))
        assert "réponse vide là où il y avait des objets" in row.faults[0]
        assert store.last_complete(tx) == [("pve-a", MONDAY)]


def test_contracts_that_are_empty_are_believed(sqlite_database: Database) -> None:
    for day, guests in enumerate([(Guest("web", "pve-a", 101),), ()]):
        scope = Scope("contracts", ScopeStatus.COMPLETE, guests)
        with sqlite_database.transaction() as tx:
            record(tx, [Snapshot("contracts", "sold", MONDAY + timedelta(days=day), 0.1, (scope,))])
    with sqlite_database.transaction() as tx:
        assert [row.status for row in store.latest_snapshots(tx)] == ["complete"]


@dataclass(frozen=True)
class Slow:
    """A cluster that answers once it is told to."""

    told: Event
    name: str = "pve-b"
    kind: str = "real"
    subject: str = GUESTS

    def facts(self) -> Snapshot:
        self.told.wait(5)
        return Snapshot(self.name, self.kind, MONDAY, 0.1, (Scope("pve-b", ScopeStatus.COMPLETE, (), (), GUESTS),))


def test_a_source_that_does_not_end_is_silent_and_the_others_are_heard() -> None:
    told, heard = Event(), Snapshot("pve-a", "real", MONDAY, 0.1, (Scope("pve-a", ScopeStatus.COMPLETE),))
    found = gather([Slow(told), MemorySource("pve-a", heard)], FixedClock(MONDAY), limit_s=0.1)
    told.set()  # what comes now is not heard
    assert found[1] == heard
    (scope,) = found[0].scopes
    assert (scope.status, scope.facts, scope.subject) == (ScopeStatus.FAILED, (), GUESTS)
    assert scope.faults[0].startswith("la source pve-b n'a pas fini en 0.1 s")
    assert found[0].source == "pve-b"
