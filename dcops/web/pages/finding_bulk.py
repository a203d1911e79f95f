"""Many findings taken into account or ignored at once: what will change is seen before anything is written."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import StringField
from wtforms.validators import Optional

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import actor, now, transaction
from dcops.web.fields import NEEDED, Day, up_to
from dcops.web.formats import counted
from dcops.web.pages.finding_plan import plan
from dcops.web.rule_words import words_of
from dcops.web.selection import Selection, seal, selection
from inventory.decisions import acknowledge_all, ignore_all
from inventory.errors import DomainError
from inventory.findings import State
from inventory.orm import Transaction

blueprint = Blueprint("bulk", __name__, url_prefix="/lot")
blueprint.add_url_rule("/planifier", view_func=plan, methods=["GET", "POST"])
SHOWN = 50
"""How many findings a preview names; the sums are of all."""
STALE = "la liste a changé depuis l’aperçu : voici ce qui serait fait maintenant. Rien n’a été écrit."


class BulkForm(FlaskForm):  # type: ignore[misc]
    """One reason for all of them."""

    why = StringField("Motif", [NEEDED, up_to(500)])
    until = Day("Ignorer jusqu’au (facultatif)", [Optional()])


@blueprint.route("/<any(prendre, ignorer):what>", methods=["GET", "POST"])
@permits(P.DECIDE_FINDINGS)
def decide(what: str) -> Redirect | str:
    """Show what would change, then change it if it is still that."""
    after, form = (State.IGNORED if what == "ignorer" else State.ACKNOWLEDGED), BulkForm()
    with transaction() as tx:
        chosen = selection(tx)
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                changed = _decide(tx, form, after)
            if changed is not None:
                told = {State.IGNORED: ("écart ignoré", "écarts ignorés")}
                flash(counted(changed, *told.get(after, ("écart pris en compte", "écarts pris en compte"))) + ".")
                return redirect(chosen.back)
            form.form_errors.append(STALE)
        except DomainError as refused:
            form.form_errors.append(str(refused))
        with transaction() as tx:
            chosen = selection(tx)
    return render_template("findings/bulk.html", what=what, form=form, **_preview(chosen, after))


def _decide(tx: Transaction, form: BulkForm, after: State) -> int | None:
    """How many findings were changed; None when they are no longer those that were shown."""
    may, _ = selection(tx).split(after)
    if seal(may) != request.form.get("checksum"):
        return None
    ids = [finding.id for finding in may]
    if after is State.IGNORED:
        return len(ignore_all(tx, ids, actor().name, form.why.data, now(), form.until.data))
    return len(acknowledge_all(tx, ids, actor().name, form.why.data, now()))


def _preview(chosen: Selection, after: State) -> dict[str, Any]:
    may, refused = chosen.split(after)
    rules = Counter(words_of(finding.rule).name for finding in may)
    return {
        "back": chosen.back, "may": may[:SHOWN], "count": len(may), "refused": refused[:SHOWN],
        "refused_count": len(refused), "rules": rules.most_common(), "checksum": seal(may),
        "yearly": sum(finding.eur_per_year for finding in may),
    }  # fmt: skip
