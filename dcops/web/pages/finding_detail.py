"""One finding: the three truths side by side with their evidence, what to do, and what people decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length, Optional

from dcops.auth.permissions import Permission as P
from dcops.plans.remedies import remedies_of
from dcops.web.access import permits
from dcops.web.context import actor, now, transaction
from dcops.web.rule_words import words_of
from dcops.web.truths import side_by_side
from dcops.web.words import finding_state
from inventory import board_store, store
from inventory.decisions import acknowledge, ignore
from inventory.errors import DomainError
from inventory.findings import IN_FRENCH, MOVES, State, eur_since_seen
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.plan import BY_HAND, Kind
from inventory.plan import IN_FRENCH as ACTIONS

TRUTHS = ("vendu", "documenté", "réel")


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """A decision with its reason."""

    why = StringField("Motif", [DataRequired("Une décision se motive."), Length(max=500)])
    until = DateField("Ignorer jusqu’au (facultatif)", [Optional()])


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What a person answers, with its reason."""

    reason = StringField("Motif", [DataRequired("Une réponse se motive."), Length(max=500)])


@permits(P.READ_FINDINGS)
def detail(finding_id: int) -> str:
    """The three truths side by side, what to do, and the history."""
    return page(finding_id)


@permits(P.DECIDE_FINDINGS)
def decide(finding_id: int, decision: str) -> Redirect | str:
    """Take into account, or ignore until a day."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return page(finding_id, form)
    try:
        with transaction() as tx:
            if decision == "ignorer":
                ignore(tx, finding_id, actor().name, form.why.data, now(), form.until.data)
            else:
                acknowledge(tx, finding_id, actor().name, form.why.data, now())
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return page(finding_id, form)
    flash("Décision enregistrée.")
    return redirect(url_for("findings.detail", finding_id=finding_id))


@permits(P.READ_FINDINGS)
def evidence(finding_id: int) -> str:
    """What each source told of it, as it was kept, as the part of a page: snapshots weigh megabytes."""
    with transaction() as tx:
        found = board_store.evidence(tx, store.finding(tx, finding_id))
    return render_template("findings/_evidence.html", evidence=found)


def page(finding_id: int, form: FlaskForm | None = None, answer: FlaskForm | None = None) -> str:
    """The page of a finding, with its forms as they were filled in."""
    forms = {"form": form or DecisionForm(formdata=None), "answer": answer or AnswerForm(formdata=None)}
    with transaction() as tx:
        finding = store.finding(tx, finding_id)
        return render_template("findings/detail.html", finding=finding, **forms, **_shown(tx, finding, now()))


def _shown(tx: Transaction, finding: Finding, at: datetime) -> dict[str, Any]:
    state, truths = State(finding.state), (finding.sold, finding.documented, finding.real)
    remedies, plans = remedies_of(finding.rule, *truths), board_store.plans_of(tx, finding.id)
    return {
        "state": finding_state(finding.state),
        "words": words_of(finding.rule),
        "lines": side_by_side(finding.field, truths, store.customer_names(tx)),
        "mute": [name for name, told in zip(TRUTHS, truths, strict=True) if told is None],
        "since": eur_since_seen(finding.eur_per_year, finding.first_seen, at),
        "silent": [one for one in store.latest_snapshots(tx) if one.status != "complete"] if finding.frozen else [],
        "remedies": [(kind, ACTIONS[kind], kind in BY_HAND) for kind in remedies],
        "plans": plans,
        "by_hand": any(Kind(one.kind) in BY_HAND and one.state == "pending" for one in plans),
        "may_plan": State.PLANNED in MOVES[state],
        "may_acknowledge": State.ACKNOWLEDGED in MOVES[state],
        "may_ignore": State.IGNORED in MOVES[state],
        "states": {one.value: word for one, word in IN_FRENCH.items()},
    }
