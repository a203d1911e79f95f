"""Alerts as the API tells them, the latest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.alerts.shown import document
from dcops.api import paging, store
from dcops.api.alert_shapes import Alerts, AlertsQuery
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.wiring import Parts

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/alerts")
    @bp.input(AlertsQuery, location="query", arg_name="query")
    @bp.output(Alerts)
    def list_alerts(query: AlertsQuery) -> Any:
        """What must be looked at, and who was told; without ``state``, what is open."""
        actor().require(Permission.READ_SPACE)
        before = paging.decode(query.cursor, int)
        with parts.database.transaction() as tx:
            rows = store.alerts(tx, before, query.limit + 1, query.state, query.kind)
        items, following = paging.cut(rows, query.limit, lambda row: (row.id,))
        return {"items": [document(row) for row in items], "next": following}
