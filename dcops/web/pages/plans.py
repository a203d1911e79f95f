"""Plans of actions: those that were kept, what became of each action, applying and abandoning them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import StringField

from dcops.auth.permissions import Permission as P
from dcops.jobs import plan_runs
from dcops.plans.planning import abandon
from dcops.plans.rights import changes_contracts, require_apply
from dcops.plans.rows import kinds_left
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, transaction
from dcops.web.fields import NEEDED, up_to
from dcops.web.listing import Column, Filter, Listing, show
from dcops.web.plan_words import action_state, exactly, plan_state
from inventory import plan_store, store
from inventory.errors import DomainError
from inventory.findings import State
from inventory.models import Plan
from inventory.orm import Transaction
from inventory.plan import BY_HAND, IN_FRENCH, PLAN_STATES, Kind

blueprint = Blueprint("plans", __name__, url_prefix="/plans")
LATEST = 500


class AbandonForm(FlaskForm):  # type: ignore[misc]
    reason = StringField("Motif de l’abandon", [NEEDED, up_to(500)])


@blueprint.get("/")
@permits(P.READ_FINDINGS)
def index() -> Response | str:
    """The latest plans."""
    with transaction() as tx:
        rows = plan_store.plans(tx, LATEST)
    states = Filter[Plan]("etat", "État", list(PLAN_STATES.items()), lambda r, v: r.standing == v)
    listing = Listing(
        "Plans", rows, _columns(), [states], sort="-id",
        empty="Aucun plan.", hint="Dans la liste des écarts, cochez ceux à régler, puis « Planifier ».",
    )  # fmt: skip
    return show(listing, "plans/index.html")


def _columns() -> list[Column[Plan]]:
    return [
        Column[Plan]("id", "Plan", lambda r: r.id, link=lambda r: url_for("findings.plans.detail", plan_id=r.id)),
        Column[Plan]("reason", "Motif", lambda r: r.reason, wide=True),
        Column[Plan]("actions", "Actions", lambda r: len(r.actions), "number"),
        Column[Plan]("yearly", "Par an (HT)", lambda r: sum(a.eur_per_year for a in r.actions), "amount"),
        Column[Plan]("made", "Enregistré", lambda r: r.created_at, "instant", phone=False),
        Column[Plan]("by", "Par", lambda r: r.created_by, phone=False),
        Column[Plan]("state", "État", lambda r: plan_state(r.standing), "badge"),
    ]


@blueprint.get("/<int:plan_id>")
@permits(P.READ_FINDINGS)
def detail(plan_id: int) -> str:
    """One plan: its actions, what became of them, and what may be done."""
    return _page(plan_id, AbandonForm(formdata=None))


@blueprint.post("/<int:plan_id>/appliquer")
@permits(P.DECIDE_FINDINGS)
def apply(plan_id: int) -> Redirect:
    """Carry the plan out in the background, as it was shown; one that changes contracts needs who may change them."""
    retry = bool(request.form.get("retry"))
    with transaction() as tx:
        kinds = kinds_left(plan_store.plan(tx, plan_id), retry)
    require_apply(actor(), kinds)
    if not request.form.get("sure"):
        flash("Cochez que vous avez relu le plan, puis appliquez-le.", "error")
    else:
        try:
            plan_runs.start(parts(), plan_id, request.form.get("checksum", ""), actor().name, retry)
        except DomainError as refused:
            flash(str(refused), "error")
    return redirect(url_for("findings.plans.detail", plan_id=plan_id))


@blueprint.get("/<int:plan_id>/avancement")
@permits(P.READ_FINDINGS)
def progress(plan_id: int) -> str:
    """How far a plan is, as the part of a page."""
    with transaction() as tx:
        plan = plan_store.plan(tx, plan_id)
        return render_template("plans/_progress.html", **_shown(tx, plan))


@blueprint.post("/<int:plan_id>/abandonner")
@permits(P.DECIDE_FINDINGS)
def drop(plan_id: int) -> Redirect | str:
    """Drop what is not done yet; the findings are to be dealt with again."""
    form = AbandonForm()
    if not form.validate_on_submit():
        return _page(plan_id, form)
    try:
        with transaction() as tx:
            abandon(tx, plan_id, actor().name, form.reason.data, now())
    except DomainError as refused:  # the page has no form any more where it would be told
        flash(str(refused), "error")
    else:
        flash(f"Le plan n° {plan_id} est abandonné : ses écarts sont de nouveau à traiter.")
    return redirect(url_for("findings.plans.detail", plan_id=plan_id))


def _page(plan_id: int, form: FlaskForm) -> str:
    with transaction() as tx:
        plan = plan_store.plan(tx, plan_id)
        return render_template("plans/detail.html", form=form, **_shown(tx, plan))


def _shown(tx: Transaction, plan: Plan) -> dict[str, Any]:
    states = Counter(action.state for action in plan.actions)
    contracts, names = changes_contracts(kinds_left(plan, retry=True)), store.customer_names(tx)
    return {
        "plan": plan, "state": plan_state(plan.standing), "states": states, "words": IN_FRENCH,
        "counts": [(action_state(state), count) for state, count in states.items()],
        "yearly": sum(action.eur_per_year for action in plan.actions), "last": plan_runs.last_run(tx, plan.id),
        "running": plan_runs.running(tx, plan.id, now()), "done": len(plan.actions) - states["pending"],
        "unverified": any(a.finding.state == State.APPLIED for a in plan.actions),
        "left": [a for a in plan.actions if a.state == "pending" and Kind(a.kind) not in BY_HAND],
        "by_hand": [a for a in plan.actions if a.state == "pending" and Kind(a.kind) in BY_HAND],
        "again": [a.finding_id for a in plan.actions if a.state in ("failed", "outdated")],
        "failed": [a for a in plan.actions if a.state == "failed" and a.finding.state == State.FAILED],
        "contracts": contracts, "may_apply": actor().may(P.WRITE_CONTRACTS if contracts else P.DECIDE_FINDINGS),
        "exactly": lambda action: exactly(parts(), action, names),
    }  # fmt: skip
