"""Findings: differences between sold, documented and real, the dearest first, and what they cost over time."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.board import board, together, wanted_of
from dcops.web.context import now, transaction
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
TREND = timedelta(days=90)
CARDS = 3
"""Rules that have a card of their own; a table has every one."""


@blueprint.get("/")
@permits(P.READ_FINDINGS)
def index() -> Response | str:
    """Those still to be dealt with unless the address asks for others."""
    args, at = request.args.to_dict(), now()
    with transaction() as tx:
        snapshots = store.latest_snapshots(tx)
        listing = board(tx, args, at, bool(snapshots))
        if args.get("format"):
            return show(listing, "")
        rules = board_store.sums_by_rule(tx, wanted_of(args, at), at)
        trend = board_store.reconciliations(tx, at - TREND)
    late = [snapshot for snapshot in snapshots if snapshot.status != "complete"]
    return show(
        listing, "findings/index.html", rules=rules, cards=list(rules.items())[:CARDS], sums=together(rules.values()),
        late=late, trend=trend, figure=trend_chart(trend), last=trend[-1] if trend else None,
    )  # fmt: skip


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
