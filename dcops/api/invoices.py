"""The invoices of a customer, as accountants and the customer itself list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.api import paging, queries, shapes
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.wiring import Parts
from inventory import store

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/customers/<code>/invoices")
    @bp.input(queries.PageQuery, location="query", arg_name="query")
    @bp.output(shapes.Invoices)
    def list_invoices(code: str, query: queries.PageQuery) -> Any:
        """Invoices issued to the customer, by number; an empty page as long as none has been issued."""
        actor().require_customer(code, Permission.READ_MONEY)
        paging.decode(query.cursor, str)
        with parts.database.transaction() as tx:
            store.customer(tx, code)
        return {"items": [], "next": None}  # what a dry run computes is no invoice, and nothing else exists
