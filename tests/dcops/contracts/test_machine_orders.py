"""Machines are ordered, resized and ended from a day on: what was before stays, nothing is sold twice, bills follow."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from dcops import schema
from dcops.billing.dry_run import dry_run
from dcops.contracts import machine_orders, seat_orders
from dcops.contracts.machine_orders import MachineOrder, Sizes, sizes_of
from dcops.db import Database
from inventory import store
from inventory.errors import Conflict, Invalid, NotFound
from inventory.orm import Transaction
from tests.dcops.billing.year import SETTINGS
from tests.dcops.contracts.world import customers

START, JULY = date(2024, 1, 1), date(2024, 7, 1)
WEB = MachineOrder("albert", "web", Sizes(2, 4, 50), START, None, "amiens-a", 101, 7)


def rows(tx: Transaction) -> list[tuple[Sizes, str, str | None]]:
    return [(sizes_of(row), str(row.start), str(row.end) if row.end else None) for row in store.machines(tx)]


def test_an_order_is_recorded_and_a_guest_is_not_sold_twice(database: Database) -> None:
    with database.transaction() as tx:
        customers(tx)
        row = machine_orders.order(tx, WEB)
        assert (row.name, row.customer.code, row.cluster, row.vmid, row.backup_days) == (
            "web",
            "albert",
            "amiens-a",
            101,
            7,
        )
        with pytest.raises(
            Conflict, match="amiens-a/101 est déjà vendu : machine « web » de albert depuis le 01/01/2024"
        ):
            machine_orders.order(tx, replace(WEB, name="autre", start=JULY, customer="cc-coquelicot"))
        before = replace(WEB, name="avant", start=date(2023, 1, 1), end=START)
        assert machine_orders.order(tx, before).end == START
        with pytest.raises(Conflict, match="cette commande existe déjà"):
            machine_orders.order(tx, replace(WEB, cluster=None, vmid=None))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": " "}, "a un nom"),
        ({"name": "x" * 101}, "a un nom"),
        ({"cluster": None}, "dans un cluster"),
        ({"vmid": 0}, "supérieur à zéro"),
        ({"sizes": Sizes(0, 4, 50)}, "de 1 à 10000"),
        ({"sizes": Sizes(2, 0, 50)}, "de 1 à 1000000"),
        ({"sizes": Sizes(2, 4, -1)}, "de 0 à"),
        ({"end": START}, "avant d'avoir commencé"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    sqlite_database: Database, changed: dict[str, object], told: str
) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        with pytest.raises(Invalid, match=told):
            machine_orders.order(tx, replace(WEB, **changed))  # type: ignore[arg-type]
        with pytest.raises(NotFound, match="« personne » inconnue"):
            machine_orders.order(tx, replace(WEB, customer="personne"))
        assert rows(tx) == []


def test_other_sizes_make_an_order_that_follows(database: Database) -> None:
    with database.transaction() as tx:
        customers(tx)
        row = machine_orders.order(tx, replace(WEB, end=date(2025, 1, 1)))
        following = machine_orders.resize(tx, row.id, Sizes(4, 4, 50), JULY)
        assert rows(tx) == [
            (Sizes(2, 4, 50), "2024-01-01", "2024-07-01"), (Sizes(4, 4, 50), "2024-07-01", "2025-01-01"),
        ]  # fmt: skip
        assert (following.name, following.vmid, following.backup_days) == ("web", 101, 7)
        with pytest.raises(Conflict, match="a fini le 30/06/2024"):
            machine_orders.resize(tx, row.id, Sizes(8, 4, 50), JULY)
        with pytest.raises(Invalid, match="déjà commandée ainsi"):
            machine_orders.resize(tx, following.id, Sizes(4, 4, 50), date(2024, 8, 1))
        with pytest.raises(Invalid, match="n'est commandée que depuis le 01/07/2024"):
            machine_orders.resize(tx, following.id, Sizes(8, 4, 50), date(2024, 6, 1))


def test_from_its_first_day_an_order_is_corrected(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        row = machine_orders.order(tx, WEB)
        assert machine_orders.resize(tx, row.id, Sizes(4, 8, 50), START) is row
        assert rows(tx) == [(Sizes(4, 8, 50), "2024-01-01", None)]


def test_an_order_ends_once(database: Database) -> None:
    with database.transaction() as tx:
        customers(tx)
        row = machine_orders.order(tx, WEB)
        with pytest.raises(Invalid, match=r"à partir du\s02/01/2024"):
            machine_orders.end(tx, row.id, START)
        assert machine_orders.end(tx, row.id, JULY).end == JULY
        with pytest.raises(Conflict, match="finit déjà le 30/06/2024"):
            machine_orders.end(tx, row.id, JULY)
        assert machine_orders.end(tx, row.id, date(2024, 3, 1)).end == date(2024, 3, 1)


def test_a_resized_machine_is_billed_by_the_days_of_each_size(database: Database) -> None:
    """2024 has 366 days: 182 before July, 184 after."""
    with database.transaction() as tx:
        customers(tx)
        row = machine_orders.order(tx, replace(WEB, sizes=Sizes(1, 2, 20)))
        machine_orders.resize(tx, row.id, Sizes(3, 2, 30), JULY)
    with database.transaction() as tx:
        bill = dry_run(tx, 2024, SETTINGS).document()
    (invoice,) = bill["invoices"]
    lines = [(line["code"], line["quantity"], line["amount"], line["from"], line["to"]) for line in invoice["lines"]]
    vm, cpu, disk = Decimal(420), Decimal(120), Decimal(120)
    assert sorted(lines) == [
        ("vm-cpu", "2", cents(cpu * 184 / 366), "2024-07-01", "2025-01-01"),
        ("vm-go", "10", cents(disk * 184 / 366), "2024-07-01", "2025-01-01"),
        ("vm1", "1", cents(vm * 182 / 366), "2024-01-01", "2024-07-01"),
        ("vm1", "1", cents(vm * 184 / 366), "2024-07-01", "2025-01-01"),
    ]
    assert Decimal(lines[0][2]) > 0
    assert sum(Decimal(amount) for code, _, amount, *_ in lines if code == "vm1") == vm


def cents(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), "ROUND_HALF_UP"))


def seats(tx: Transaction) -> list[tuple[int, str, str | None]]:
    return [(row.quantity, str(row.start), str(row.end) if row.end else None) for row in store.antivirus_seats(tx)]


def test_more_licences_are_an_order_of_their_own_and_fewer_end_the_oldest(database: Database) -> None:
    with database.transaction() as tx:
        customers(tx)
        seat_orders.order(tx, "albert", "workstation", 4, START)
        seat_orders.order(tx, "albert", "workstation", 2, START)
        seat_orders.order(tx, "albert", "workstation", 5, date(2024, 2, 1))
        assert seats(tx) == [(6, "2024-01-01", None), (5, "2024-02-01", None)]
        seat_orders.give_back(tx, "albert", "workstation", 8, JULY)
        assert seats(tx) == [
            (6, "2024-01-01", "2024-07-01"), (5, "2024-02-01", "2024-07-01"), (3, "2024-07-01", None),
        ]  # fmt: skip


def test_licences_that_are_not_held_are_not_given_back(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        customers(tx)
        seat_orders.order(tx, "albert", "server", 2, JULY)
        with pytest.raises(Conflict, match="n'a que 2 licences de serveur"):
            seat_orders.give_back(tx, "albert", "server", 3, date(2024, 8, 1))
        with pytest.raises(Invalid, match="ne commencent que le 01/07/2024"):
            seat_orders.give_back(tx, "albert", "server", 1, JULY)
        with pytest.raises(Invalid, match="écrire workstation ou server"):
            seat_orders.order(tx, "albert", "phone", 1, JULY)
        with pytest.raises(Invalid, match="en commander de 1"):
            seat_orders.order(tx, "albert", "server", 0, JULY)
        with pytest.raises(NotFound):
            seat_orders.order(tx, "personne", "server", 1, JULY)


MONTH = st.integers(1, 12)
QUANTITY = st.integers(1, 9)


@settings(max_examples=25)
@given(st.lists(st.tuples(QUANTITY, MONTH), min_size=1, max_size=5), st.lists(st.tuples(QUANTITY, MONTH), max_size=5))
def test_licences_are_conserved(bought: list[tuple[int, int]], given_back: list[tuple[int, int]]) -> None:
    """Giving back takes exactly that many on its day, adds none on any day, and changes no day before."""
    with closing(_Seats()) as held:
        for quantity, month in bought:
            held.order(quantity, date(2024, month, 1))
        assert held.months() == [sum(quantity for quantity, month in bought if month <= each) for each in range(1, 14)]
        for quantity, month in given_back:
            before = held.months()
            allowed = held.give_back(quantity, date(2024, month, 1))
            after = held.months()
            assert after[: month - 1] == before[: month - 1]
            assert after[month - 1] == before[month - 1] - (quantity if allowed else 0)
            assert all(0 <= new <= old for new, old in zip(after, before, strict=True))


@cache
def memory() -> Engine:
    """A database in memory, for all examples: none commits."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    schema.metadata.create_all(engine)
    return engine


class _Seats:
    """The use cases, on a transaction that lives for one example."""

    def __init__(self) -> None:
        self.tx = Session(memory())
        customers(self.tx)

    def close(self) -> None:
        self.tx.rollback()
        self.tx.close()

    def order(self, quantity: int, on: date) -> None:
        seat_orders.order(self.tx, "albert", "server", quantity, on)

    def give_back(self, quantity: int, on: date) -> bool:
        """Whether it was allowed."""
        try:
            seat_orders.give_back(self.tx, "albert", "server", quantity, on)
        except (Conflict, Invalid):
            return False
        return True

    def months(self) -> list[int]:
        """What is held on the first of each month of 2024, then for ever."""
        days = [*(date(2024, month, 1) for month in range(1, 13)), date(2030, 1, 1)]
        return [sum(row.quantity for row in seat_orders.seats_held(self.tx, "albert", "server", day)) for day in days]
