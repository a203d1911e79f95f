"""Billing at a glance: the runs of every year, what a year still owes, and the way to prepare it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, render_template, url_for

from dcops.auth.permissions import Permission as P
from dcops.billing import store
from dcops.billing.models import BillingRun
from dcops.billing.outstanding import outstanding
from dcops.billing.store import Totals
from dcops.money import ZERO
from dcops.web.access import permits
from dcops.web.billing_words import run_state
from dcops.web.context import parts, transaction
from dcops.web.listing import Column, Filter, Listing, show
from dcops.web.pages import (
    billing_credit,
    billing_documents,
    billing_exports,
    billing_files,
    billing_moves,
    billing_runs,
    billing_simulation,
    billing_why,
)
from dcops.web.pages.billing_simulation import asked_year, years_of_grids
from inventory import store as inventory_store
from inventory.orm import Transaction

blueprint = Blueprint("billing", __name__, url_prefix="/facturation")
for child in (
    billing_simulation,
    billing_runs,
    billing_moves,
    billing_exports,
    billing_documents,
    billing_files,
    billing_why,
    billing_credit,
):
    blueprint.register_blueprint(child.blueprint)
ELSEWHERE = (
    ("/grille/simulation", "Simuler une autre grille", "Ce que changerait un tarif sur une année de contrats."),
    ("/rapports/contributions", "Tableau des contributions", "Le produit de chaque service, année par année."),
)


@dataclass(frozen=True)
class Row:
    """One run in the list."""

    run: BillingRun
    totals: Totals


@blueprint.get("/")
@permits(P.READ_MONEY)
def index() -> Response | str:
    """Every run, and where the billing of a year is."""
    with transaction() as tx:
        years = years_of_grids(tx)
        year = asked_year(years)
        rows = _rows(tx)
        issued = sum(store.net_by_customer(tx, year).values(), ZERO)
    here = [row for row in rows if row.run.year == year]
    return show(
        _listing(rows), "billing/index.html", years=years, year=year, issued=issued,
        documents=sum(row.totals.documents for row in here if row.run.state == "issued"),
        on_its_way=next((row for row in here if row.run.state != "issued"), None), elsewhere=list(_elsewhere()),
    )  # fmt: skip


@blueprint.get("/reste")
@permits(P.READ_MONEY)
def remaining() -> str:
    """What a year still owes, as the part of a page: everything is computed, which takes a while."""
    with transaction() as tx:
        year = asked_year(years_of_grids(tx))
        found = outstanding(tx, year, parts().settings)
        names = inventory_store.customer_names(tx)
    owed = sum((charge.amount for charge, _ in found.owed), ZERO)
    wrong = sum((line.amount for line in found.wrong), ZERO)
    return render_template(
        "billing/_remaining.html", year=year, net=owed - wrong, wrong=wrong, kept=found.kept, names=names,
        customers=len({charge.customer_code for charge, _ in found.owed}),
    )  # fmt: skip


def _rows(tx: Transaction) -> list[Row]:
    totals = store.totals(tx)
    return [Row(run, totals.get(run.id, Totals())) for run in store.runs(tx)]


def _listing(rows: list[Row]) -> Listing[Row]:
    years = sorted({str(row.run.year) for row in rows}, reverse=True)
    return Listing(
        "Campagnes de facturation", rows, _columns(),
        [Filter[Row]("annee", "Année facturée", [(y, y) for y in years], lambda r, v: str(r.run.year) == v)],
        empty="Aucune campagne : rien n’a encore été facturé ici.",
        hint="Choisissez l’année à facturer et préparez un brouillon : rien n’est émis avant votre relecture.",
    )  # fmt: skip


def _columns() -> list[Column[Row]]:
    return [
        Column[Row](
            "name", "Campagne", lambda r: r.run.name, link=lambda r: url_for("billing.runs.review", name=r.run.name)
        ),
        Column[Row]("state", "État", lambda r: run_state(r.run.state), "badge"),
        Column[Row]("documents", "Documents", lambda r: r.totals.documents, "number", total=True),
        Column[Row]("net", "Total HT", lambda r: r.totals.net, "amount", total=True),
        Column[Row]("vat", "TVA", lambda r: r.totals.vat, "amount", total=True, phone=False),
        Column[Row]("gross", "Total TTC", lambda r: r.totals.gross, "amount", total=True),
        Column[Row]("computed", "Calculée le", lambda r: r.run.computed_at, "instant", phone=False),
        Column[Row]("who", "Par", lambda r: r.run.issued_by or r.run.reviewed_by or r.run.computed_by, phone=False),
        Column[Row]("issued", "Émise le", lambda r: r.run.issued_at, "instant", phone=False),
    ]  # fmt: skip


def _elsewhere() -> list[tuple[str, str, str]]:
    """Pages of other areas that answer what people also ask here."""
    known = current_app.url_map.bind("")
    return [page for page in ELSEWHERE if known.test(page[0], "GET") or known.test(page[0] + "/", "GET")]
