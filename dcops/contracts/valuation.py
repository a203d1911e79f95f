"""What resources that were not sold (or not delivered) are worth in a year, at the tariff of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dcops.catalogue import store
from dcops.catalogue.buyers import STRANGER, buyer_on
from dcops.catalogue.line import Grid
from dcops.catalogue.quote import Buyer, quote
from dcops.catalogue.quoting import find_lines
from dcops.catalogue.refusals import NotApplicable, NotSold, QuoteOnly
from dcops.contracts import cages
from dcops.contracts.orders import (
    OrderLine,
    line_above_plan,
    line_of_unit,
    line_of_whole,
    lines_of_antivirus,
    lines_of_machines,
    lines_of_more,
    lines_of_plans,
    options,
)
from dcops.money import ZERO
from inventory import store as inventory_store
from inventory.differences import Resources
from inventory.models import Customer
from inventory.orm import Transaction


class Valuation:
    """Answers: how many euros a year are these resources, for this customer, at the tariff of that day.

    Grids and customers are read once; a customer unknown or None pays the non-member price.
    """

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._grids: tuple[Grid, ...] | None = None
        self._customers: dict[str, Customer] | None = None

    def __call__(self, customer_code: str | None, resources: Resources, on: date) -> Decimal:
        """Euros per year, never negative. Raises NotFound when no grid is in force on that day."""
        if resources.cage is not None:
            return cages.worth(self._tx, resources.cage, resources.half_units, on)
        who = self._buyer(customer_code, on)
        worth = sum((self._price(line, who, on) for line in order_of(resources)), ZERO)
        whole = line_of_whole(resources.share)
        most = ZERO if whole is None else self._price((whole, Decimal(1)), who, on)
        return min(worth, most) if most else worth

    def _price(self, line: OrderLine, who: Buyer, on: date) -> Decimal:
        code, quantity = line
        if self._grids is None:
            self._grids = store.history(self._tx)
        try:
            return quote(find_lines(self._grids, code, on), who, on, quantity).amount
        except (NotSold, NotApplicable, QuoteOnly):
            return ZERO  # no price is printed for that class: worth nothing that could be billed

    def _buyer(self, code: str | None, on: date) -> Buyer:
        if self._customers is None:
            self._customers = {customer.code: customer for customer in inventory_store.customers(self._tx)}
        found = self._customers.get(code or "")
        return STRANGER if found is None else buyer_on(found, on)


def order_of(resources: Resources) -> list[OrderLine]:
    """The lines that resources would be ordered as; a difference counts by its size, whatever its sign."""
    sizes = {name: abs(Decimal(getattr(resources, name))) for name in ("vcpus", "ram_gb", "disk_gb")}
    guests = abs(resources.guests)
    if guests:
        lines = lines_of_machines(guests, sizes["vcpus"], sizes["ram_gb"], sizes["disk_gb"])
    else:
        more = {"vcpu": sizes["vcpus"], "ram_gb": sizes["ram_gb"], "disk_gb": sizes["disk_gb"]}
        lines = options(more) if resources.above is None else lines_of_more(Decimal(resources.above), more)
    space = Decimal(abs(resources.half_units)) / 2
    lines = [*lines, (line_of_unit(), space)] if space else lines
    return [*lines, *_backups_of(resources), *_licences_of(resources)]


def _backups_of(resources: Resources) -> list[OrderLine]:
    """GB above a plan, and whole boxes with the plans that they would need (their fees are not yearly)."""
    above = [(line_above_plan(), Decimal(resources.backup_gb))] if resources.backup_gb else []
    return above + (lines_of_plans(resources.plan_gb) if resources.boxes else [])


def _licences_of(resources: Resources) -> list[OrderLine]:
    counted = {"workstation": resources.workstations, "server": resources.servers}
    return [line for kind, count in counted.items() if count for line in lines_of_antivirus(kind, count)]
