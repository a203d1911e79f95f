"""What customers hold, with its price: the grid's, or the one agreed where the grid prints none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from dcops.billing.dry_run import dry_run
from dcops.config import Settings
from dcops.contracts.held import Held, held_on
from dcops.contracts.imports import import_subscriptions
from dcops.db import Database
from inventory.models import Customer, Machine, Membership, Rack, Room, Share, Site
from inventory.orm import Transaction

DAY = date(2024, 6, 15)
NEW_YEAR = date(2024, 1, 1)
SUBSCRIPTIONS = """customer;code;quantity;from;to;agreed_price
abbeville;maint-poste;12;2024-01-01;;
abbeville;dc-espace-privatif;2;2024-01-01;;15200.00
abbeville;av-forfait;9;2024-01-01;;400.00
abbeville;vm1;3;2024-01-01;;100.00
roye;backup-autre;1;2024-01-01;;640.00
"""


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    """Two members with subscriptions, a machine and a quarter of a rack."""
    with database.transaction() as tx:
        abbeville, roye = (
            Customer(code=code, name=code.title(), kind="commune", memberships=[Membership(start=date(2020, 1, 1))])
            for code in ("abbeville", "roye")
        )
        rack = Rack(name="A01", u_height=42, room=Room(name="S1", site=Site(name="Amiens")))
        place = {"kind": "quarter", "position": 1, "first_half_unit": 0, "end_half_unit": 21}
        sizes = {"vcpu": 1, "ram_gb": 2, "disk_gb": 20}
        tx.add_all([
            Share(rack=rack, customer=roye, start=NEW_YEAR, **place),
            Machine(name="web", customer=roye, start=NEW_YEAR, **sizes),
            abbeville,
        ])  # fmt: skip
        tx.flush()
        import_subscriptions(tx, "s.csv", SUBSCRIPTIONS)
        yield tx


def _costs(held: list[Held]) -> dict[str, tuple[str, Decimal | None, str | None]]:
    return {each.holding.code: (each.cost.rhythm, each.cost.amount, each.cost.refused) for each in held}


def test_an_agreed_price_is_the_price(tx: Transaction) -> None:
    costs = _costs(held_on(tx, DAY, "abbeville"))
    assert costs["dc-espace-privatif"] == ("annual", Decimal("30400.00"), None)
    assert costs["av-forfait"] == ("package", Decimal("400.00"), None)
    assert costs["vm1"] == ("annual", Decimal("300.00"), None)
    assert _costs(held_on(tx, DAY, "roye"))["backup-autre"] == ("annual", Decimal("640.00"), None)


def test_without_agreement_the_grid_is_the_price_and_a_consumption_has_a_unit_price_only(tx: Transaction) -> None:
    held = {each.holding.code: each.cost for each in held_on(tx, DAY)}
    assert held["maint-poste"].amount == 12 * (held["maint-poste"].unit_price or 0) > 0
    assert (held["dc-elec"].amount, held["dc-elec"].unit_price) == (None, Decimal("0.20"))


def test_each_holding_has_its_own_customer_and_order(tx: Transaction) -> None:
    everybody = held_on(tx, DAY)
    assert {(each.customer.code, each.order, each.name) for each in everybody} == {
        ("abbeville", "subscription", "maint-poste"),
        ("abbeville", "subscription", "dc-espace-privatif"),
        ("abbeville", "subscription", "av-forfait"),
        ("abbeville", "subscription", "vm1"),
        ("roye", "subscription", "backup-autre"),
        ("roye", "share", "A01, 1/4 baie 1"),
        ("roye", "machine", "web"),
    }
    mine = [each.holding for each in held_on(tx, DAY, "roye")]
    assert mine == [each.holding for each in everybody if each.customer.code == "roye"]


def test_what_is_shown_for_a_whole_year_is_what_is_billed(tx: Transaction) -> None:
    shown = {
        (each.customer.code, each.cost.code): each.cost.amount
        for each in held_on(tx, NEW_YEAR)
        if each.cost.amount is not None
    }
    run = dry_run(tx, 2024, Settings())
    billed = {(invoice.customer_code, line.code): line.amount for invoice in run.invoices for line in invoice.lines}
    assert billed == shown
