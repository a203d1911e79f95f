"""What ends, what is no longer bound and when notice is to be given, orders included."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dcops.catalogue import store as catalogue
from dcops.contracts.amendments import record
from dcops.contracts.changes import Draft
from dcops.contracts.ending import ending
from dcops.contracts.engagements import engagements, engagements_of, leave
from dcops.db import Database
from inventory import store
from inventory.errors import Invalid
from inventory.models import AntivirusSeats, Machine
from tests.dcops.contracts.world import NOW, customers, sold

DAY = date(2026, 8, 1)


def test_ends_commitments_and_notices_come_in_the_order_of_their_days(database: Database) -> None:
    with database.transaction() as tx:
        customers(tx)
        albert = store.customer(tx, "albert")
        bound = sold(tx, renewal_months=12, notice_months=3).id  # 36 months, from the grid
        ended = sold(tx, "zimbra-5go", 10, end=date(2026, 10, 1)).id
        wifi = sold(tx, "wifi-simple", 2, start=date(2024, 10, 15)).id  # 24 months
        sold(tx, "maint-serveur", 1, start=date(2024, 3, 1))  # its commitment ends later
        tx.add_all([
            AntivirusSeats(customer=albert, kind="workstation", quantity=20, start=date(2023, 9, 1)),
            Machine(name="web", customer=albert, vcpu=2, ram_gb=4, disk_gb=50, start=date(2024, 1, 1),
                    end=date(2026, 9, 1)),
        ])  # fmt: skip
        tx.flush()
        found = ending(tx, DAY, 90)
        told = [(f"{one.on:%m-%d}", one.what, one.order, one.id, one.yearly) for one in found]
        assert told == [
            ("08-31", "commitment", "antivirus", 1, Decimal("360.00")),
            ("08-31", "end", "machine", 1, Decimal("960.00")),  # all its lines, once
            ("09-30", "end", "subscription", ended, Decimal("150.00")),
            ("09-30", "notice", "subscription", bound, Decimal("864.00")),
            ("10-14", "commitment", "subscription", wifi, Decimal("408.00")),
        ]
        assert [one.what for one in ending(tx, DAY, 0)] == []
        assert len(ending(tx, DAY, 90, "cc-coquelicot")) == 0
        record(tx, bound, Draft("end", date(2027, 1, 1)), "d", "préavis reçu", NOW)
        assert "notice" not in {one.what for one in ending(tx, DAY, 90)}
        with pytest.raises(Invalid, match="0 à 3660"):
            ending(tx, DAY, -1)


def test_assets_are_bound_by_their_grid_line(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        albert = store.customer(tx, "albert")
        tx.add(AntivirusSeats(customer=albert, kind="workstation", quantity=20, start=date(2024, 1, 1)))
        tx.add(Machine(name="web", customer=albert, vcpu=1, ram_gb=2, disk_gb=20, start=date(2024, 1, 1)))
        tx.flush()
        grids = catalogue.history(tx)
        seats, machine = engagements_of(tx, "antivirus", 1, "albert")[0], engagements_of(tx, "machine", 1, "albert")[0]
        assert seats.commitment.end == date(2027, 1, 1)
        assert leave(grids, seats, date(2026, 1, 1)).due == Decimal("360.00")  # a year of 20 × 18
        assert leave(grids, seats, date(2027, 1, 1)).due == 0
        assert machine.commitment.end is None
        assert leave(grids, machine, date(2024, 6, 1)).due == 0


def test_a_commitment_of_the_contract_stands_for_that_of_the_grid(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        shorter = sold(tx, commitment_months=12).id
        free = sold(tx, "maint-serveur", 1, commitment_months=0).id
        package = sold(tx, "av-forfait", 5).id
        sold(tx, "assist-audit", 5)
        found = {one.order[1]: one for one in engagements(tx)}
        assert found[shorter].commitment.end == date(2025, 1, 1)
        assert found[free].commitment.end is None
        assert found[package].commitment.end == date(2027, 1, 1)
        assert len(found) == 3  # what is paid once binds nobody
        assert leave(catalogue.history(tx), found[package], date(2025, 1, 1)).due == 0  # paid when its term began
