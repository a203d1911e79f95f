"""How racks are divided between the shares that have no meter of their own: what was decided, and deciding it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, TextAreaField

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import actor, now, transaction
from dcops.web.fields import GIVEN, NEEDED, Day, up_to
from dcops.web.listing import Column, Listing, show
from inventory import store
from inventory.errors import DomainError
from metering.exceptions.decisions import LONGEST_REASON
from metering.models import AllocationPolicy
from metering.period import midnight
from metering.places import place_store
from metering.places.policies import POLICIES, decide_policy

blueprint = Blueprint("allocation", __name__, url_prefix="/partage")
EVERY_RACK = "Toutes les baies"


class PolicyForm(FlaskForm):  # type: ignore[misc]
    """What is divided, how, from which day on, and why."""

    rack = SelectField("Baie")
    policy = SelectField("Partage")
    first = Day("À partir du", [GIVEN])
    reason = TextAreaField("Motif", [NEEDED, up_to(LONGEST_REASON)])


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every decision, newest first."""
    return _page(PolicyForm(formdata=None))


@blueprint.post("/")
@permits(P.DECIDE_READINGS)
def decide() -> AnyResponse | str:
    """Keep a decision, or show the page again with why it cannot be."""
    form = PolicyForm()
    _offer(form)
    if not form.validate_on_submit():
        return _page(form)
    try:
        with transaction() as tx:
            told = {"author": actor().name, "reason": form.reason.data, "now": now()}
            decide_policy(tx, form.rack.data or None, form.policy.data, midnight(form.first.data), **told)
    except DomainError as refused:
        form.form_errors.append(str(refused))
        return _page(form)
    flash(f"{form.rack.data or EVERY_RACK} : partage {POLICIES[form.policy.data]} enregistré.")
    return redirect(url_for("energy.allocation.index"))


def _page(form: PolicyForm) -> Response | str:
    _offer(form)
    with transaction() as tx:
        decided = place_store.allocation_policies(tx)
        return show(_listing(decided), "energy/allocation.html", form=form, may_decide=actor().may(P.DECIDE_READINGS))


def _offer(form: PolicyForm) -> None:
    """What there is to choose from."""
    with transaction() as tx:
        form.rack.choices = [("", EVERY_RACK), *((rack.name, rack.name) for rack in store.racks(tx))]
    form.policy.choices = [(key, name.capitalize()) for key, name in POLICIES.items()]


def _listing(decided: Sequence[AllocationPolicy]) -> Listing[AllocationPolicy]:
    return Listing(
        "Partage des baies", decided,
        [
            Column("start", "À partir du", lambda one: one.start, "instant", short=True),
            Column("rack", "Baie", lambda one: one.rack.name if one.rack else EVERY_RACK),
            Column("policy", "Partage", lambda one: POLICIES[one.policy].capitalize()),
            Column("author", "Décidé par", lambda one: one.author),
            Column("reason", "Motif", lambda one: one.reason, wide=True),
        ],
        sort="-start", empty="Toutes les baies se partagent par unités.",
        hint="Une part qui a ses propres compteurs ou ses prises n’est pas concernée : elle paie ce qu’ils comptent.",
    )  # fmt: skip
