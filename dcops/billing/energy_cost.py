"""What the energy of a customer costs before it is billed: by hour, day or month, at the prices of those days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from dcops.billing import account_store
from dcops.billing.rating import KwhPrice, Rated, kwh_prices, rated
from dcops.catalogue import store as catalogue
from dcops.contracts.holdings import holdings
from dcops.money import round_cents, text
from inventory import store as inventory_store
from inventory.orm import Transaction
from metering.cells import micros
from metering.energy.scopes import energy_of_shares
from metering.period import Period, midnight, of_days, split
from metering.usage import grid


@dataclass(frozen=True)
class EnergyCost:
    """Rated measures of a customer's shares by period, in time order, and the prices they were rated at."""

    customer: str
    first: date
    end: date
    periods: Sequence[Period]
    measures: Sequence[Rated]
    prices: Sequence[KwhPrice]

    def document(self) -> dict[str, Any]:
        """One entry per period; their euros add up to the total, which is rounded once."""
        intervals = list(self._intervals())
        total = sum((Decimal(each["euros"]) for each in intervals), Decimal(0))
        return {
            "customer": self.customer, "from": self.first.isoformat(), "to": self.end.isoformat(),
            "wh": sum(each["wh"] for each in intervals), "euros": text(total),
            "prices": [price.document() for price in self.prices], "intervals": intervals,
        }  # fmt: skip

    def _intervals(self) -> Iterator[dict[str, Any]]:
        """Each period with what it adds to the rounded sum, so that no cent is lost between two of them."""
        exact = shown = Decimal(0)
        of_period: dict[int, list[Rated]] = {}
        for one in self.measures:
            of_period.setdefault(one.start, []).append(one)
        for period in self.periods:
            inside = of_period.get(micros(period.start), [])
            exact += sum((one.euros for one in inside if one.euros is not None), Decimal(0))
            added, shown = round_cents(exact) - shown, round_cents(exact)
            yield {
                "start": period.start.isoformat(), "end": period.end.isoformat(),
                "wh": sum(one.wh for one in inside), "euros": text(added),
            }  # fmt: skip


def energy_cost(tx: Transaction, code: str, first: date, end: date, by: str) -> EnergyCost:
    """What the energy of all the shares of a customer costs over [first, end). Raises NotFound.

    ``by``: hour, day or month, also cut where the price changes.
    """
    inventory_store.customer(tx, code)
    grids, account = catalogue.history(tx), account_store.accounts(tx)[code]
    shares = [each for each in holdings(tx, first, end, code, grids) if each.kind == "consumption"]
    prices = {line: kwh_prices(line, first, end, account, grids) for line in {share.code for share in shares}}
    changes = {midnight(price.end) for found in prices.values() for price in found}
    periods = list(_cut(of_days(first, end), by, changes))
    asked = [(int(share.evidence["id"]), of_days(first, end)) for share in shares]
    measures: list[Rated] = []
    for share, energy in zip(shares, energy_of_shares(tx, asked, hours=True), strict=True):
        points = [(micros(usage.period.start), usage.wh) for usage in grid(energy.intervals, periods)]
        measures += rated(points, prices[share.code])
    return EnergyCost(code, first, end, periods, measures, [price for found in prices.values() for price in found])


def _cut(whole: Period, by: str, changes: set[datetime]) -> Iterator[Period]:
    """The hours, days or months of a period, cut at some instants."""
    for period in split(whole, by):
        cuts = [period.start, *sorted(at for at in changes if period.start < at < period.end), period.end]
        yield from (Period(start, stop) for start, stop in pairwise(cuts))
