"""What was sold: every order and subscription held on a day with its yearly price, and what ends soon."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from flask import Blueprint, Response, request, url_for

from dcops.auth.permissions import Permission as P
from dcops.contracts.ending import FIRST_DAY, LAST_DAY, WHAT, Milestone, ending
from dcops.contracts.held import Held, held_on
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.pages import contract_forms, subscriptions
from dcops.web.words import ORDERS, ordered

blueprint = Blueprint("contracts", __name__, url_prefix="/contrats")
for child in (subscriptions, contract_forms):
    blueprint.register_blueprint(child.blueprint)
RHYTHMS = {
    "annual": "par an",
    "fee": "une fois",
    "consumption": "au compteur",
    "usage": "au volume",
    "pack": "forfait",
    "package": "3 ans",
}
HORIZONS = (30, 90, 180, 365)
TONES = {"end": "warn", "commitment": "info", "notice": "bad"}


def asked_day(name: str = "on") -> date:
    """The day of the query string; today when there is none, or none that can be."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return today()
    return found if FIRST_DAY <= found <= LAST_DAY else today()


def _yearly(held: Held) -> Decimal | None:
    return held.cost.amount if held.cost.rhythm == "annual" else None


@blueprint.get("/")
@permits(P.READ_MONEY)
def index() -> Response | str:
    """What is held on a day: today, or the one of ``?on=2024-03-01``."""
    on = asked_day()
    with transaction() as tx:
        rows = held_on(tx, on)
    filters = [
        Filter[Held]("objet", "Objet", list(ORDERS.items()), lambda r, v: r.order == v),
        Filter[Held]("rythme", "Facturation", list(RHYTHMS.items()), lambda r, v: r.cost.rhythm == v),
        Filter[Held]("prix", "Prix", [("sans", "Sans prix")], lambda r, v: r.cost.refused is not None),
    ]
    title = "Contrats en cours" if on == today() else f"Contrats au {on:%Y-%m-%d}"
    listing = Listing(
        title, rows, _columns(), filters, sort="customer", empty="Aucun contrat ce jour-là.",
        hint="Choisissez un autre jour, ajoutez un abonnement ou importez des baies, machines ou abonnements.",
    )  # fmt: skip
    return show(listing, "contracts/index.html", on=on, today=today())


def _columns() -> list[Column[Held]]:
    return [
        Column[Held](
            "customer", "Collectivité", lambda r: r.customer.name,
            link=lambda r: url_for("customers.detail", code=r.customer.code),
        ),
        Column[Held]("order", "Objet", lambda r: ORDERS[r.order], phone=False),
        Column[Held]("name", "Désignation", lambda r: ordered(r.name), link=_page),
        Column[Held]("line", "Ligne de la grille", lambda r: r.cost.label),
        Column[Held]("quantity", "Quantité", lambda r: _told(r.holding.quantity), "number"),
        Column[Held]("rhythm", "Facturation", lambda r: RHYTHMS.get(r.cost.rhythm, r.cost.rhythm), phone=False),
        Column[Held]("start", "Depuis", lambda r: r.holding.first, "day", phone=False),
        Column[Held]("end", "Jusqu’au", _last_day, "day", phone=False),
        Column[Held]("yearly", "Par an (HT)", _yearly, "amount", total=True),
    ]  # fmt: skip


def _told(quantity: Decimal) -> int | Decimal:
    """A quantity as people write it, in files too: 6, not 6.000000."""
    return int(quantity) if quantity == int(quantity) else quantity.normalize()


def _last_day(held: Held) -> date | None:
    return None if held.holding.end is None else held.holding.end - timedelta(days=1)


def _page(held: Held) -> str | None:
    """What is held is told where its contract is: a subscription, or what binds an order."""
    return page_of(held.order, held.holding.evidence["id"])


def page_of(order: str, id: int) -> str | None:
    """The page of a contract, when it has one."""
    if order == "subscription":
        return url_for("contracts.subscriptions.detail", id=id)
    return None if order == "pack" else url_for("contracts.subscriptions.order", order=order, id=id)


@blueprint.get("/echeances")
@permits(P.READ_MONEY)
def soon() -> Response | str:
    """Ends, commitments and notices of the next days: 90, or those of ``?jours=``."""
    on, within = asked_day(), _within()
    with transaction() as tx:
        rows = ending(tx, on, within)
    filters = [
        Filter[Milestone]("quoi", "Échéance", list(WHAT.items()), lambda r, v: r.what == v),
        Filter[Milestone]("objet", "Objet", list(ORDERS.items()), lambda r, v: r.order == v),
    ]
    columns = [
        Column[Milestone]("on", "Dernier jour", lambda r: r.on, "day"),
        Column[Milestone]("what", "Échéance", lambda r: Badge(WHAT[r.what], TONES[r.what]), "badge"),
        Column[Milestone](
            "customer", "Collectivité", lambda r: r.customer.name,
            link=lambda r: url_for("customers.detail", code=r.customer.code),
        ),
        Column[Milestone]("label", "Contrat", lambda r: r.label, link=lambda r: page_of(r.order, r.id)),
        Column[Milestone]("name", "Désignation", lambda r: ordered(r.name), phone=False),
        Column[Milestone]("yearly", "Par an (HT)", lambda r: r.yearly, "amount", total=True),
    ]  # fmt: skip
    listing = Listing(
        "Échéances des contrats", rows, columns, filters, sort="on",
        empty=f"Rien ne finit dans les {within} jours.",
        hint="Ni contrat, ni engagement, ni préavis à donner avant un renouvellement.",
    )  # fmt: skip
    return show(listing, "contracts/ending.html", on=on, within=within, horizons=HORIZONS)


def _within() -> int:
    given = request.args.get("jours", "")
    return min(int(given), 3660) if given.isascii() and given.isdigit() and len(given) < 6 else 90
