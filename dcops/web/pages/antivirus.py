"""Antivirus licences by customer and kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, url_for

from dcops.auth.permissions import Permission as P
from dcops.contracts.costs import prices_on
from dcops.contracts.orders import lines_of_antivirus
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.standing import CHOICES, standing, standing_badge
from inventory import store
from inventory.customers import in_force
from inventory.models import AntivirusSeats

blueprint = Blueprint("antivirus", __name__, url_prefix="/antivirus")
KINDS = {"workstation": "Poste", "server": "Serveur"}


@dataclass(frozen=True)
class Row:
    """One dated quantity of licences in the list."""

    seats: AntivirusSeats
    standing: Badge
    yearly: Decimal | None


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every dated quantity of licences, and what is in force today."""
    with transaction() as tx:
        on, prices = today(), prices_on(tx, today())
        store.customers(tx)  # with their memberships, in two queries
        rows = [
            Row(s, standing_badge(s, on), prices.yearly(s.customer, lines_of_antivirus(s.kind, s.quantity)))
            for s in store.antivirus_seats(tx)
        ]
        current = [row for row in rows if in_force(row.seats, on)]
        return show(_listing(rows, on), "antivirus/index.html", figures=_figures(current))


def _figures(rows: list[Row]) -> list[tuple[str, int, Decimal, str]]:
    """(label, seats, euros per year, kind) in force."""
    return [
        (
            label,
            sum(row.seats.quantity for row in rows if row.seats.kind == kind),
            sum((row.yearly or Decimal(0) for row in rows if row.seats.kind == kind), Decimal(0)),
            kind,
        )
        for kind, label in (("workstation", "Postes protégés"), ("server", "Serveurs protégés"))
    ]


def _listing(rows: list[Row], on: date) -> Listing[Row]:
    return Listing(
        "Licences antivirus", rows,
        [
            Column("customer", "Collectivité", lambda r: r.seats.customer.name, link=_customer_url),
            Column("kind", "Genre", lambda r: KINDS[r.seats.kind]),
            Column("quantity", "Licences", lambda r: r.seats.quantity, "number", total=True),
            Column("start", "Depuis le", lambda r: r.seats.start, "day", phone=False),
            Column("standing", "État", lambda r: r.standing, "badge"),
            Column("yearly", "Par an", lambda r: r.yearly, "amount", total=True),
        ],
        filters=[
            Filter("etat", "État", CHOICES, lambda r, chosen: standing(r.seats, on) == chosen),
            Filter("genre", "Genre", tuple(KINDS.items()), lambda r, chosen: r.seats.kind == chosen),
        ],
        sort="customer", empty="Aucune licence antivirus.",
        hint="Importez-les avec « dcops antivirus import FICHIER.csv ».",
    )  # fmt: skip


def _customer_url(row: Row) -> str:
    return url_for("customers.detail", code=row.seats.customer.code)
