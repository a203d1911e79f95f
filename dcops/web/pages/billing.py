"""Billing: what the invoices of a year would be, customer by customer, and why each line is what it is."""

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

blueprint = Blueprint("billing", __name__, url_prefix="/facturation")


@dataclass(frozen=True)
class Line:
    """One customer's bill in the list of a dry run."""

    customer: Customer
    invoice: Invoice

    def part(self, *kinds: str) -> Decimal:
        return sum((line.amount for line in self.invoice.lines if line.kind in kinds), Decimal(0))


@blueprint.get("/")
@permits(P.READ_MONEY)
def index() -> Response | str:
    """The dry run of a year: nothing is written."""
    with transaction() as tx:
        years = _years(tx)
        year = _asked_year(years)
        run = dry_run(tx, year, parts().settings)
        names = {customer.code: customer for customer in store.customers(tx)}
    rows = [Line(names[invoice.customer_code], invoice) for invoice in run.invoices]
    columns = [
        Column[Line](
            "customer", "Collectivité", lambda r: r.customer.name,
            link=lambda r: url_for("billing.detail", year=year, code=r.customer.code),
        ),
        Column[Line]("lines", "Lignes", lambda r: len(r.invoice.lines), "number", phone=False),
        Column[Line]("fees", "Frais d’accès", lambda r: r.part("fee"), "amount", total=True, phone=False),
        Column[Line]("annual", "Contributions", lambda r: r.part("annual"), "amount", total=True, phone=False),
        Column[Line](
            "packs", "Forfaits", lambda r: r.part("pack", "package"), "amount", total=True, phone=False
        ),
        Column[Line]("energy", "Électricité", lambda r: r.part("consumption"), "amount", total=True, phone=False),
        Column[Line]("net", "Total HT", lambda r: r.invoice.net, "amount", total=True),
        Column[Line]("vat", "TVA", lambda r: r.invoice.vat, "amount", total=True, phone=False),
        Column[Line]("gross", "Total TTC", lambda r: r.invoice.gross, "amount", total=True),
    ]  # fmt: skip
    listing = Listing(
        f"Simulation {year}", rows, columns, sort="-net",
        empty=f"Rien à facturer en {year}.", hint="Aucune collectivité ne détient de service cette année-là.",
    )  # fmt: skip
    return show(listing, "billing/index.html", run=run, years=years, year=year, names=names)


@blueprint.get("/<int:year>/<code>")
@permits(P.READ_MONEY)
def detail(year: int, code: str) -> str:
    """One customer's bill, each line with its reasons and its evidence."""
    with transaction() as tx:
        customer = store.customer(tx, code)
        run = dry_run(tx, year, parts().settings, customer=code)
    invoice = next(iter(run.invoices), None)
    if invoice is None and not run.skipped:
        raise NotFound(f"rien à facturer à « {customer.name} » en {year}.")
    return render_template("billing/detail.html", customer=customer, year=year, invoice=invoice, skipped=run.skipped)


def _years(tx: Transaction) -> list[int]:
    """The civil years that a grid covers, up to this one, latest first."""
    grids = catalogue.history(tx)
    last = today().year
    return sorted(
        {y for grid in grids for y in range(grid.start.year, last + 1) if not grid.end or y < grid.end.year},
        reverse=True,
    )


def _asked_year(years: list[int]) -> int:
    asked = request.args.get("year", type=int)
    if asked is not None:
        return asked
    complete = [year for year in years if year < today().year]
    return (complete or years or [today().year])[0]
