"""Why a line has no price for somebody: four different refusals, each with its own words."""

from __future__ import annotations

from inventory.errors import Invalid


class NotSold(Invalid):
    """The price cell is empty: the line is not sold to that class of customers."""


class NotApplicable(Invalid):
    """The price cell says "sans objet"."""


class NotForKind(Invalid):
    """The line is for other kinds of customers: a commune's for communes, an EPCI's for EPCI."""


class QuoteOnly(Invalid):
    """The price is agreed case by case ("sur devis", "sur étude"): nothing is computed."""
