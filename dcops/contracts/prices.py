"""What a holding costs at a grid line, once or for a whole year, its agreed price standing for the grid's; pure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from dcops.catalogue.behaviours import BY_POPULATION, NOT_OURS, Priced, kind_of, product
from dcops.catalogue.line import GridLine
from dcops.catalogue.quote import Buyer, price

AGREED = "Prix convenu avec le client."


def price_of(
    line: GridLine,
    buyer: Buyer,
    quantity: Decimal,
    agreed: Decimal | None = None,
    supplier_price: Decimal | None = None,
) -> Priced:
    """The price of a quantity of a line, not rounded; ``agreed`` is a price per unit of the line, in euros.

    ``supplier_price``: that of a line that follows its supplier's. A package is one, however many
    computers it is for. Raises as ``price`` does where nothing was agreed, and for what we do not sell.
    """
    package = kind_of(line) == "package"
    if agreed is not None and line.behaviour not in NOT_OURS:
        priced = product(agreed, Decimal(1) if package else quantity)
        return replace(priced, why=[AGREED, *priced.why])
    priced = price(line, buyer, quantity, supplier_price)
    return replace(priced, quantity=Decimal(1)) if package else priced


def depends_on_population(line: GridLine) -> bool:
    """Whether the population of the buyer changes the price, or chooses the line among those of its service."""
    bracket = line.population_min is not None or line.population_max is not None
    return bracket or line.behaviour in BY_POPULATION
