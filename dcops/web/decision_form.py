"""The form by which a person decides of an exception, or of a span of a meter."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Optional

from dcops.web.context import actor
from dcops.web.fields import NEEDED, Number, exact_wh, up_to
from inventory.errors import Invalid
from metering.exceptions.decisions import LONGEST_REASON, Answer

CHOSEN = InputRequired("Choisir une décision.")


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What a person decides; ``known``: the decision of the exception that they have read, if there is one."""

    kind = RadioField("Décision", [CHOSEN], validate_choice=False)
    kwh = Number("Énergie de la période (kWh)", [Optional()])
    sure = BooleanField("C’est plus que le circuit ne peut porter, et c’est juste")
    reason = TextAreaField("Motif", [NEEDED, up_to(LONGEST_REASON)])
    known = HiddenField()

    @property
    def seen(self) -> int | None:
        """The number of the decision that the person has read."""
        return int(self.known.data) if (self.known.data or "").isdecimal() else None

    def answer(self) -> Answer:
        """Raises Invalid: kWh that are none, or not to the Wh."""
        kwh = self.kwh.data if self.kind.data == "edit" else None
        wh = None if kwh is None else exact_wh(kwh)
        if kwh is not None and wh is None:
            raise Invalid("l'énergie est un nombre de kWh, avec trois décimales au plus.")
        return Answer(self.kind.data, actor().name, self.reason.data, wh, self.sure.data)
