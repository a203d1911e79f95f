"""Energy rated measure by measure: the same euros as the bill, nothing lost between periods; and the command."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dcops.billing.dry_run import dry_run
from dcops.billing.energy_cost import energy_cost
from dcops.billing.rating import kwh_prices, rated
from dcops.cli import cli
from dcops.config import Settings
from dcops.db import Database
from dcops.wiring import Parts
from inventory.models import Customer, Membership
from inventory.orm import Transaction
from metering.cells import micros
from metering.period import midnight
from tests.dcops.billing.accounts import GRIDS, LEAVES, account
from tests.metering.world import add_meter, add_rack, add_share, feed, steady

JULY, OCTOBER, NEXT = date(2024, 7, 1), date(2024, 10, 1), date(2025, 1, 1)
HOURS = 92 * 24 + 1


@given(st.lists(st.tuples(st.integers(0, 366 * 24 - 1), st.integers(0, 10**7)), max_size=50))
def test_each_measure_has_the_price_of_its_hour_and_none_is_lost(hours: list[tuple[int, int]]) -> None:
    start = micros(midnight(date(2024, 1, 1)))
    points = [(start + hour * 3_600_000_000, wh) for hour, wh in sorted(hours)]
    found = list(rated(points, kwh_prices("dc-elec", date(2024, 1, 1), NEXT, LEAVES, GRIDS)))
    assert [(one.start, one.wh) for one in found] == points
    for one in found:
        price = Decimal("0.20") if one.start < micros(midnight(JULY)) else Decimal("0.22")
        assert one.euros == one.wh * price / 1000
        assert one.price.document()["unit_price"] == str(price)


def test_without_a_grid_there_is_no_price_and_its_reason() -> None:
    (none, some) = kwh_prices("dc-elec", date(2022, 12, 31), date(2023, 1, 2), account(), GRIDS)
    assert (none.euros, none.why, str(some.euros)) == (None, "aucune ligne à chiffrer.", "0.22")
    (one,) = rated([(micros(midnight(date(2022, 12, 31))), 1000)], [none, some])
    assert one.euros is None


def _world(tx: Transaction) -> None:
    """A rack held by two customers, one of which leaves in November."""
    rack = add_rack(tx, "A01")
    members = [Membership(start=date(2020, 1, 1), end=date(2024, 11, 1))]
    roye = Customer(code="roye", name="Roye", kind="commune", memberships=members)
    tx.add_all([roye, Customer(code="albert", name="Albert", kind="commune")])
    tx.flush()
    add_share(tx, rack, roye, (0, 42), OCTOBER)
    feed(tx, add_meter(tx, "a", rack), steady(midnight(OCTOBER), HOURS, 777))


def test_the_cost_of_a_year_is_that_of_its_bill_whatever_the_periods(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
    with database.transaction() as tx:
        bill = [line for line in dry_run(tx, 2024, Settings()).invoices[0].lines if line.code == "dc-elec"]
        costs = {by: energy_cost(tx, "roye", OCTOBER, NEXT, by).document() for by in ("hour", "day", "month")}
        nobody = energy_cost(tx, "albert", OCTOBER, NEXT, "month").document()
    for document in costs.values():
        assert document["wh"] == sum(line.quantity for line in bill) * 1000
        assert abs(Decimal(document["euros"]) - sum(line.amount for line in bill)) <= Decimal("0.01")
        assert sum(Decimal(each["euros"]) for each in document["intervals"]) == Decimal(document["euros"])
        assert [price["price_class"] for price in document["prices"]] == ["member", "nonmember"]
    assert [len(costs[by]["intervals"]) for by in ("hour", "day", "month")] == [HOURS, 92, 3]
    assert (nobody["wh"], nobody["euros"], nobody["prices"]) == (0, "0.00", [])


def test_the_command_prices_a_customer_only(parts: Parts) -> None:
    with parts.database.transaction() as tx:
        _world(tx)
    days = ["--from", "2024-10-15", "--to", "2024-11-15", "--priced"]
    told = CliRunner().invoke(cli, ["energy", "--customer", "roye", *days, "--json"], obj=parts)
    document = json.loads(told.stdout)
    assert [each["start"][:10] for each in document["intervals"]] == ["2024-10-14", "2024-10-31"]  # midnights of Paris
    human = CliRunner().invoke(cli, ["energy", "--customer", "roye", *days], obj=parts).stdout
    assert "0.22 € / kWh, grille 2024" in human
    assert CliRunner().invoke(cli, ["energy", "--rack", "A01", *days], obj=parts).exit_code == 2
