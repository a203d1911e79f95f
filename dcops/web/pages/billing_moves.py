"""What people do with a billing run: draft it, mark it reviewed, reopen it, discard it, issue it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from dcops.auth.permissions import Permission as P
from dcops.billing import gate, parties, runs, store
from dcops.billing.issuing import TURN
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, today, transaction
from dcops.web.pages.billing_runs import head_of
from inventory.customers import missing_identity
from inventory.errors import Conflict, DomainError, Invalid
from inventory.orm import Transaction
from inventory.turns import take_turn

blueprint = Blueprint("moves", __name__, url_prefix="/campagnes")


@blueprint.post("/")
@permits(P.RUN_BILLING)
def draft() -> Redirect:
    """Draft the bills of a year."""
    year = request.form.get("year", type=int)
    if year is None:
        raise Invalid("année à facturer illisible : la choisir dans la liste.")
    try:
        with transaction() as tx:
            run = runs.draft(tx, year, parts().settings, actor().name, now())
            name = run.name if run else None
    except DomainError as refused:
        flash(str(refused), "error")
        return redirect(url_for("billing.index", year=year))
    if name is None:
        flash(f"{year} : rien à facturer ni à corriger, aucune campagne n’est ouverte.")
        return redirect(url_for("billing.index", year=year))
    flash(f"La campagne {name} est calculée : relisez-la, puis émettez-la.")
    return redirect(url_for("billing.runs.review", name=name))


@blueprint.post("/<name>/relecture")
@permits(P.RUN_BILLING)
def mark_reviewed(name: str) -> Redirect:
    """Say that a draft was read: it is computed no more."""
    return _move(name, lambda tx: runs.review(tx, name, actor().name, now()), f"La campagne {name} est relue.")


@blueprint.post("/<name>/reouverture")
@permits(P.RUN_BILLING)
def reopen(name: str) -> Redirect:
    """Take a review back."""
    return _move(name, lambda tx: runs.reopen(tx, name), f"La campagne {name} est de nouveau un brouillon.")


def _move(name: str, move: Callable[[Transaction], object], told: str) -> Redirect:
    """Do it and come back to the run; a refusal is told there."""
    try:
        with transaction() as tx:
            move(tx)
        flash(told)
    except Conflict as refused:
        flash(str(refused), "error")
    return redirect(url_for("billing.runs.review", name=name))


@blueprint.route("/<name>/abandon", methods=["GET", "POST"])
@permits(P.RUN_BILLING)
def discard(name: str) -> Redirect | str:
    """Ask, then remove a run that is not issued."""
    if request.method == "POST":
        try:
            with transaction() as tx:
                take_turn(tx, TURN)
                year = store.run(tx, name).year
                runs.discard(tx, name)
        except Conflict as refused:
            flash(str(refused), "error")
            return redirect(url_for("billing.runs.review", name=name))
        flash(f"La campagne {name} est abandonnée, rien n’en reste.")
        return redirect(url_for("billing.index", year=year))
    with transaction() as tx:
        _, head = head_of(tx, name)
    return render_template("billing/discard.html", **head)


@blueprint.route("/<name>/emission", methods=["GET", "POST"])
@permits(P.RUN_BILLING)
def issue(name: str) -> Redirect | str:
    """Show what will be issued, then give the numbers."""
    if request.method == "POST":
        return _issue(name, request.form.get("computed_at", ""))
    settings = parts().settings.billing
    with transaction() as tx:
        run, head = head_of(tx, name)
        rows = store.headers_of(tx, run.id)
        early = gate.warnings(tx, run, parts().settings, now())
    incomplete = {row.customer.code: row.customer for row in rows if missing_identity(row.customer)}
    return render_template(
        "billing/issue.html", missing=_refusal(), early=early, blocked=bool(early) and settings.gate == "block",
        incomplete=list(incomplete.values()), on=today(), days=settings.payment_days, **head,
    )  # fmt: skip


def _issue(name: str, computed_at: str) -> Redirect:
    """What was shown is what is issued: a run computed anew since is shown again first."""
    try:
        with transaction() as tx:
            take_turn(tx, TURN)
            run = store.run(tx, name)
            if run.state != "issued" and run.computed_at.isoformat() != computed_at:
                raise Conflict(
                    f"la campagne {name} a été recalculée par {run.computed_by} : la relire, puis l'émettre."
                )
            runs.issue(tx, name, parts().settings, actor().name, now())
        flash(f"La campagne {name} est émise : ses documents sont numérotés.")
    except (Conflict, Invalid) as refused:
        flash(str(refused), "error")
    return redirect(url_for("billing.runs.documents", name=name))


def _refusal() -> str | None:
    """Why nothing can be issued with today's settings."""
    try:
        parties.require_seller(parts().settings)
    except Invalid as refused:
        return str(refused)
    return None
