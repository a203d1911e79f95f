"""Forms of space: book a share, end it or take it back; the price and the elevation are seen before it is recorded."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import Optional

from dcops.auth.permissions import Permission as P
from dcops.billing.order_store import billed_until
from dcops.contracts.costs import prices_on
from dcops.contracts.orders import lines_of_share
from dcops.space.placing import limits_of, spaces
from dcops.space.placing_listing import doubt
from dcops.web.access import permits
from dcops.web.context import actor, now, parts, today, transaction
from dcops.web.fields import GIVEN, NEEDED, Day, Whole, between, up_to
from dcops.web.rack_view import picture
from dcops.web.spaces import KINDS, first_day, last_day_of
from inventory import booking, space_store, store
from inventory.booking import LONGEST_REASON, MOST_WATTS, By, Draft, Wish
from inventory.elevation import Slot
from inventory.errors import DomainError
from inventory.models import Rack
from inventory.orm import Transaction
from inventory.rack_space import Documented, power_of
from inventory.racks import overlaps

blueprint = Blueprint("space_forms", __name__)
CONFIRM, EDIT = "confirmer", "modifier"
"""What the button pressed asks for; anything else shows the effect."""
REASON = "Motif (facultatif)"


class BookingForm(FlaskForm):  # type: ignore[misc]
    """A share of one rack; ``position`` is the lowest U, or the number of the part from the bottom."""

    customer = SelectField("Collectivité", [NEEDED])
    kind = SelectField("Part", [NEEDED])
    position = Whole("Position", [Optional(), between(1, 100)])
    units = Whole("Nombre d’U", [Optional(), between(1, 100)])
    start = Day("Premier jour", [GIVEN])
    last = Day("Dernier jour (facultatif)", [Optional()])
    power_w = Whole("Puissance promise (W, facultatif)", [Optional(), between(1, MOST_WATTS)])
    reason = TextAreaField(REASON, [up_to(LONGEST_REASON)])

    def wish(self, rack: str) -> Wish:
        place = (self.position.data or 1, self.units.data or 1)
        days = (self.start.data, last_day_of(self.last.data))
        return Wish(rack, self.kind.data, self.customer.data, *days, *place, self.power_w.data)


class EndForm(FlaskForm):  # type: ignore[misc]
    """The last day of a share; left empty, an end is taken back."""

    last = Day("Dernier jour", [Optional()])
    reason = TextAreaField(REASON, [up_to(LONGEST_REASON)])


class CancelForm(FlaskForm):  # type: ignore[misc]
    """A share that has not begun is taken back."""

    reason = TextAreaField(REASON, [up_to(LONGEST_REASON)])


def by(form: FlaskForm) -> By:
    """Who is logged in, now, and the reason typed."""
    return By(actor().name, now(), (form.reason.data or "").strip())


@blueprint.route("/<path:name>/reserver", methods=["GET", "POST"])
@permits(P.WRITE_SPACE)
def book(name: str) -> Response | str:
    """Book a share of a rack: fill in, see what it costs and how the rack looks then, confirm."""
    form = BookingForm()
    if request.method == "GET":
        form.process(request.args, kind="half", position=1, start=first_day(today()))
    with transaction() as tx:
        form.kind.choices = KINDS
        form.customer.choices = [("", "Choisir…"), *((one.code, one.name) for one in store.customers(tx))]
    context: dict[str, Any] = {}
    step = request.form.get("step")
    if form.validate_on_submit() and step != EDIT:
        try:
            with transaction() as tx:
                if step == CONFIRM:
                    booking.book(tx, form.wish(name), by(form))
                else:
                    context = _preview(tx, booking.assess(tx, form.wish(name)))
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            if step == CONFIRM:
                flash("Part réservée.")
                return redirect(url_for("racks.detail", name=name))
    with transaction() as tx:
        rack = store.rack(tx, name)
        context = context or {"svg": _drawn(tx, rack, max(form.start.data or today(), today()))}
        return render_template("racks/book.html", form=form, rack=rack, confirm=CONFIRM, edit=EDIT, **context)


def _preview(tx: Transaction, draft: Draft) -> dict[str, Any]:
    """What the share costs from its first day, the power that is left, and the rack on that day."""
    wish, units = draft.wish, draft.span.half_units // 2
    prices = prices_on(tx, wish.start)
    lines = lines_of_share(wish.kind, units)
    (space,) = spaces(tx, [draft.rack], now())
    settings = parts().settings.space
    power = power_of(space, wish.start, wish.end, limits_of(settings), today())
    new = Slot(draft.span.first_half_unit, draft.span.end_half_unit, "sold", f"Nouveau : {draft.customer.name}")
    doubts = [doubt(each) for each in space.documented if overlaps(each.span, draft.span) and not _own(each, draft)]
    return {
        "draft": draft, "costs": prices.lines(draft.customer, lines), "yearly": prices.yearly(draft.customer, lines),
        "power": power, "short": power.headroom is not None and power.headroom < (wish.power_w or 0),
        "doubts": doubts, "svg": _drawn(tx, draft.rack, wish.start, [new]), "on": wish.start,
    }  # fmt: skip


def _own(each: Documented, draft: Draft) -> bool:
    """Whether units are set aside for whoever books them."""
    return each.reserved and each.customer == draft.customer.code


def _drawn(tx: Transaction, rack: Rack, on: date, new: list[Slot] | None = None) -> Markup:
    return Markup(picture(tx, rack, on, new or []))  # noqa: S704 (elevation() escapes every label)


@blueprint.route("/parts/<int:id>/fin", methods=["GET", "POST"])
@permits(P.WRITE_SPACE)
def end(id: int) -> Response | str:
    """End a share, move its end, or take it back."""
    form = EndForm()
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                share = booking.move_end(tx, id, last_day_of(form.last.data), by(form))
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            flash("Fin enregistrée.")
            return redirect(url_for("racks.detail", name=share.rack.name))
    return _of_share(id, form, "fin")


@blueprint.route("/parts/<int:id>/annulation", methods=["GET", "POST"])
@permits(P.WRITE_SPACE)
def cancel(id: int) -> Response | str:
    """Take back a share that has not begun."""
    form = CancelForm()
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                rack = booking.cancel(tx, id, partial(billed_until, tx), by(form), today())
        except DomainError as refused:
            form.form_errors.append(str(refused))
        else:
            flash("Réservation annulée.")
            return redirect(url_for("racks.detail", name=rack.name))
    return _of_share(id, form, "annulation")


def _of_share(id: int, form: FlaskForm, what: str) -> str:
    with transaction() as tx:
        share = space_store.share(tx, id)
        if request.method == "GET" and what == "fin" and share.end is not None:
            form.last.data = share.end - date.resolution
        billed = billed_until(tx, "share", id)
        return render_template("racks/end.html", form=form, share=share, what=what, billed=billed)
