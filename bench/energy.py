"""Energy of a meter, a rack, a share and a whole site, against the rows it rests on. Run: python -m bench.energy."""

from __future__ import annotations

from datetime import date

from bench.demo import FETCH, YEAR, demo_database, references
from bench.timing import best_of, show
from dcops.db import Database
from inventory import store as inventory_store
from inventory.orm import Transaction
from metering import store
from metering.energy.measures import Measures, whole_months
from metering.energy.scopes import (
    energy_of_customers,
    energy_of_meter,
    energy_of_rack,
    energy_of_racks,
    energy_of_share,
)
from metering.period import Period, of_days, of_year
from metering.places import place_store


def main() -> None:
    with demo_database() as database, database.transaction() as tx:
        _a_year_of_a_rack(tx, database)
        _a_month_of_the_site(tx, database)


def _a_year_of_a_rack(tx: Transaction, database: Database) -> None:
    """One meter, then a rack of two meters, then a quarter of that rack."""
    period = of_year(YEAR)
    share = next(one for one in inventory_store.shares(tx) if one.kind == "quarter" and one.start.year < YEAR)
    meters = place_store.meters_of_rack(tx, share.rack.name)
    seconds = best_of(
        {
            **references(database, [meter.id for meter in meters], period),
            "energy_of_meter, one of them": lambda: energy_of_meter(tx, meters[0].name, period),
            "energy_of_rack": lambda: energy_of_rack(tx, share.rack.name, period),
            "energy_of_share, a quarter of the rack": lambda: energy_of_share(tx, share.id, period),
        }
    )
    show(f"A year of a rack: {len(meters)} meters, by the hour", seconds, FETCH)


def _a_month_of_the_site(tx: Transaction, database: Database) -> None:
    """What the page of energy asks: every rack and every customer."""
    period = of_days(date(YEAR, 3, 1), date(YEAR, 4, 1))
    meters = [meter.id for meter in store.meters(tx)]
    timed = {**references(database, meters, period), "every rack and every customer": lambda: _site(tx, period)}
    show(f"A month of the site: {len(meters)} meters, by the hour", best_of(timed), FETCH)


def _site(tx: Transaction, period: Period) -> None:
    racks = inventory_store.racks(tx)
    measures = Measures(tx, [rack.id for rack in racks], whole_months(period))
    energy_of_racks(tx, racks, period, measures)
    energy_of_customers(tx, inventory_store.customers(tx), period, measures)


if __name__ == "__main__":
    main()
