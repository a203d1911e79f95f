"""Findings as the API lists them: the dearest first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from dcops import money
from dcops.api import paging, queries, shapes, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.wiring import Parts
from inventory.findings import eur_since_seen, states_asked
from inventory.models import Finding
from inventory.rules import rule_asked

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/findings")
    @bp.input(queries.FindingsQuery, location="query", arg_name="query")
    @bp.output(shapes.Findings)
    def list_findings(query: queries.FindingsQuery) -> Any:
        """Differences between sold, documented and real, the dearest first; without ``state``, those to deal with."""
        actor().require(Permission.READ_FINDINGS)
        after, states = paging.decode(query.cursor, int, int), states_asked(query.state)
        with parts.database.transaction() as tx:
            rows = store.findings(tx, after, query.limit + 1, rule_asked(query.rule), states)
        items, following = paging.cut(rows, query.limit, lambda row: (int(row.eur_per_year * 100), row.id))
        now = parts.clock.now()
        return {"items": [_finding(row, now) for row in items], "next": following}


def _finding(row: Finding, now: datetime) -> dict[str, Any]:
    fields = ("id", "rule", "thing", "field", "title", "sold", "documented", "real", "state", "frozen", "sources")
    return {
        **{field: getattr(row, field) for field in fields},
        "customer": row.customer.code if row.customer else None,
        "eur_per_year": money.text(row.eur_per_year),
        "eur_since_seen": money.text(eur_since_seen(row.eur_per_year, row.first_seen, now)),
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
    }
