"""A plan before it is kept: what it would do, finding by finding, as people choose dates, customers and actions."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import TextAreaField

from dcops.auth.permissions import Permission as P
from dcops.plans.planning import keep, propose
from dcops.web.access import permits
from dcops.web.context import actor, parts, today, transaction
from dcops.web.fields import GIVEN, NEEDED, Day, up_to
from dcops.web.formats import counted, number
from dcops.web.plan_rows import Chosen, drafts, read
from dcops.web.plan_words import exactly
from dcops.web.selection import Selection, selection
from inventory import store
from inventory.errors import DomainError
from inventory.plan import IN_FRENCH

MOST = 2_000
"""How many findings one plan is about: the machines of a first day, not more than a page can show."""
KEEP = "garder"
"""What the button pressed asks for; anything else shows what would be done."""


class PlanForm(FlaskForm):  # type: ignore[misc]
    """From which day, and why; the choices of each finding are beside it."""

    effective = Day("Date d’effet des commandes", [GIVEN])
    reason = TextAreaField("Motif", [NEEDED, up_to(500)])


@permits(P.DECIDE_FINDINGS)
def plan() -> Redirect | str:
    """Show what would be done; keep it when it is what was shown."""
    with transaction() as tx:
        chosen, names = selection(tx), store.customer_names(tx)
    if not 0 < len(chosen.found) <= MOST:
        flash(_unplannable(len(chosen.found)), "error")
        return redirect(chosen.back)
    form = PlanForm(effective=today())
    asked = read(chosen.found, request.form, form.effective.data or today(), request.args.get("action", ""), names)
    if request.form.get("step") == KEEP and form.validate_on_submit() and not asked.problems:
        try:
            plan_id = keep(
                parts(), chosen.ids, asked.choices, request.form.get("checksum", ""), actor().name, form.reason.data,
                bool(request.form.get("approve")),
            )  # fmt: skip
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            flash(f"Le plan n° {plan_id} est enregistré : relisez-le, puis appliquez-le.")
            return redirect(url_for("findings.plans.detail", plan_id=plan_id))
    return _page(chosen, form, asked, names)


def _page(chosen: Selection, form: PlanForm, asked: Chosen, names: Mapping[str, str]) -> str:
    proposal = propose(parts(), chosen.ids, asked.choices)
    rows = list(drafts(chosen.found, asked, proposal))
    return render_template(
        "plans/preview.html", form=form, back=chosen.back, proposal=proposal, rows=rows, words=IN_FRENCH,
        problem=asked.problems.get(None, ""), everyone=request.form.get("client", ""), names=names,
        unknown=sum(row.asks_customer for row in rows), approve=request.form.get("approve"),
        exactly=lambda action: exactly(parts(), action, names),
    )  # fmt: skip


def _unplannable(count: int) -> str:
    if not count:
        return "Aucun écart n’est choisi : cochez-en, ou choisissez tout le filtre."
    many = counted(count, "écart", "écarts")
    return f"{many} : un plan porte sur {number(MOST)} écarts au plus, pour pouvoir être relu. Restreignez le filtre."
