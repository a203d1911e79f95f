"""What customers hold: orders of every kind, subscriptions and hour packs, as one list."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dcops.contracts.holdings import holdings
from dcops.contracts.imports import import_subscriptions
from dcops.contracts.store import subscriptions
from dcops.db import Database
from dcops.support.hours import balance
from dcops.support.models import LedgerEntry
from inventory.errors import ImportRefused
from inventory.models import AntivirusSeats, Customer, Machine, NasUnit, Rack, Room, Share, Site
from inventory.orm import Transaction

HEADER = "customer;code;quantity;from;to;agreed_price\n"


def _customer(tx: Transaction, code: str = "abbeville") -> Customer:
    customer = Customer(code=code, name=code.title(), kind="commune", memberships=[])
    tx.add(customer)
    tx.flush()
    return customer


def _pack(tx: Transaction, customer: Customer, on: date) -> LedgerEntry:
    entry = LedgerEntry(
        customer_id=customer.id, kind="purchase", on=on, minutes=300, pack="assist-5h", author="t",
        expires_on=on.replace(year=on.year + 3), recorded_at=datetime(2024, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    tx.add(entry)
    tx.flush()
    return entry


def test_every_order_becomes_holdings(database: Database) -> None:
    day = start = date(2024, 3, 1)
    end = date(2024, 9, 1)
    with database.transaction() as tx:
        customer = _customer(tx)
        rack = Rack(name="A01", u_height=42, room=Room(name="S1", site=Site(name="Amiens")))
        tx.add_all([
            Share(rack=rack, customer=customer, kind="unit", position=1, first_half_unit=0, end_half_unit=6, start=day),
            Machine(name="web", customer=customer, vcpu=2, ram_gb=4, disk_gb=50, start=start, end=end),
            NasUnit(serial="S1", customer=customer, plan_gb=60, start=start),
            AntivirusSeats(customer=customer, kind="server", quantity=2, start=start),
        ])  # fmt: skip
        import_subscriptions(
            tx, "s.csv", "customer,code,quantity,from,to,agreed_price\nabbeville,maint-poste,12,2024-01-01,,\n"
        )
        kept, reversed_pack = _pack(tx, customer, start), _pack(tx, customer, start)
        tx.add(LedgerEntry(
            customer_id=customer.id, kind="correction", on=start, minutes=-300, author="t",
            reverses_id=reversed_pack.id, recorded_at=datetime(2024, 1, 1, tzinfo=UTC),
        ))  # fmt: skip
        tx.flush()
        found = holdings(tx, date(2024, 1, 1), date(2025, 1, 1))
        later = holdings(tx, date(2025, 1, 1), date(2026, 1, 1))
    assert {(holding.evidence["order"], holding.code, holding.quantity, holding.kind) for holding in found} == {
        ("share", "dc-1u-fas", 3, "fee"), ("share", "dc-1u", 3, "annual"), ("share", "dc-elec", 1, "consumption"),
        ("machine", "vm1", 1, "annual"), ("machine", "vm-cpu", 1, "annual"), ("machine", "vm-ram", 2, "annual"),
        ("machine", "vm-go", 30, "annual"), ("nas", "backup-fas", 1, "fee"), ("nas", "backup-nas", 1, "fee"),
        ("nas", "backup-60go", 1, "annual"), ("nas", "backup-go-sup", 1, "usage"),
        ("antivirus", "av-serveur", 2, "annual"), ("subscription", "maint-poste", 12, "annual"),
        ("pack", "assist-5h", 1, "pack"),
    }  # fmt: skip
    assert [holding.evidence["id"] for holding in found if holding.kind == "pack"] == [kept.id]
    assert not [holding for holding in later if holding.evidence["order"] in ("machine", "pack")]


def test_a_file_imported_twice_doubles_nothing_and_can_correct(database: Database) -> None:
    with database.transaction() as tx:
        _customer(tx)
        row = "abbeville;backup-go-sup;12;2024-01-01;;\n"
        assert import_subscriptions(tx, "s.csv", HEADER + row).imported == 1
        assert import_subscriptions(tx, "s.csv", HEADER + row).unchanged == 1
        import_subscriptions(tx, "s.csv", HEADER + row.replace("12", "14"))
        assert [held.quantity for held in subscriptions(tx)] == [Decimal(14)]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("nulle-part;vm1;1;2024-01-01;;", "customer"),
        ("abbeville;vm11;1;2024-01-01;;", "code"),
        ("abbeville;vm1;0;2024-01-01;;", "quantity"),
        ("abbeville;vm1;-1;2024-01-01;;", "quantity"),
        ("abbeville;av-forfait-1-3;5;2024-01-01;;", "quantity"),
        ("abbeville;vm1;1;01/01/2024;;", "from"),
        ("abbeville;vm1;1;2024-01-02;2024-01-01;", "to"),
        ("abbeville;dc-espace-privatif;1;2024-01-01;;", "agreed_price"),
        ("abbeville;backup-autre;1;2024-01-01;;-5", "agreed_price"),
        ("abbeville;assist-5h;1.5;2024-03-01;;", "quantity"),
        ("abbeville;assist-5h;1;2024-03-01;2025-01-01;", "to"),
        ("abbeville;assist-5h;1;2024-03-01;;300", "agreed_price"),
        ("abbeville;assist-5h;1;2099-03-01;;", "from"),
        ("abbeville;assist-5h;1;2023-03-01;;", "from"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(sqlite_database: Database, row: str, column: str) -> None:
    with sqlite_database.transaction() as tx:
        _customer(tx)
        good = "abbeville;dc-espace-privatif;1;2024-01-01;;12000.00\n"
        with pytest.raises(ImportRefused) as refused:
            import_subscriptions(tx, "s.csv", HEADER + good + row + "\n")
        assert [(line, name) for line, name, _ in refused.value.problems] == [(3, column)]
        assert subscriptions(tx) == []
        assert import_subscriptions(tx, "s.csv", HEADER + good + row + "\n", skip_bad=True).imported == 1


def test_a_pack_imported_credits_its_minutes_and_is_billed_once(database: Database) -> None:
    row, now = "abbeville;assist-5h;2;2024-03-01;;\n", datetime(2024, 6, 1, tzinfo=UTC)
    with database.transaction() as tx:
        _customer(tx)
        assert import_subscriptions(tx, "s.csv", HEADER + row, now=now).imported == 1
        assert import_subscriptions(tx, "s.csv", HEADER + row, now=now).unchanged == 1
        assert balance(tx, "abbeville", date(2024, 6, 1)).remaining_minutes == 600
        assert import_subscriptions(tx, "s.csv", HEADER + row.replace(";2;", ";3;"), now=now).imported == 1
        assert balance(tx, "abbeville", date(2024, 6, 1)).remaining_minutes == 900
        held = holdings(tx, date(2024, 1, 1), date(2025, 1, 1))
        assert [(one.code, one.kind) for one in held] == [("assist-5h", "pack")] * 3
        with pytest.raises(ImportRefused, match="3 forfaits « assist-5h » sont déjà vendus"):
            import_subscriptions(tx, "s.csv", HEADER + row, now=now)


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ("abbeville;maint-poste;10;2024-01-01;;\nabbeville;maint-poste;4;2024-01-01;;", "quantity"),
        ("abbeville;maint-poste;999999999999999;2024-01-01;;", "quantity"),
        ("abbeville;maint-poste;1;2024-01-01;;999999999999999", "agreed_price"),
    ],
)
def test_quantities_that_contradict_or_no_database_holds_are_refused(
    database: Database, rows: str, column: str
) -> None:
    with database.transaction() as tx:
        _customer(tx)
    with pytest.raises(ImportRefused, match=column), database.transaction() as tx:
        import_subscriptions(tx, "s.csv", HEADER + rows + "\n")
