"""The form by which a person tells that a meter's device was replaced or reset."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, TextAreaField

from dcops.web.fields import GIVEN, NEEDED, Number, up_to
from inventory.clock import PARIS
from inventory.errors import Invalid
from metering.exceptions.decisions import LONGEST_REASON

MINUTES = "%Y-%m-%dT%H:%M"


class ExchangeForm(FlaskForm):  # type: ignore[misc]
    """When, the last index of the old device, the first one of the new, and why."""

    at = DateTimeLocalField("Changé le (heure de Paris)", [GIVEN], format=[MINUTES, f"{MINUTES}:%S"])
    closing = Number("Dernier index de l’ancien appareil (kWh)", [GIVEN])
    opening = Number("Premier index du nouveau (kWh)", [GIVEN])
    reason = TextAreaField("Motif", [NEEDED, up_to(LONGEST_REASON)])

    @property
    def instant(self) -> datetime:
        """Of the exchange, in UTC."""
        local: datetime = self.at.data
        return local.replace(tzinfo=PARIS).astimezone(UTC)

    def told(self, author: str) -> dict[str, Any]:
        """As ``record_exchange`` takes it. Raises Invalid: an index that is none, or not to the Wh."""
        indexes = {"closing_wh": _wh(self.closing.data), "opening_wh": _wh(self.opening.data)}
        return {**indexes, "author": author, "reason": self.reason.data}


def _wh(kwh: Decimal) -> int:
    wh = kwh * 1000
    if not wh.is_finite() or wh != wh.to_integral_value() or not 0 <= wh < 2**62:
        raise Invalid("un index est un nombre de kWh, positif ou nul, avec trois décimales au plus.")
    return int(wh)
