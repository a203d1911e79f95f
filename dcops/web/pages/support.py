"""Assistance: hours left per customer, packs as bars, every entry, logging an intervention, selling a pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, IntegerField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from dcops.auth.permissions import Permission as P
from dcops.catalogue import store as catalogue
from dcops.support import hours
from dcops.support.ledger import NEVER, Balance
from dcops.support.statement import KINDS
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, today, transaction
from dcops.web.listing import Column, Listing, show
from inventory import store
from inventory.errors import DomainError
from inventory.orm import Transaction

blueprint = Blueprint("support", __name__, url_prefix="/assistance")
NEEDED = DataRequired("Ce champ est nécessaire.")
GIVEN = InputRequired("Ce champ est nécessaire.")  # 0 is given, and out of range


class LogForm(FlaskForm):  # type: ignore[misc]
    """One intervention."""

    customer = SelectField("Collectivité", [NEEDED])
    minutes = IntegerField("Durée (minutes)", [GIVEN, NumberRange(1, 1440, "De 1 à 1 440 minutes.")])
    on = DateField("Jour", [NEEDED])
    what = TextAreaField("Ce qui a été fait", [NEEDED, Length(max=2000, message="2 000 caractères au plus.")])


class SellForm(FlaskForm):  # type: ignore[misc]
    """One pack sold."""

    customer = SelectField("Collectivité", [NEEDED])
    pack = SelectField("Forfait", [NEEDED])
    on = DateField("Date de commande", [NEEDED])


@dataclass(frozen=True)
class Line:
    """One customer in the list of hours."""

    code: str
    name: str
    balance: Balance

    @property
    def next_expiry(self) -> date | None:
        """The last day of the pack that ends first, among those with minutes left and a term."""
        live = [pack for pack in self.balance.packs if pack.remaining_minutes and pack.expires_on != NEVER]
        return min((pack.last_day for pack in live), default=None)


@blueprint.get("/")
@permits(P.READ_HOURS)
def index() -> Response | str:
    """Hours of every customer that has a ledger."""
    with transaction() as tx:
        names = {customer.code: customer.name for customer in store.customers(tx)}
        lines = [Line(code, names[code], balance) for code, balance in hours.balances(tx, today()).items()]
    columns = [
        Column[Line]("name", "Collectivité", lambda r: r.name, link=lambda r: url_for("support.detail", code=r.code)),
        Column[Line]("bought", "Achetées", lambda r: r.balance.bought_minutes, "minutes", total=True, phone=False),
        Column[Line]("used", "Utilisées", lambda r: r.balance.used_minutes, "minutes", total=True),
        Column[Line]("remaining", "Restantes", lambda r: r.balance.remaining_minutes, "minutes", total=True),
        Column[Line]("owed", "Dues", lambda r: r.balance.owed_minutes, "minutes", total=True, phone=False),
        Column[Line]("expiry", "Prochaine échéance", lambda r: r.next_expiry, "day"),
    ]
    listing = Listing(
        "Heures d’assistance", lines, columns, sort="name",
        empty="Aucun forfait d’heures n’a été vendu.",
        hint="Vendez un premier forfait pour ouvrir le compte d’une collectivité.",
    )  # fmt: skip
    return show(listing, "support/index.html")


@blueprint.get("/<code>")
@permits(P.READ_HOURS)
def detail(code: str) -> str:
    """One customer: packs, entries, statement of the year."""
    with transaction() as tx:
        customer = store.customer(tx, code)
        balance = hours.balance(tx, code, today())
        entries = hours.entries(tx, code)
    return render_template("support/detail.html", customer=customer, balance=balance, entries=entries, kinds=KINDS)


@blueprint.route("/intervention", methods=["GET", "POST"])
@permits(P.LOG_HOURS)
def log() -> Response | str:
    """Log an intervention; what was typed is kept when it is refused."""
    form = LogForm(customer=request.args.get("customer"), on=today(), minutes=30)
    with transaction() as tx:
        form.customer.choices = _customers(tx)
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                entry = hours.log(
                    tx, form.customer.data, form.minutes.data, form.on.data, form.what.data,
                    actor().name, now(), parts().settings.support,
                )  # fmt: skip
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            flash(f"Intervention enregistrée : {-entry.minutes} min décomptées pour {form.minutes.data} min saisies.")
            return redirect(url_for("support.detail", code=form.customer.data))
    return render_template("support/log.html", form=form)


@blueprint.route("/vente", methods=["GET", "POST"])
@permits(P.SELL_HOURS)
def sell() -> Response | str:
    """Sell a pack at the dated tariff."""
    form = SellForm(customer=request.args.get("customer"), on=today())
    with transaction() as tx:
        form.customer.choices = _customers(tx)
        lines = [line for line in catalogue.tariff_on(tx, today()).lines if line.minutes]
    form.pack.choices = [(line.code, line.label) for line in lines]
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                hours.sell(tx, form.customer.data, form.pack.data, form.on.data, actor().name, now())
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            flash("Forfait ajouté au compte de la collectivité.")
            return redirect(url_for("support.detail", code=form.customer.data))
    return render_template("support/sell.html", form=form)


def _customers(tx: Transaction) -> list[tuple[str, str]]:
    return [("", "Choisir…"), *((customer.code, customer.name) for customer in store.customers(tx))]
