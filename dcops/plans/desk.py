"""What drafting orders needs to know: what was chosen, the prices of the first day, what is billed already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from dcops.contracts.costs import Prices, prices_on
from dcops.contracts.machine_orders import MachineOrder
from dcops.contracts.orders import OrderLine
from dcops.money import ZERO
from dcops.plans.choices import Choices
from dcops.plans.order_book import OrderBook, numbered
from dcops.plans.store import years_billed
from inventory import store
from inventory.errors import Invalid
from inventory.models import Customer, Finding
from inventory.orm import Transaction


class Desk:
    """One draft of a plan: what many actions ask for is read once."""

    def __init__(self, tx: Transaction, choices: Choices, findings: Iterable[Finding]) -> None:
        self.tx = tx
        self.choices = choices
        self.book = OrderBook(tx, findings)
        self._customers: dict[str, Customer] = {}
        self._names: set[tuple[str, str]] = set()

    @property
    def effective(self) -> date:
        return self.choices.effective

    @cached_property
    def prices(self) -> Prices:
        return prices_on(self.tx, self.effective)

    @cached_property
    def _billed(self) -> dict[str, list[int]]:
        return years_billed(self.tx, self.effective)

    def customer(self, code: str) -> Customer:
        """The customer of a code. Raises NotFound."""
        if code not in self._customers:
            self._customers[code] = store.customer(self.tx, code)
        return self._customers[code]

    def customer_of(self, finding: Finding) -> Customer:
        """Whose a finding is: as it was chosen, else as it is known. Raises Invalid when nobody knows."""
        known = finding.customer.code if finding.customer else None
        code = self.choices.customers.get(finding.id, known)
        if code is None:
            raise Invalid("rien ne dit pour qui : choisir la collectivité.")
        return self.customer(code)

    def yearly(self, customer: Customer, lines: Iterable[OrderLine]) -> Decimal:
        """Euros per year of order lines on the first day. Raises Invalid when one has no price."""
        costs = self.prices.lines(customer, lines)
        if self.prices.grid is None:
            raise Invalid(f"aucune grille tarifaire le {self.effective:%d/%m/%Y} : choisir un autre jour.")
        for cost in costs:
            if cost.refused is not None:
                raise Invalid(f"pas de prix pour {customer.name} : {cost.refused}")
        return sum((cost.amount or ZERO for cost in costs if cost.rhythm == "annual"), ZERO)

    def with_own_name(self, asked: MachineOrder) -> MachineOrder:
        """The order under a name that its customer has not on that day: a second one takes its vmid."""
        rows = self.book.beside(asked.name)
        taken = {(row.name, row.customer.code) for row in rows if row.start == asked.start} | self._names
        if (asked.name, asked.customer) in taken and asked.vmid is not None:
            asked = replace(asked, name=numbered(asked.name, asked.vmid))
        self._names.add((asked.name, asked.customer))
        return asked

    def billed_words(self, customer: Customer, until: date | None = None) -> str:
        """What a title says when an order changes days that are billed already, or nothing."""
        years = [str(year) for year in self._billed.get(customer.code, ()) if until is None or year <= until.year]
        if not years:
            return ""
        return f" ; attention, déjà facturé ({', '.join(years)}) : la prochaine campagne corrigera"
