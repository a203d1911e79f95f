"""Billing runs, as accountants follow them: the list, one with its documents and what it left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.api import billing_shapes as shapes
from dcops.api import paging, queries, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.billing import store as billing
from dcops.billing.models import Invoice
from dcops.billing.run_listing import run_row
from dcops.money import text
from dcops.wiring import Parts

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/billing/runs")
    @bp.input(queries.PageQuery, location="query", arg_name="query")
    @bp.output(shapes.Runs)
    def list_runs(query: queries.PageQuery) -> Any:
        """Billing runs, the latest first."""
        actor().require(Permission.READ_MONEY)
        before = paging.decode(query.cursor, int)
        with parts.database.transaction() as tx:
            rows = store.runs(tx, before, query.limit + 1)
            items, following = paging.cut(rows, query.limit, lambda row: (row.id,))
            return {"items": [run_row(row, billing.headers_of(tx, row.id)) for row in items], "next": following}

    @bp.get("/billing/runs/<name>")
    @bp.output(shapes.RunDetail)
    def show_run(name: str) -> Any:
        """One run with its documents, and what was not billed."""
        actor().require(Permission.READ_MONEY)
        with parts.database.transaction() as tx:
            run = billing.run(tx, name)
            rows = billing.headers_of(tx, run.id)
        return {**run_row(run, rows), "invoices": [_document(row) for row in rows], "skipped": run.skipped}


def _document(row: Invoice) -> dict[str, Any]:
    amounts = {field: text(getattr(row, field)) for field in ("net", "vat", "gross")}
    return {"number": row.number, "kind": row.kind, "customer": row.customer.code, **amounts}
