"""Findings as the API lists them: the dearest first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dcops import money
from dcops.api import paging, shapes, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.wiring import Parts
from inventory.models import Finding

if TYPE_CHECKING:
    from apiflask import APIBlueprint

YEAR_S = Decimal(365 * 24 * 3600)


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/findings")
    @bp.input(shapes.FindingsQuery, location="query", arg_name="query")
    @bp.output(shapes.Findings)
    def list_findings(query: shapes.FindingsQuery) -> Any:
        """Differences between sold, documented and real, in euros."""
        actor().require(Permission.READ_FINDINGS)
        after = paging.decode(query.cursor, int, int)
        with parts.database.transaction() as tx:
            rows = store.findings(tx, after, query.limit + 1, query.rule, query.state)
        items, following = paging.cut(rows, query.limit, lambda row: (int(row.eur_per_year * 100), row.id))
        now = parts.clock.now()
        return {"items": [_finding(row, now) for row in items], "next": following}


def _finding(row: Finding, now: datetime) -> dict[str, Any]:
    fields = ("id", "rule", "thing", "field", "title", "sold", "documented", "real", "state", "frozen", "sources")
    return {
        **{field: getattr(row, field) for field in fields},
        "customer": row.customer.code if row.customer else None,
        "eur_per_year": money.text(row.eur_per_year),
        "eur_since_seen": money.text(_since(row, now)),
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
    }


def _since(row: Finding, now: datetime) -> Decimal:
    """Euros between the instant it was first seen and now."""
    elapsed = max(0, int((now - row.first_seen).total_seconds()))
    return row.eur_per_year * elapsed / YEAR_S
