"""Customers, and what a customer may ask about itself: hours, energy, subscriptions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from dcops.api import paging, shapes, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission, Role
from dcops.support import hours
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.errors import Invalid
from inventory.models import Customer
from metering.period import of_days

if TYPE_CHECKING:
    from apiflask import APIBlueprint

LONGEST = timedelta(days=3 * 366)


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/customers")
    @bp.input(shapes.PageQuery, location="query", arg_name="query")
    @bp.output(shapes.Customers)
    def list_customers(query: shapes.PageQuery) -> Any:
        """Customers by code; a commune's token sees itself."""
        only = actor().customer if actor().role is Role.COMMUNE else None
        if only is None:
            actor().require(Permission.READ_CUSTOMERS)
        after = paging.decode(query.cursor, str)
        with parts.database.transaction() as tx:
            rows = store.customers(tx, after, query.limit + 1, only)
        items, following = paging.cut(rows, query.limit, lambda row: (row.code,))
        return {"items": [_customer(row) for row in items], "next": following}

    @bp.get("/customers/<code>")
    @bp.output(shapes.CustomerDetail)
    def show_customer(code: str) -> Any:
        """One customer with its memberships."""
        actor().require_customer(code, Permission.READ_CUSTOMERS)
        with parts.database.transaction() as tx:
            row = inventory_store.customer(tx, code)
        spans = [{"from": member.start, "to": member.end} for member in row.memberships]
        return {**_customer(row), "siret": row.siret, "population_year": row.population_year, "memberships": spans}

    @bp.get("/customers/<code>/hours")
    @bp.output(shapes.Hours)
    def show_hours(code: str) -> Any:
        """Support minutes bought, used and left today, and the packs they are in."""
        actor().require_customer(code, Permission.READ_HOURS)
        with parts.database.transaction() as tx:
            return hours.balance(tx, code, civil_date(parts.clock.now())).document()

    @bp.get("/customers/<code>/energy")
    @bp.input(shapes.EnergyQuery, location="query", arg_name="query")
    @bp.output(shapes.Energy)
    def show_energy(code: str, query: shapes.EnergyQuery) -> Any:
        """Energy of the customer's space over civil days, with flags and the readings it comes from."""
        actor().require_customer(code, Permission.READ_SPACE)
        period = of_days(*_days(query.start, query.end))
        from metering.energy import energy_of_customer

        with parts.database.transaction() as tx:
            inventory_store.customer(tx, code)
            return energy_of_customer(tx, code, period).document(query.by)

    @bp.get("/customers/<code>/subscriptions")
    @bp.input(shapes.OptionalPeriodQuery, location="query", arg_name="query")
    @bp.output(shapes.Holdings)
    def show_subscriptions(code: str, query: shapes.OptionalPeriodQuery) -> Any:
        """Everything the customer holds on some day of a period (default: this civil year)."""
        actor().require_customer(code, Permission.READ_MONEY)
        from dcops.contracts.holdings import holdings

        year = civil_date(parts.clock.now()).year
        start, end = _days(query.start or date(year, 1, 1), query.end or date(year + 1, 1, 1))
        with parts.database.transaction() as tx:
            inventory_store.customer(tx, code)
            held = [holding for holding in holdings(tx, start, end) if holding.customer_code == code]
        return {"from": start, "to": end, "items": [_holding(holding) for holding in held]}


def _days(start: date, end: date) -> tuple[date, date]:
    if not date(2000, 1, 1) <= start < end <= date(2200, 1, 1):
        raise Invalid("période invalide : « from » doit précéder « to », entre 2000 et 2200.")
    if end - start > LONGEST:
        raise Invalid("période trop longue : 3 ans au plus par demande.")
    return start, end


def _customer(row: Customer) -> dict[str, Any]:
    fields = ("code", "name", "kind", "siren", "insee", "population")
    return {field: getattr(row, field) for field in fields}


def _holding(holding: Any) -> dict[str, Any]:
    return {
        "customer": holding.customer_code,
        "code": holding.code,
        "quantity": f"{holding.quantity.normalize():f}",
        "kind": holding.kind,
        "from": holding.start,
        "to": holding.end,
        "agreed_price": None if holding.agreed_price is None else f"{holding.agreed_price:f}",
        "evidence": holding.evidence,
    }
