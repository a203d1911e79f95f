"""What a customer may ask about itself: its support minutes, its energy, what it holds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from dcops.api import queries, shapes
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.contracts.holdings import Holding, holdings
from dcops.support import hours
from dcops.wiring import Parts
from inventory import store
from inventory.clock import civil_date
from inventory.errors import Invalid
from metering.energy.scopes import energy_of_customer
from metering.period import of_days

if TYPE_CHECKING:
    from apiflask import APIBlueprint

LONGEST = timedelta(days=3 * 366)


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/customers/<code>/hours")
    @bp.input(queries.DayQuery, location="query", arg_name="query")
    @bp.output(shapes.Hours)
    def show_hours(code: str, query: queries.DayQuery) -> Any:
        """Support minutes bought, used and left on a day, and the packs they are in."""
        actor().require_customer(code, Permission.READ_HOURS)
        with parts.database.transaction() as tx:
            return hours.balance(tx, code, query.on or civil_date(parts.clock.now())).document()

    @bp.get("/customers/<code>/energy")
    @bp.input(queries.EnergyQuery, location="query", arg_name="query")
    @bp.output(shapes.Energy)
    def show_energy(code: str, query: queries.EnergyQuery) -> Any:
        """Energy of the customer's space over civil days (default: this civil year), with flags and evidence."""
        actor().require_customer(code, Permission.READ_SPACE)
        period = of_days(*days(query, parts))
        with parts.database.transaction() as tx:
            return energy_of_customer(tx, code, period).document(query.by)

    @bp.get("/customers/<code>/subscriptions")
    @bp.input(queries.PeriodQuery, location="query", arg_name="query")
    @bp.output(shapes.Holdings)
    def show_subscriptions(code: str, query: queries.PeriodQuery) -> Any:
        """Everything the customer holds on some day of a period (default: this civil year)."""
        actor().require_customer(code, Permission.READ_MONEY)
        start, end = days(query, parts)
        with parts.database.transaction() as tx:
            store.customer(tx, code)
            held = holdings(tx, start, end, code)
        return {"from": start, "to": end, "items": [_holding(holding) for holding in held]}


def days(query: queries.PeriodQuery, parts: Parts) -> tuple[date, date]:
    """The days asked for: what is not said is this civil year's. Raises Invalid."""
    year = civil_date(parts.clock.now()).year
    start, end = query.start or date(year, 1, 1), query.end or date(year + 1, 1, 1)
    if not date(2000, 1, 1) <= start < end <= date(2200, 1, 1):
        raise Invalid("période invalide : « from » doit précéder « to », entre 2000 et 2200.")
    if end - start > LONGEST:
        raise Invalid("période trop longue : 3 ans au plus par demande.")
    return start, end


def _holding(holding: Holding) -> dict[str, Any]:
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
