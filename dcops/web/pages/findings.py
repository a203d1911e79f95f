"""Findings: differences between sold, documented and real, the dearest first, and what they cost over time."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.board import board, customer_choices, wanted_of
from dcops.web.context import now, transaction
from dcops.web.formats import options
from dcops.web.listing import Column, Listing
from dcops.web.listing import show as show_listing
from dcops.web.pages import finding_detail
from dcops.web.pages.finding_answers import blueprint as answers
from dcops.web.pages.finding_bulk import blueprint as bulk
from dcops.web.pages.plans import blueprint as plans
from dcops.web.sql_listing import show
from dcops.web.trend import trend_chart
from inventory import board_store, store
from inventory.models import Reconciliation

blueprint = Blueprint("findings", __name__, url_prefix="/ecarts")
blueprint.register_blueprint(answers)
blueprint.register_blueprint(bulk)
blueprint.register_blueprint(plans)
blueprint.add_url_rule("/<int:finding_id>", view_func=finding_detail.detail)
blueprint.add_url_rule(
    "/<int:finding_id>/<any(prendre, ignorer):decision>", view_func=finding_detail.decide, methods=["POST"]
)
blueprint.add_url_rule("/<int:finding_id>/preuves", view_func=finding_detail.evidence)
TREND_DAYS, MOST_DAYS = 90, 3660
CARDS = 3
"""Rules that have a card of their own; a table has every one."""


@blueprint.get("/")
@permits(P.READ_FINDINGS)
def index() -> Response | str:
    """Those still to be dealt with unless the address asks for others; what takes longer comes after the page."""
    args, at = request.args.to_dict(), now()
    with transaction() as tx:
        snapshots = store.latest_snapshots(tx)
        found = board(tx, args, at, snapshots)
        last = board_store.last_reconciliation(tx)
    late = [snapshot for snapshot in snapshots if snapshot.status != "complete"]
    return show(
        found.listing, "findings/index.html", cards=list(found.rules.items())[:CARDS], rules=len(found.rules),
        sums=found.sums, late=late, last=last, days=TREND_DAYS, args=args,
    )  # fmt: skip


@blueprint.get("/collectivites")
@permits(P.READ_FINDINGS)
def customers() -> str:
    """The options of the filter by customer, as the part of a page: there may be hundreds."""
    args = request.args.to_dict()
    with transaction() as tx:
        choices = customer_choices(tx, args, now())
    return options([("", _("Tout")), *choices], args.get("client", ""))


@blueprint.get("/par-regle")
@permits(P.READ_FINDINGS)
def by_rule() -> str:
    """What each rule of a list adds up to, as the part of a page."""
    args = request.args.to_dict()
    with transaction() as tx:
        rules = board_store.sums_by_rule(tx, wanted_of(args, now()))
    return render_template("findings/_rules.html", rules=rules, args=args)


@blueprint.get("/cout")
@permits(P.READ_FINDINGS)
def cost() -> str:
    """What a list has cost since each finding was first seen, as the part of a page."""
    with transaction() as tx:
        since = board_store.eur_since_seen(tx, wanted_of(request.args.to_dict(), now()), now())
    return render_template("findings/_cost.html", since=since)


@blueprint.get("/tendance/panneau")
@permits(P.READ_FINDINGS)
def trend_panel() -> str:
    """The last days of the trend, as the part of a page."""
    days, runs = _recent()
    return render_template("findings/_trend_panel.html", runs=runs, figure=trend_chart(runs), days=days)


@blueprint.get("/tendance/valeurs")
@permits(P.READ_FINDINGS)
def trend_values() -> str:
    """The values of the last days of the trend, as the part of a page."""
    return render_template("findings/_trend.html", runs=_recent()[1])


def _recent() -> tuple[int, list[Reconciliation]]:
    """How many days an address asks for, and what comparisons concluded in them."""
    days = min(max(request.args.get("jours", TREND_DAYS, int), 1), MOST_DAYS)
    with transaction() as tx:
        return days, board_store.reconciliations(tx, now() - timedelta(days=days))


@blueprint.get("/tendance")
@permits(P.READ_FINDINGS)
def trend() -> Response | str:
    """Everything that comparisons concluded, as a chart, a table and files."""
    with transaction() as tx:
        runs = board_store.reconciliations(tx)
    listing = Listing(
        "Tendance des écarts", runs, _trend_columns(), sort="-at", empty="Aucune comparaison n’a encore été faite.",
        hint="La prochaine comparaison a lieu à l’heure planifiée, ou par « dcops reconcile ».",
    )  # fmt: skip
    return show_listing(listing, "findings/trend.html", figure=trend_chart(runs))


def _trend_columns() -> list[Column[Reconciliation]]:
    return [
        Column[Reconciliation]("at", "Comparaison", lambda r: r.at, "instant"),
        Column[Reconciliation]("last", "Confirmée jusqu’au", lambda r: r.last_at, "instant", phone=False),
        Column[Reconciliation]("active", "Écarts ouverts", lambda r: r.active, "number"),
        Column[Reconciliation]("yearly", "Par an (HT)", lambda r: r.eur_per_year, "amount"),
        Column[Reconciliation]("opened", "Nouveaux", lambda r: r.opened, "number"),
        Column[Reconciliation]("reopened", "Rouverts", lambda r: r.reopened, "number"),
        Column[Reconciliation]("resolved", "Résolus", lambda r: r.resolved, "number"),
        Column[Reconciliation]("frozen", "En attente d’une source", lambda r: r.frozen, "number", phone=False),
    ]
