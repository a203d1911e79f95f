"""« Trouver une place »: where a share still fits over its whole time with its power, and a way to book it there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import Optional

from dcops.auth.permissions import Permission as P
from dcops.space import placing_listing
from dcops.space.placing import places
from dcops.web.access import permits
from dcops.web.context import now, parts, today, transaction
from dcops.web.fields import GIVEN, NEEDED, Day, Whole, between
from dcops.web.spaces import KINDS, first_day, last_day_of
from inventory import store
from inventory.booking import MOST_WATTS
from inventory.errors import DomainError
from inventory.placement import Answer, Place, Wanted

blueprint = Blueprint("placing", __name__)


class PlacingForm(FlaskForm):  # type: ignore[misc]
    """What is to be placed; asked by GET, so that the answer has an address."""

    class Meta:
        csrf = False

    kind = SelectField("Part", [NEEDED])
    units = Whole("Nombre d’U", [Optional(), between(1, 100)])
    watts = Whole("Puissance (W)", [Optional(), between(0, MOST_WATTS)])
    start = Day("Premier jour", [GIVEN])
    last = Day("Dernier jour (facultatif)", [Optional()])
    room = SelectField("Salle", [Optional()])
    customer = SelectField("Collectivité (facultatif)", [Optional()])

    def wanted(self) -> Wanted:
        end = last_day_of(self.last.data)
        sizes = (self.units.data or 1, self.watts.data or 0)
        return Wanted(self.kind.data, self.start.data, end, *sizes, self.customer.data or None)


@blueprint.get("/trouver")
@permits(P.READ_SPACE)
def find() -> str:
    """The question, and its answer once it is asked."""
    asked = "kind" in request.args
    form = PlacingForm(request.args if asked else None, kind="half", start=first_day(today()))
    form.kind.choices = KINDS
    found: tuple[Answer, Wanted] | None = None
    with transaction() as tx:
        form.room.choices = [
            ("", "Toutes"),
            *((name, name) for name in sorted({each.name for each in store.rooms(tx)})),
        ]
        form.customer.choices = [("", "—"), *((one.code, one.name) for one in store.customers(tx))]
        if asked and form.validate():
            try:
                wanted = form.wanted()
                answer = places(tx, wanted, parts().settings.space, now(), form.room.data or None)
                found = (answer, wanted)
            except DomainError as refused:
                form.form_errors.append(str(refused))
    return render_template("racks/find.html", form=form, found=found, told=placing_listing, book=_book)


def _book(place: Place, wanted: Wanted) -> str:
    """The address of the booking form of a place, filled in."""
    until = place.until or wanted.end
    filled: dict[str, Any] = {
        "kind": wanted.kind, "position": place.position, "units": wanted.units, "start": wanted.start.isoformat(),
        "last": placing_listing.last_of(until), "power_w": wanted.watts or None, "customer": wanted.customer,
    }  # fmt: skip
    return url_for("racks.space_forms.book", name=place.rack.name, **{k: v for k, v in filled.items() if v})
