"""Tariff grids and quotes as the API answers them: the shapes of ``dcops tariffs list`` and ``dcops tariffs quote``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, WithJsonSchema

from dcops.api import queries, shapes
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.catalogue import listing, quote, store
from dcops.catalogue.quoting import quote_for
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.errors import NotFound

if TYPE_CHECKING:
    from apiflask import APIBlueprint

YEARS = range(1900, 9999)
Printed = Annotated[str, Field(description="A price, or what stands in its place: quote, n/a, a formula, or nothing.")]
Price = Annotated[str, Field(pattern=r"^\d+\.\d{2,6}$", examples=["0.20"])]
Number = Annotated[
    Decimal,
    Field(ge=0, le=quote.LARGEST, decimal_places=6),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": int(quote.LARGEST)}),
]


class QuoteQuery(queries.Query):
    code: str = Field(max_length=50, description="A line of the grid, or a service.", examples=["dc-baie-42u"])
    customer: str = Field(max_length=64, examples=["abbeville"])
    on: date | None = Field(None, description="Day of the price (default: today).")
    quantity: Number | None = Field(None, description="Default: 1.")
    supplier_price: Number | None = Field(None, description="For lines priced from a supplier's price.")


class TariffLine(shapes.Answer):
    section: str
    service: str
    code: str
    label: str
    unit: str
    behaviour: str
    member: Printed
    nonmember: Printed
    commitment_months: int | None
    quantity_min: int | None
    quantity_max: int | None
    population_min: int | None
    population_max: int | None
    floor: shapes.Euros | None
    cap: shapes.Euros | None
    included: str | None
    minutes: int | None
    validity_months: int | None
    proration: str
    vat_category: str
    kinds: list[str] = Field(description="Kinds of customers it is for; empty: all.")
    account: str | None
    note: str = Field(description="How the line is read where the vote is ambiguous.")


class TariffHead(shapes.Answer):
    tariff: str
    start: date = shapes.FROM
    end: date | None = shapes.TO
    deliberation: str


class Tariff(TariffHead):
    lines: list[TariffLine]


class Tariffs(shapes.Answer):
    items: list[TariffHead]


class Quote(shapes.Answer):
    code: str
    label: str
    customer: shapes.Code | None
    on: date
    member: bool
    quantity: str
    unit: str
    unit_price: Price
    amount: shapes.Euros
    explanation: list[str]
    tariff: str


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/tariffs")
    @bp.input(queries.Query, location="query", arg_name="query")
    @bp.output(Tariffs)
    def list_tariffs(query: queries.Query) -> Any:
        """The tariff grids, oldest first."""
        actor().require(Permission.READ_MONEY)
        with parts.database.transaction() as tx:
            rows = store.tariff_rows(tx)
        return {
            "items": [{"tariff": r.name, "from": r.start, "to": r.end, "deliberation": r.deliberation} for r in rows]
        }

    @bp.get("/tariffs/<int:year>")
    @bp.input(queries.Query, location="query", arg_name="query")
    @bp.output(Tariff)
    def show_tariff(year: int, query: queries.Query) -> Any:
        """The lines of the grid in force on the first of January of a year."""
        actor().require(Permission.READ_MONEY)
        if year not in YEARS:
            raise NotFound(f"aucune grille tarifaire pour l'année {year} : en demander une de 1900 à 9998.")
        with parts.database.transaction() as tx:
            return listing.document(store.tariff_on(tx, date(year, 1, 1)))

    @bp.get("/tariffs/quote")
    @bp.input(QuoteQuery, location="query", arg_name="query")
    @bp.output(Quote)
    def show_quote(query: QuoteQuery) -> Any:
        """The price of a line (or a service) for a customer on a day, and why; refused in words where there is none."""
        actor().require(Permission.READ_MONEY)
        on = query.on or civil_date(parts.clock.now())
        quantity = Decimal(1) if query.quantity is None else query.quantity
        with parts.database.transaction() as tx:
            return quote_for(tx, query.code, query.customer, on, quantity, query.supplier_price).document()
