"""Customers and their memberships."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from dcops.api import paging, queries, shapes, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission, Role
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.customers import missing_identity, population_on
from inventory.models import Customer

if TYPE_CHECKING:
    from apiflask import APIBlueprint

IDENTITY = ("siret", "address", "postcode", "city", "paying_service", "order_number_required", "order_number")


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/customers")
    @bp.input(queries.PageQuery, location="query", arg_name="query")
    @bp.output(shapes.Customers)
    def list_customers(query: queries.PageQuery) -> Any:
        """Customers by code; a commune's token sees itself."""
        only = actor().customer if actor().role is Role.COMMUNE else None
        if only is None:
            actor().require(Permission.READ_CUSTOMERS)
        after = paging.decode(query.cursor, str)
        with parts.database.transaction() as tx:
            rows = store.customers(tx, after, query.limit + 1, only)
        items, following = paging.cut(rows, query.limit, lambda row: (row.code,))
        today = civil_date(parts.clock.now())
        return {"items": [_customer(row, today) for row in items], "next": following}

    @bp.get("/customers/<code>")
    @bp.output(shapes.CustomerDetail)
    def show_customer(code: str) -> Any:
        """One customer: where its invoices go, its populations and memberships."""
        actor().require_customer(code, Permission.READ_CUSTOMERS)
        with parts.database.transaction() as tx:
            row = inventory_store.customer(tx, code)
        spans = [{"from": member.start, "to": member.end} for member in row.memberships]
        today = civil_date(parts.clock.now())
        counted = population_on(row.populations, today)
        year = counted.year if counted else None
        detail = {"population_year": year, "memberships": spans, "missing": missing_identity(row)}
        populations = [{"year": one.year, "base": one.base, "inhabitants": one.inhabitants} for one in row.populations]
        identity = {field: getattr(row, field) for field in IDENTITY}
        return {**_customer(row, today), **identity, **detail, "populations": populations}


def _customer(row: Customer, today: date) -> dict[str, Any]:
    counted = population_on(row.populations, today)
    known = {field: getattr(row, field) for field in ("code", "name", "kind", "siren", "insee")}
    return {**known, "population": counted.inhabitants if counted else None}
