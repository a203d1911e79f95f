"""What only a person can answer: whose place it is, which machine it is, what was done by hand, what is meant to go."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import actor, now, transaction
from dcops.web.formats import counted
from dcops.web.pages.finding_detail import AnswerForm, page
from inventory.decisions import done as record_done
from inventory.errors import DomainError, Invalid
from inventory.orm import Transaction
from inventory.removals import approve as approve_removals
from inventory.reuse import choose as choose_machine
from inventory.reuse import settle_reuse

blueprint = Blueprint("answers", __name__)
NEXT = "La prochaine comparaison en tiendra compte."


@blueprint.post("/<int:finding_id>/machine")
@permits(P.DECIDE_FINDINGS)
def settle(finding_id: int) -> Redirect | str:
    """The machine of a place is the same as before, or another one."""
    same = request.form.get("answer") == "meme"
    return _answer(
        finding_id, lambda tx, why: settle_reuse(tx, finding_id, same, actor().name, why, now()), f"C’est noté. {NEXT}"
    )


@blueprint.post("/<int:finding_id>/choix")
@permits(P.DECIDE_FINDINGS)
def choose(finding_id: int) -> Redirect | str:
    """Which of several machines it is."""
    return _answer(
        finding_id, lambda tx, why: choose_machine(tx, finding_id, _place(), actor().name, why, now()),
        f"C’est noté. {NEXT}",
    )  # fmt: skip


@blueprint.post("/<int:finding_id>/fait")
@permits(P.DECIDE_FINDINGS)
def done(finding_id: int) -> Redirect | str:
    """What was left to a person is done."""
    return _answer(
        finding_id, lambda tx, why: record_done(tx, finding_id, actor().name, why, now()),
        "C’est noté : la prochaine comparaison le vérifie.",
    )  # fmt: skip


@blueprint.post("/disparitions")
@permits(P.DECIDE_FINDINGS)
def approve() -> Redirect:
    """What is missing from a scope beyond the ceiling is meant: the next run believes it."""
    scope = request.form.get("scope", "")
    try:
        if not request.form.get("sure"):
            raise Invalid("cochez que vous avez vérifié la source, puis approuvez.")
        with transaction() as tx:
            gone = approve_removals(tx, scope, actor().name)
    except DomainError as refused:
        flash(str(refused), "error")
    else:
        flash(f"{counted(len(gone), 'disparition approuvée', 'disparitions approuvées')}. {NEXT}")
    return redirect(url_for("findings.index"))


def _answer(finding_id: int, record: Callable[[Transaction, str], object], told: str) -> Redirect | str:
    """Record an answer with its reason, or show the finding again with why it cannot be."""
    form: FlaskForm = AnswerForm()
    if not form.validate_on_submit():
        return page(finding_id, answer=form)
    try:
        with transaction() as tx:
            record(tx, form.reason.data)
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return page(finding_id, answer=form)
    flash(told)
    return redirect(url_for("findings.detail", finding_id=finding_id))


def _place() -> tuple[str, int]:
    """The machine that was chosen. Raises Invalid when none was."""
    cluster, _, vmid = request.form.get("place", "").rpartition("/")
    if not cluster or not vmid.isdecimal():
        raise Invalid("aucune machine n'est choisie : en choisir une de la liste.")
    return cluster, int(vmid)
