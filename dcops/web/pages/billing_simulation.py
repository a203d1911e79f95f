"""The dry run of a year: what the invoices would be, customer by customer, and why each line is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, Response, render_template, request, url_for

from dcops.auth.permissions import Permission as P
from dcops.billing.dry_run import dry_run
from dcops.billing.run import Invoice
from dcops.catalogue import store as catalogue
from dcops.web.access import permits
from dcops.web.context import parts, today, transaction
from dcops.web.listing import Column, Listing, show
from inventory import store
from inventory.errors import NotFound
from inventory.models import Customer
from inventory.orm import Transaction

blueprint = Blueprint("simulation", __name__, url_prefix="/simulation")
APART = {"fee": "fees", "pack": "packs", "package": "packs", "consumption": "measured", "usage": "measured"}
"""The column of each kind of line; the others are yearly contributions."""


@dataclass(frozen=True)
class Line:
    """One bill in the list of a dry run."""

    customer: Customer
    invoice: Invoice

    def part(self, column: str) -> Decimal:
        return sum((line.amount for line in self.invoice.lines if _column(line.kind) == column), Decimal(0))


def _column(kind: str) -> str:
    return APART.get(kind, "yearly")


@blueprint.get("/")
@permits(P.READ_MONEY)
def index() -> Response | str:
    """The dry run of a year: nothing is written."""
    with transaction() as tx:
        years = years_of_grids(tx)
        year = asked_year(years)
        run = dry_run(tx, year, parts().settings)
        names = {customer.code: customer for customer in store.customers(tx)}
    rows = [Line(names[invoice.customer_code], invoice) for invoice in run.invoices]
    listing = Listing(
        f"Simulation {year}", rows, _columns(year), sort="-net",
        empty=f"Rien à facturer en {year}.", hint="Aucune collectivité ne détient de service cette année-là.",
    )  # fmt: skip
    return show(listing, "billing/simulation.html", run=run, years=years, year=year, names=names)


def _columns(year: int) -> list[Column[Line]]:
    return [
        Column[Line](
            "customer", "Collectivité", lambda r: r.customer.name,
            link=lambda r: url_for("billing.simulation.detail", year=year, code=r.customer.code),
        ),
        Column[Line]("lines", "Lignes", lambda r: len(r.invoice.lines), "number", phone=False),
        Column[Line]("fees", "Frais d’accès", lambda r: r.part("fees"), "amount", total=True, phone=False),
        Column[Line]("annual", "Contributions", lambda r: r.part("yearly"), "amount", total=True, phone=False),
        Column[Line]("packs", "Forfaits", lambda r: r.part("packs"), "amount", total=True, phone=False),
        Column[Line]("energy", "Consommations", lambda r: r.part("measured"), "amount", total=True, phone=False),
        Column[Line]("net", "Total HT", lambda r: r.invoice.net, "amount", total=True),
        Column[Line]("vat", "TVA", lambda r: r.invoice.vat, "amount", total=True, phone=False),
        Column[Line]("gross", "Total TTC", lambda r: r.invoice.gross, "amount", total=True),
    ]  # fmt: skip


@blueprint.get("/<int:year>/<code>")
@permits(P.READ_MONEY)
def detail(year: int, code: str) -> str:
    """The bills of one customer, each line with its reasons and its evidence."""
    with transaction() as tx:
        customer = store.customer(tx, code)
        run = dry_run(tx, year, parts().settings, customer=code)
    if not run.invoices and not run.skipped:
        raise NotFound(f"rien à facturer à « {customer.name} » en {year}.")
    budgets = {invoice.budget: parts().settings.budget_named(invoice.budget).name for invoice in run.invoices}
    return render_template("billing/simulation_detail.html", customer=customer, year=year, run=run, budgets=budgets)


def years_of_grids(tx: Transaction) -> list[int]:
    """The civil years that a grid covers, up to this one, latest first."""
    grids = catalogue.history(tx)
    last = today().year
    return sorted(
        {y for grid in grids for y in range(grid.start.year, last + 1) if not grid.end or y < grid.end.year},
        reverse=True,
    )


def asked_year(years: list[int]) -> int:
    """``?year=2024``; the last whole year that a grid covers when none is asked."""
    asked = request.args.get("year", type=int)
    if asked is not None:
        return asked
    complete = [year for year in years if year < today().year]
    return (complete or years or [today().year])[0]
