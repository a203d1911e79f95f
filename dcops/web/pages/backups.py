"""Backup boxes at customers' sites: their plan, what they cost, their findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, render_template, url_for

from dcops.auth.permissions import Permission as P
from dcops.contracts.costs import prices_on, total
from dcops.contracts.orders import lines_of_nas
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.open_findings import open_findings
from dcops.web.standing import CHOICES, standing, standing_badge
from inventory import store
from inventory.models import NasUnit

blueprint = Blueprint("backups", __name__, url_prefix="/sauvegarde")


@dataclass(frozen=True)
class Row:
    """One backup box in the list."""

    nas: NasUnit
    standing: Badge
    yearly: Decimal | None


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every backup box."""
    with transaction() as tx:
        on, prices = today(), prices_on(tx, today())
        store.customers(tx)  # with their memberships, in two queries
        rows = [
            Row(nas, standing_badge(nas, on), prices.yearly(nas.customer, lines_of_nas(nas.plan_gb)))
            for nas in store.nas_units(tx)
        ]
        return show(_listing(rows, on), "backups/index.html")


@blueprint.get("/<path:serial>")
@permits(P.READ_SPACE)
def detail(serial: str) -> str:
    """One backup box. 404 when unknown."""
    with transaction() as tx:
        nas = store.nas_unit(tx, serial)
        costs = prices_on(tx, today()).lines(nas.customer, lines_of_nas(nas.plan_gb))
        return render_template(
            "backups/detail.html",
            nas=nas, standing=standing_badge(nas, today()), costs=costs, yearly=total(costs, "annual"),
            findings=open_findings(tx, thing=f"nas:{serial}"),
        )  # fmt: skip


def _listing(rows: list[Row], on: date) -> Listing[Row]:
    return Listing(
        "Boîtiers de sauvegarde", rows,
        [
            Column("serial", "Numéro de série", lambda r: r.nas.serial, link=_detail_url),
            Column("customer", "Collectivité", lambda r: r.nas.customer.name, link=_customer_url),
            Column("model", "Modèle", lambda r: r.nas.model, phone=False),
            Column("plan", "Forfait (Go)", lambda r: r.nas.plan_gb, "number", total=True),
            Column("start", "Depuis le", lambda r: r.nas.start, "day", phone=False),
            Column("standing", "État", lambda r: r.standing, "badge"),
            Column("yearly", "Par an", lambda r: r.yearly, "amount", total=True),
        ],
        filters=[Filter("etat", "État", CHOICES, lambda r, chosen: standing(r.nas, on) == chosen)],
        sort="serial", empty="Aucun boîtier de sauvegarde.", hint="Importez-les avec « dcops nas import FICHIER.csv ».",
    )  # fmt: skip


def _detail_url(row: Row) -> str:
    return url_for("backups.detail", serial=row.nas.serial)


def _customer_url(row: Row) -> str:
    return url_for("customers.detail", code=row.nas.customer.code)
