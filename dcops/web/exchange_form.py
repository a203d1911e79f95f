"""The form by which a person tells that a meter's device was replaced or reset."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import TextAreaField

from dcops.web.fields import GIVEN, NEEDED, Number, WallClock, exact_wh, up_to
from inventory.errors import Invalid
from metering.exceptions.decisions import LONGEST_REASON


class ExchangeForm(FlaskForm):  # type: ignore[misc]
    """When, the last index of the old device, the first one of the new, and why."""

    at = WallClock("Changé le (heure de Paris)", [GIVEN])
    closing = Number("Dernier index de l’ancien appareil (kWh)", [GIVEN])
    opening = Number("Premier index du nouveau (kWh)", [GIVEN])
    reason = TextAreaField("Motif", [NEEDED, up_to(LONGEST_REASON)])

    def told(self, author: str) -> dict[str, Any]:
        """As ``record_exchange`` takes it. Raises Invalid: an index that is none, or not to the Wh."""
        indexes = {"closing_wh": _index(self.closing.data), "opening_wh": _index(self.opening.data)}
        return {**indexes, "author": author, "reason": self.reason.data}


def _index(kwh: Decimal) -> int:
    wh = exact_wh(kwh)
    if wh is None or wh < 0:
        raise Invalid("un index est un nombre de kWh, positif ou nul, avec trois décimales au plus.")
    return wh
