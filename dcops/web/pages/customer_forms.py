"""Forms of a customer: where its invoices go, its population of a year, its memberships."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.validators import Optional

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import today, transaction
from dcops.web.fields import GIVEN, Day, Whole, between, up_to, year_between
from inventory import customer_changes as changes
from inventory import store
from inventory.customers import BASES, check_postcode, check_siren, check_siret
from inventory.errors import DomainError, Invalid
from inventory.models import Customer
from inventory.orm import Transaction

blueprint = Blueprint("customer_forms", __name__)
BASE_WORDS = {"municipal": "Municipale", "total": "Totale"}
_ONE_DAY = timedelta(days=1)


def _keeps(rule: Callable[[str], None]) -> Callable[[Any, Any], None]:
    """A validator of a field, from a rule of the product."""

    def check(form: Any, field: Any) -> None:
        try:
            rule(field.data)
        except Invalid as refused:
            raise ValidationError(str(refused)) from None

    return check


def _of_the_siren(form: Any, field: Any) -> None:
    try:
        check_siret(field.data, form.siren.data or None)
    except Invalid as refused:
        raise ValidationError(str(refused)) from None


def _digits(text: str | None) -> str:
    """A number as it is kept: spaces are for the eyes."""
    return "".join((text or "").split())


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class IdentityForm(FlaskForm):  # type: ignore[misc]
    """What invoices say of a customer."""

    siren = StringField("SIREN", [Optional(), _keeps(check_siren)], filters=[_digits])
    siret = StringField("SIRET", [Optional(), _of_the_siren], filters=[_digits])
    address = StringField("Adresse", [up_to(200)], filters=[_stripped])
    postcode = StringField("Code postal", [Optional(), _keeps(check_postcode)], filters=[_digits])
    city = StringField("Ville", [up_to(100)], filters=[_stripped])
    paying_service = StringField("Service exécutant", [up_to(100)], filters=[_stripped])
    order_number_required = BooleanField("Un numéro d’engagement est exigé sur ses factures")
    order_number = StringField("Numéro d’engagement", [up_to(50)], filters=[_stripped])


class PopulationForm(FlaskForm):  # type: ignore[misc]
    """The inhabitants in force from the 1st of January of a year."""

    year = Whole("Année", [GIVEN, year_between(1900, 2100)])
    base = SelectField("Base", choices=[(base, BASE_WORDS[base]) for base in BASES])
    inhabitants = Whole("Habitants", [GIVEN, between(0, 100_000_000)])


class MembershipForm(FlaskForm):  # type: ignore[misc]
    """A membership; one that starts on a day already known gets that end."""

    start = Day("Premier jour", [GIVEN])
    last = Day("Dernier jour (facultatif)", [Optional()])


@blueprint.route("/<code>/identite", methods=["GET", "POST"])
@permits(P.WRITE_CUSTOMERS)
def identity(code: str) -> Response | str:
    """Where the invoices of a customer go."""
    with transaction() as tx:
        form = IdentityForm(obj=store.customer(tx, code))
    told = {name: getattr(form, name).data for name in changes.IDENTITY}
    return _answer(form, code, "identity", lambda tx: changes.correct_identity(tx, code, told), "Identité enregistrée.")


@blueprint.route("/<code>/population", methods=["GET", "POST"])
@permits(P.WRITE_CUSTOMERS)
def population(code: str) -> Response | str:
    """The population of a year, added or corrected."""
    form = PopulationForm(year=today().year)

    def tell(tx: Transaction) -> Customer:
        return changes.tell_population(tx, code, form.year.data, form.base.data, form.inhabitants.data)

    return _answer(form, code, "population", tell, "Population enregistrée.")


@blueprint.route("/<code>/adhesion", methods=["GET", "POST"])
@permits(P.WRITE_CUSTOMERS)
def membership(code: str) -> Response | str:
    """A membership added, or the end of one; ``?debut=2014-01-01`` is the one to end."""
    form = MembershipForm(start=_start())

    def tell(tx: Transaction) -> Customer:
        last: date | None = form.last.data
        return changes.tell_membership(tx, code, form.start.data, last and last + _ONE_DAY)

    return _answer(form, code, "membership", tell, "Adhésion enregistrée.")


def _start() -> date:
    try:
        return date.fromisoformat(request.args.get("debut", ""))
    except ValueError:
        return today()


def _answer(
    form: FlaskForm, code: str, template: str, tell: Callable[[Transaction], Customer], done: str
) -> Response | str:
    """Record what the form tells, or show it again with what is wrong; nothing typed is lost."""
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                tell(tx)
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            flash(done)
            return redirect(url_for("customers.detail", code=code))
    with transaction() as tx:
        customer = store.customer(tx, code)
    return render_template(f"customers/{template}.html", form=form, customer=customer, bases=BASE_WORDS)
