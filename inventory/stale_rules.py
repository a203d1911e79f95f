"""The rule of sources that no longer tell everything: what they are compared for is no longer verified; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from inventory.clock import civil_date
from inventory.differences import Difference, Resources
from inventory.facts import ScopeStatus, Snapshot
from inventory.french import instant, source_named
from inventory.match import DOCUMENTED, REAL, SOLD
from inventory.rules import STALE


def stale_differences(
    snapshots: Sequence[Snapshot], last_complete: Mapping[str, datetime], now: datetime, after: timedelta
) -> Iterator[Difference]:
    """``source.stale``: a source asked in this run that has not told everything for longer than ``after``.

    ``last_complete``: by source, when every scope of one of its answers was last complete; a source that is not there
    never was. One that answers completely now is never stale. The finding's scope is the name of the source.
    """
    for snapshot in sorted(snapshots, key=lambda one: one.source):
        heard = last_complete.get(snapshot.source)
        if snapshot.status is not ScopeStatus.COMPLETE and (heard is None or now - heard > after):
            yield _stale(snapshot, heard)


def _stale(snapshot: Snapshot, heard: datetime | None) -> Difference:
    since = f"n'a pas tout dit depuis le {instant(heard)}" if heard else "n'a encore jamais tout dit"
    fault = next((f" : {fault}" for scope in snapshot.scopes for fault in scope.faults), "")
    said = {"status": snapshot.status.value, "from": civil_date(heard).isoformat() if heard else None}
    return Difference(
        thing=f"source:{snapshot.source}",
        rule=STALE,
        field="",
        scope=snapshot.source,
        title=f"Source {source_named(snapshot.source)} : {since}{fault}",
        customer=None,
        sold=said if snapshot.kind == SOLD else None,
        documented=said if snapshot.kind == DOCUMENTED else None,
        real=said if snapshot.kind == REAL else None,
        resources=Resources(),
    )
