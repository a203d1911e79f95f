"""A year billed end to end on real tables: orders, memberships, readings, grids; and the command that prints it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event

from dcops.billing.dry_run import dry_run
from dcops.catalogue.models import TariffLine
from dcops.cli import cli
from dcops.config import Settings
from dcops.contracts import store
from dcops.contracts.imports import import_subscriptions
from dcops.contracts.models import Amendment, Subscription
from dcops.contracts.usages import import_usages
from dcops.db import Database
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.errors import NotFound
from inventory.models import Customer, Machine, Membership, NasUnit, Population, Rack, Share
from inventory.orm import Transaction
from metering.backups.backup_imports import import_measures
from metering.period import midnight
from tests.metering.world import add_meter, add_rack, add_share, feed, steady

JULY, OCTOBER = date(2024, 7, 1), date(2024, 10, 1)
RECORDED: dict[str, Any] = {
    "author": "t", "reason": "essai", "recorded_at": datetime(2025, 1, 10, tzinfo=UTC),
}  # fmt: skip
HOURS = 92 * 24 + 1  # October to December, the autumn day having 25 hours


def _member(tx: Transaction, code: str, *spans: tuple[date, date | None]) -> Customer:
    memberships = [Membership(start=start, end=end) for start, end in spans]
    customer = Customer(code=code, name=code.title(), kind="commune", memberships=memberships)
    tx.add(customer)
    tx.flush()
    return customer


def _full_rack(tx: Transaction, name: str, customer: Customer, start: date) -> Rack:
    rack = add_rack(tx, name)
    tx.add(
        Share(rack=rack, customer=customer, kind="full", position=1, start=start, first_half_unit=0, end_half_unit=84)
    )
    tx.flush()
    return rack


def test_a_full_rack_of_a_member_with_both_feeds(database: Database) -> None:
    with database.transaction() as tx:
        rack = _full_rack(tx, "A01", _member(tx, "abbeville", (date(2020, 1, 1), None)), OCTOBER)
        for name, watts in (("a", 700), ("b", 300)):
            feed(tx, add_meter(tx, name, rack, name.upper()), steady(midnight(OCTOBER), HOURS, watts))
    with database.transaction() as tx:
        document = dry_run(tx, 2024, Settings()).document()
    assert (document["run"], document["year"], document["dry_run"], document["skipped"]) == ("dry-2024", 2024, True, [])
    (invoice,) = document["invoices"]
    lines = {line["code"]: line for line in invoice["lines"]}
    assert {code: line["amount"] for code, line in lines.items()} == {
        "dc-baie-42u-fas": "1000.00", "dc-baie-42u": "2111.48", "dc-elec": "441.80",
    }  # fmt: skip
    assert lines["dc-elec"]["quantity"] == "2209.000"
    assert lines["dc-elec"]["evidence"]["readings"]
    assert lines["dc-elec"]["evidence"]["flags"] == {"ACTUAL": 2_209_000}
    assert lines["dc-baie-42u"]["evidence"]["days"] == "92/366"
    assert (invoice["net"], invoice["vat"], invoice["gross"]) == ("3553.28", "710.66", "4263.94")
    assert (document["net"], document["vat"], document["gross"]) == ("3553.28", "710.66", "4263.94")


def test_leaving_in_november_splits_the_electricity_at_that_midnight(database: Database) -> None:
    with database.transaction() as tx:
        rack = _full_rack(tx, "A01", _member(tx, "abbeville", (date(2020, 1, 1), date(2024, 11, 1))), OCTOBER)
        feed(tx, add_meter(tx, "a", rack), steady(midnight(OCTOBER), HOURS, 1000))
    with database.transaction() as tx:
        (invoice,) = dry_run(tx, 2024, Settings()).invoices
    energy = [line for line in invoice.lines if line.code == "dc-elec"]
    assert [(line.start, line.quantity, line.unit_price, str(line.amount)) for line in energy] == [
        (OCTOBER, Decimal(745), Decimal("0.20"), "149.00"),
        (date(2024, 11, 1), Decimal(1464), Decimal("0.22"), "322.08"),
    ]


def test_a_rack_measured_too_little_is_left_out_and_the_rest_is_billed(database: Database) -> None:
    with database.transaction() as tx:
        rack = _full_rack(tx, "A01", _member(tx, "abbeville"), OCTOBER)
        feed(tx, add_meter(tx, "a", rack), steady(midnight(OCTOBER), 24 * 10, 1000))
        _full_rack(tx, "A02", _member(tx, "doullens"), OCTOBER)
    with database.transaction() as tx:
        document = dry_run(tx, 2024, Settings()).document()
    assert [(skipped["customer"], skipped["code"]) for skipped in document["skipped"]] == [
        ("abbeville", "dc-elec"), ("doullens", "dc-elec"),
    ]  # fmt: skip
    assert "10,8 %" in document["skipped"][0]["why"]
    assert "A02" in document["skipped"][1]["why"]
    assert {line["code"] for invoice in document["invoices"] for line in invoice["lines"]} == {
        "dc-baie-42u", "dc-baie-42u-fas",
    }  # fmt: skip


def test_a_machine_and_a_subscription_of_a_non_member(database: Database) -> None:
    with database.transaction() as tx:
        customer = _member(tx, "doullens")
        tx.add(Machine(name="web", customer=customer, vcpu=2, ram_gb=4, disk_gb=50, start=date(2020, 1, 1)))
        rows = "doullens,maint-poste,10,2024-01-01,,\ndoullens,dc-espace-privatif,1,2024-01-01,2025-01-01,12000.00\n"
        import_subscriptions(tx, "s.csv", "customer,code,quantity,from,to,agreed_price\n" + rows)
    with database.transaction() as tx:
        run = dry_run(tx, 2024, Settings())
        again = dry_run(tx, 2024, Settings())
    amounts = {line["code"]: line["amount"] for line in run.document()["invoices"][0]["lines"]}
    assert amounts == {
        "vm1": "480.00", "vm-cpu": "70.00", "vm-ram": "140.00", "vm-go": "450.00", "maint-poste": "1500.00",
        "dc-espace-privatif": "12000.00",
    }  # fmt: skip
    assert run.document() == again.document()


def test_one_customer_is_billed_as_in_the_run_of_all(database: Database) -> None:
    with database.transaction() as tx:
        for code in ("abbeville", "doullens"):
            customer = _member(tx, code)
            tx.add(Machine(name="web", customer=customer, vcpu=2, ram_gb=4, disk_gb=50, start=OCTOBER))
    with database.transaction() as tx:
        everybody = dry_run(tx, 2024, Settings()).invoices
        alone = dry_run(tx, 2024, Settings(), customer="doullens").invoices
    assert alone == everybody[1:]


def _queries(database: Database) -> int:
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", count)
    with database.transaction() as tx:
        dry_run(tx, 2024, Settings())
    event.remove(database.engine, "before_cursor_execute", count)
    return len(seen)


def _machines(database: Database, count: int) -> None:
    with database.transaction() as tx:
        customer = _member(tx, f"client-{count}")
        for index in range(count):
            tx.add(Machine(name=f"m{index}", customer=customer, vcpu=2, ram_gb=4, disk_gb=50, start=OCTOBER))


def test_more_machines_ask_no_more_queries(sqlite_database: Database) -> None:
    _machines(sqlite_database, 1)
    few = _queries(sqlite_database)
    _machines(sqlite_database, 40)
    assert _queries(sqlite_database) == few


def _customers(database: Database, first: int, end: int) -> None:
    """Customers that hold, count and measure something of everything but racks."""
    rows = [
        f"c{n},{line},2024-01-01,,\n"
        for n in range(first, end)
        for line in ("domaine-std,4", "zimbra-5go,12", "marches-plateforme,1")
    ]
    with database.transaction() as tx:
        for n in range(first, end):
            customer = Customer(
                code=f"c{n}", name=f"C{n}", kind="commune", populations=[Population(inhabitants=800)],
                memberships=[Membership(start=date(2020, 1, 1))],
            )  # fmt: skip
            tx.add(Machine(name=f"m{n}", customer=customer, vcpu=2, ram_gb=4, disk_gb=50, start=OCTOBER))
            tx.add(NasUnit(serial=f"s{n}", customer=customer, plan_gb=60, start=date(2023, 1, 1)))
        tx.flush()
        import_subscriptions(tx, "s.csv", "customer,code,quantity,from,to,agreed_price\n" + "".join(rows))
        for row in store.subscriptions(tx)[::5]:
            tx.add(Amendment(subscription=row, kind="change", effective=OCTOBER, quantity=Decimal(6), **RECORDED))
        measures = "".join(f"s{n},2024-03-01,75\n" for n in range(first, end))
        import_measures(tx, "m.csv", "serial,on,gb\n" + measures, now=RECORDED["recorded_at"])


def test_six_hundred_customers_ask_no_more_queries_than_three(sqlite_database: Database) -> None:
    _customers(sqlite_database, 0, 3)
    few = _queries(sqlite_database)
    _customers(sqlite_database, 3, 600)
    assert _queries(sqlite_database) == few


def test_amendments_counts_and_measures_make_lines(database: Database) -> None:
    with database.transaction() as tx:
        customer = _member(tx, "abbeville", (date(2020, 1, 1), None))
        tx.add(NasUnit(serial="s1", customer=customer, plan_gb=100, start=date(2023, 1, 1)))
        domain = Subscription(
            customer=customer, code="domaine-autre-ext", quantity=Decimal(1), supplier_price=Decimal(20),
            start=date(2023, 1, 1),
        )  # fmt: skip
        tx.add(Amendment(subscription=domain, kind="change", effective=JULY, supplier_price=Decimal(30), **RECORDED))
        rows = "abbeville,marches-plateforme,1,2023-01-01,,\nabbeville,zimbra-mise-en-service,3,2024-02-01,,\n"
        import_subscriptions(tx, "s.csv", "customer,code,quantity,from,to,agreed_price\n" + rows)
        uses = "customer,code,year,quantity\nabbeville,marches-plateforme,2023,4\n"
        import_usages(tx, "u.csv", uses, now=RECORDED["recorded_at"])
        measures = "serial,on,gb\ns1,2024-03-01,130\ns1,2024-03-02,131\ns1,2023-03-02,900\n"
        import_measures(tx, "m.csv", measures, now=RECORDED["recorded_at"])
    with database.transaction() as tx:
        run = dry_run(tx, 2024, Settings())
    assert run.skipped == ()
    found = [(line.code, line.quantity, str(line.amount)) for line in run.invoices[0].lines]
    assert sorted(found) == [
        ("backup-60go", 2, "840.00"),
        ("backup-go-sup", 11, "88.00"),  # 130.5 on average, two plans of 60 being paid for
        ("domaine-autre-ext", 1, "11.93"),
        ("domaine-autre-ext", 1, "18.10"),
        ("marches-plateforme", 4, "260.00"),
        ("zimbra-mise-en-service", 3, "0.00"),
    ]


def test_what_counts_as_earlier_is_what_was_held_before_even_if_it_ended(database: Database) -> None:
    with database.transaction() as tx:
        _member(tx, "abbeville")
        _member(tx, "doullens")
        rows = [
            "abbeville,marches-plateforme,1,2022-01-01,2024-01-01,", "abbeville,marches-plateforme,1,2024-01-01,,",
            "doullens,marches-plateforme,1,2024-01-01,,",
        ]  # fmt: skip
        import_subscriptions(tx, "s.csv", "\n".join(["customer,code,quantity,from,to,agreed_price", *rows]))
    with database.transaction() as tx:
        run = dry_run(tx, 2024, Settings())
    assert [(line.customer_code, line.why) for line in run.skipped] == [
        ("abbeville", "le nombre de 2023 n'est pas connu : l'importer, 0 compris (dcops usages import).")
    ]
    assert [(invoice.customer_code, str(invoice.net)) for invoice in run.invoices] == [("doullens", "0.00")]


def test_one_invoice_per_budget_and_what_is_outside_vat_apart(database: Database) -> None:
    budgets = [{"code": "F", "name": "principal"}, {"code": "CSN", "sections": ["12", "13"]}]
    settings = Settings.model_validate({"budgets": budgets})
    with database.transaction() as tx:
        customer = _member(tx, "abbeville", (date(2020, 1, 1), None))
        tx.add(Machine(name="web", customer=customer, vcpu=1, ram_gb=2, disk_gb=20, start=date(2020, 1, 1)))
        rows = "".join(f"abbeville,{code},1,2024-01-01,,\n" for code in ("zimbra-5go", "actes-legalite", "dc-1u"))
        import_subscriptions(tx, "s.csv", "customer,code,quantity,from,to,agreed_price\n" + rows)
    with database.transaction() as tx:
        for line in tx.query(TariffLine).where(TariffLine.code == "actes-legalite"):
            line.vat_category = "O"
        for line in tx.query(TariffLine).where(TariffLine.code == "zimbra-5go"):
            line.vat_category = "E"
    with database.transaction() as tx:
        run = dry_run(tx, 2024, settings)
    told = [(invoice.budget, [line.code for line in invoice.lines], str(invoice.vat)) for invoice in run.invoices]
    assert told == [
        ("CSN", ["vm1", "dc-1u"], "204.00"),
        ("F", ["zimbra-5go"], "0.00"),
        ("F", ["actes-legalite"], "0.00"),
    ]
    assert [invoice["budget"] for invoice in run.document()["invoices"]] == ["CSN", "F", "F"]
    assert (str(run.net), str(run.gross)) == ("1090.00", "1294.00")


def test_more_shares_of_a_rack_ask_no_more_queries(database: Database) -> None:
    with database.transaction() as tx:
        rack = add_rack(tx, "A01")
        feed(tx, add_meter(tx, "a", rack), steady(midnight(OCTOBER), HOURS, 1000))
        add_share(tx, rack, _member(tx, "abbeville"), (0, 2), OCTOBER)
    few = _queries(database)
    with database.transaction() as tx:
        leaving = _member(tx, "doullens", (date(2020, 1, 1), date(2024, 11, 1)))
        for place in range(2, 60, 2):
            add_share(tx, inventory_store.rack(tx, "A01"), leaving, (place, place + 2), OCTOBER)
    assert _queries(database) == few


def test_a_year_without_grid_is_refused(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx, pytest.raises(NotFound, match="2023"):
        dry_run(tx, 2019, Settings())


def _command(parts: Parts, *args: str) -> Result:
    return CliRunner().invoke(cli, list(args), obj=parts)


def test_the_commands_print_json_and_text(parts: Parts) -> None:
    with parts.database.transaction() as tx:
        customer = _member(tx, "abbeville", (date(2020, 1, 1), None))
        tx.add(Machine(name="web", customer=customer, vcpu=1, ram_gb=2, disk_gb=20, start=date(2020, 1, 1)))
    document = json.loads(_command(parts, "billing", "run", "--year", "2024", "--dry-run", "--json").stdout)
    assert (document["net"], document["gross"]) == ("420.00", "504.00")
    human = _command(parts, "billing", "run", "--year", "2024", "--dry-run").stdout
    assert "504,00\u00a0€" in human
    assert "vm1" in human
