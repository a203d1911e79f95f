"""What was sold: every order and subscription in force, by customer and grid line, with its yearly price."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, Response, url_for

from dcops.auth.permissions import Permission as P
from dcops.contracts.held import Held, held_on
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.listing import Column, Filter, Listing, show
from dcops.web.words import ORDERS, ordered

blueprint = Blueprint("contracts", __name__, url_prefix="/contrats")
RHYTHMS = {
    "annual": "par an",
    "fee": "une fois",
    "consumption": "au compteur",
    "pack": "forfait",
    "package": "3 ans",
}


def _yearly(held: Held) -> Decimal | None:
    return held.cost.amount if held.cost.rhythm == "annual" else None


@blueprint.get("/")
@permits(P.READ_MONEY)
def index() -> Response | str:
    """What is held today."""
    with transaction() as tx:
        rows = held_on(tx, today())
    columns = [
        Column[Held](
            "customer", "Collectivité", lambda r: r.customer.name,
            link=lambda r: url_for("customers.detail", code=r.customer.code),
        ),
        Column[Held]("order", "Objet", lambda r: ORDERS[r.order], phone=False),
        Column[Held]("name", "Désignation", lambda r: ordered(r.name)),
        Column[Held]("line", "Ligne de la grille", lambda r: r.cost.label),
        Column[Held]("quantity", "Quantité", lambda r: r.holding.quantity, "number"),
        Column[Held]("rhythm", "Facturation", lambda r: RHYTHMS.get(r.cost.rhythm, r.cost.rhythm), phone=False),
        Column[Held]("start", "Depuis", lambda r: r.holding.start, "day", phone=False),
        Column[Held]("end", "Jusqu’au", lambda r: r.holding.end, "day", phone=False),
        Column[Held]("yearly", "Par an (HT)", _yearly, "amount", total=True),
    ]  # fmt: skip
    filters = [
        Filter[Held]("objet", "Objet", list(ORDERS.items()), lambda r, v: r.order == v),
        Filter[Held]("rythme", "Facturation", list(RHYTHMS.items()), lambda r, v: r.cost.rhythm == v),
    ]
    listing = Listing(
        "Contrats en cours", rows, columns, filters, sort="customer",
        empty="Aucun contrat en cours.", hint="Importez des baies, machines ou abonnements pour commencer.",
    )  # fmt: skip
    return show(listing, "contracts/index.html")
