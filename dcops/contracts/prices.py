"""What a holding costs at a grid line, once or for a whole year, its agreed price standing for the grid's; pure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from dcops.catalogue.behaviours import Priced, kind_of, product
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
    computers it is for. Raises as ``price`` does where nothing was agreed.
    """
    package = kind_of(line) == "package"
    if agreed is not None:
        priced = product(agreed, Decimal(1) if package else quantity)
        return replace(priced, why=[AGREED, *priced.why])
    priced = price(line, buyer, quantity, supplier_price)
    return replace(priced, quantity=Decimal(1)) if package else priced
