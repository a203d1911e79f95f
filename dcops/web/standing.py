"""Where a dated order stands on a day: to come, in force or ended."""

from __future__ import annotations

from datetime import date

from dcops.web.listing import Badge
from inventory.customers import Dated, in_force

CHOICES = (("current", "En service"), ("coming", "À venir"), ("ended", "Terminé"))
_BADGES = {
    "current": Badge("En service", "good"),
    "coming": Badge("À venir", "info"),
    "ended": Badge("Terminé"),
}


def standing(order: Dated, on: date) -> str:
    """``current``, ``coming`` or ``ended``."""
    if in_force(order, on):
        return "current"
    return "coming" if order.start > on else "ended"


def standing_badge(order: Dated, on: date) -> Badge:
    """The same in words."""
    return _BADGES[standing(order, on)]
