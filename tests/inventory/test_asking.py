"""What is kept of the answers of sources: a sudden emptiness is evidence of nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dcops.db import Database
from inventory import store
from inventory.asking import record
from inventory.facts import GUESTS, Guest, Scope, ScopeStatus, Snapshot

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
