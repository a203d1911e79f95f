"""Private cages: book one with its racks and its agreed price, end it, take it back."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from dcops.auth.permissions import Permission as P
from dcops.billing.order_store import billed_until
from dcops.contracts import cages
from dcops.contracts.listing import RHYTHMS
from dcops.web.access import permits
from dcops.web.context import actor, today, transaction
from dcops.web.fields import GIVEN, NEEDED, Day, Number, Whole, between, up_to
from dcops.web.pages.rooms import address
from dcops.web.pages.space_forms import CONFIRM, EDIT, REASON, CancelForm, EndForm, by
from dcops.web.spaces import first_day, last_day_of
from inventory import space_store, store
from inventory.booking import LONGEST_REASON, MOST_WATTS
from inventory.cages import LONGEST_NAME, CageWish
from inventory.errors import DomainError
from inventory.models import Cage
from inventory.orm import Transaction

blueprint = Blueprint("cages", __name__, url_prefix="/espaces")


class CageForm(FlaskForm):  # type: ignore[misc]
    """A private cage of more than four racks; its price is agreed, or comes later."""

    name = StringField("Nom de l’espace", [NEEDED, up_to(LONGEST_NAME)])
    customer = SelectField("Collectivité", [NEEDED])
    racks = SelectMultipleField("Baies", [NEEDED], render_kw={"size": 12})
    start = Day("Premier jour", [GIVEN])
    last = Day("Dernier jour (facultatif)", [Optional()])
    power_w = Whole("Puissance promise par baie (W, facultatif)", [Optional(), between(1, MOST_WATTS)])
    agreed_price = Number("Prix convenu par an (€ HT)", [Optional()])
    reason = TextAreaField(REASON, [up_to(LONGEST_REASON)])

    def wish(self) -> CageWish:
        days = (self.start.data, last_day_of(self.last.data))
        return CageWish(self.name.data.strip(), tuple(self.racks.data), self.customer.data, *days, self.power_w.data)


@blueprint.route("/nouveau", methods=["GET", "POST"])
@permits(P.WRITE_SPACE)
def new() -> Response | str:
    """Book a cage: fill in, see its racks and its price, confirm. A price is agreed by who may write contracts."""
    form = CageForm(start=first_day(today()))
    with transaction() as tx:
        _choose(tx, form)
    if not actor().may(P.WRITE_CONTRACTS):
        del form.agreed_price
    step = request.form.get("step")
    found: cages.Assessed | None = None
    if form.validate_on_submit() and step != EDIT:
        price = form.agreed_price.data if form.agreed_price else None
        try:
            with transaction() as tx:
                if step == CONFIRM:
                    cage, _ = cages.book(tx, form.wish(), price, by(form))
                    flash("Espace privatif réservé.")
                    return redirect(address(cage.room.site.name, cage.room.name))
                found = cages.assess(tx, form.wish(), price)
        except DomainError as refused:
            form.form_errors.append(str(refused))
    return render_template(
        "racks/cage.html", form=form, found=found, rhythms=RHYTHMS, confirm=CONFIRM, edit=EDIT, no_price=cages.NO_PRICE,
        who=dict(form.customer.choices).get(form.customer.data, ""),
    )  # fmt: skip


def _choose(tx: Transaction, form: CageForm) -> None:
    """Customers, and the racks of each room."""
    form.customer.choices = [("", "Choisir…"), *((one.code, one.name) for one in store.customers(tx))]
    rooms: dict[str, list[tuple[str, str]]] = {}
    for rack in store.racks(tx):
        held = "" if not any(share.end is None or share.end > today() for share in rack.shares) else " (occupée)"
        rooms.setdefault(f"{rack.room.name}, {rack.room.site.name}", []).append((rack.name, rack.name + held))
    form.racks.choices = rooms


@blueprint.route("/<int:id>/<any(fin, annulation):what>", methods=["GET", "POST"])
@permits(P.WRITE_SPACE)
def change(id: int, what: str) -> Response | str:
    """End a cage with all its racks and what pays for it, or take back one that has not begun."""
    form: Any = EndForm() if what == "fin" else CancelForm()
    with transaction() as tx:
        shown = _shown(tx, space_store.cage(tx, id))
    if form.validate_on_submit():
        if not shown["allowed"]:
            actor().require(P.WRITE_CONTRACTS)
        try:
            with transaction() as tx:
                if what == "fin":
                    cages.move_end(tx, id, last_day_of(form.last.data), by(form))
                else:
                    cages.cancel(tx, id, partial(billed_until, tx), by(form), today())
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            flash("Fin enregistrée." if what == "fin" else "Réservation annulée.")
            return redirect(shown["back"])
    elif request.method == "GET" and what == "fin" and shown["cage"].end is not None:
        form.last.data = shown["cage"].end - date.resolution
    return render_template("racks/cage_end.html", form=form, what=what, **shown)


def _shown(tx: Transaction, cage: Cage) -> dict[str, Any]:
    """What pays for a cage belongs to who may write contracts: others leave its end to them."""
    paying = cages.subscription_of(tx, cage)
    orders = [("share", share.id) for share in cage.shares] + ([("subscription", paying.id)] if paying else [])
    billed = [day for order, id in orders if (day := billed_until(tx, order, id)) is not None]
    return {
        "cage": cage, "paying": paying, "billed": max(billed, default=None),
        "allowed": paying is None or actor().may(P.WRITE_CONTRACTS),
        "back": address(cage.room.site.name, cage.room.name),
    }  # fmt: skip
