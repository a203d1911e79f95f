"""Deciding of a span of a meter that no exception tells of, or of many exceptions at once: seen first, then decided."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import now, parts, transaction
from dcops.web.decision_form import DecisionForm
from dcops.web.fields import GIVEN, NEEDED, WallClock, on_the_wall
from inventory.errors import DomainError
from inventory.orm import Transaction
from metering import store
from metering.exceptions.checking import validate
from metering.exceptions.decisions import decide_span
from metering.exceptions.exception_words import DECISIONS, METHODS
from metering.exceptions.shown import span_of
from metering.period import Period

blueprint = Blueprint("spans", __name__, url_prefix="/periode")
CHOICES = {
    "edit": "Corriger : écrire l’énergie de la période",
    "estimate": "Estimer la période",
    "reject": "Rejeter les relevés de la période : l’index suivant prolongera le précédent",
}


class SpanForm(FlaskForm):  # type: ignore[misc]
    """A meter, and a time by the clock on the wall; it comes by the address, nothing is written."""

    class Meta:
        csrf = False

    compteur = SelectField("Compteur", [NEEDED])
    du = WallClock("Du", [GIVEN])
    au = WallClock("Au", [GIVEN])

    @property
    def period(self) -> Period | None:
        """The time asked for; None when it ends before it starts."""
        start, end = self.du.instant, self.au.instant
        return Period(start, end) if start < end else None


def address(meter: str, period: Period) -> str:
    """Where a span is decided of."""
    start, end = on_the_wall(period.start), on_the_wall(period.end)
    return url_for("energy.exceptions.spans.choose", compteur=meter, du=start, au=end)


@blueprint.get("/")
@permits(P.DECIDE_READINGS)
def choose() -> str:
    """Choose a span; once it is chosen, what is known of it and what can be decided."""
    return _page(DecisionForm())


@blueprint.post("/")
@permits(P.DECIDE_READINGS)
def decide() -> Response | str:
    """Keep a decision of the span that the address tells, and draw its consequences."""
    validation = parts().settings.metering.vee.validation
    form = DecisionForm()
    with transaction() as tx:
        asked, period = _asked(tx)
    if period is None or not form.validate_on_submit():
        return _page(form)
    name = asked.compteur.data
    try:
        with transaction() as tx:
            decision = decide_span(tx, name, period.start, period.end, form.answer(), now(), validation=validation)
            validate(tx, now(), [decision.meter_id], validation)
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return _page(form)
    flash(f"Compteur {name} : décision enregistrée, {DECISIONS[form.kind.data]}.")
    return redirect(url_for("energy.exceptions.index"))


def _asked(tx: Transaction) -> tuple[SpanForm, Period | None]:
    """What the address asks for; no period while it asks for none, or for one that makes no sense."""
    form = SpanForm(formdata=request.args)
    form.compteur.choices = [("", "Choisir…"), *((one.name, one.name) for one in store.meters(tx))]
    if not request.args or not form.validate():
        return form, None
    if form.period is None:
        form.au.errors = [*form.au.errors, "La fin doit venir après le début."]
    return form, form.period


def _page(form: DecisionForm) -> str:
    form.kind.choices = list(CHOICES.items())
    with transaction() as tx:
        span, period = _asked(tx)
        known: dict[str, Any] = {}
        if period is not None:
            known = {"known": span_of(tx, span.compteur.data, period, parts().settings.metering.vee.validation)}
        return render_template("energy/exception_span.html", span=span, form=form, methods=METHODS, **known)
