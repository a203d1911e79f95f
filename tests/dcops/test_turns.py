"""What is written waits for what is being written, on both databases: nobody is refused for having read first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import pytest
from sqlalchemy import update

from dcops.auth.tokens import create_token
from dcops.auth.users import add_user
from dcops.catalogue import grids
from dcops.db import Database
from inventory.decisions import acknowledge
from inventory.findings import State
from inventory.models import Customer, Finding, Membership
from inventory.orm import Transaction
from metering.intervals.roll_up import roll_up
from tests.conftest import NOW

GRID = grids.shipped_text("2024")


def fill(tx: Transaction) -> int:
    """A customer and a finding; the id of the finding."""
    tx.add(
        Customer(code="abbeville", name="Abbeville", kind="commune", memberships=[Membership(start=date(2024, 1, 1))])
    )
    found = Finding(
        thing="vm:x/1", rule="vm.unbilled", field="", scope="x", title="x", eur_per_year=0, state=State.OPEN,
        first_seen=NOW, last_seen=NOW, frozen=False, sources={}, sold=None, documented=None, real=None,
    )  # fmt: skip
    tx.add(found)
    tx.flush()
    return found.id


WRITES: dict[str, Callable[[Transaction, int], object]] = {
    "decision": lambda tx, id: acknowledge(tx, id, "moi", "vu", NOW),
    "account": lambda tx, id: add_user(tx, "moi", "Moi", "technician", "phrase-de-passe-longue", NOW),
    "token": lambda tx, id: create_token(tx, "releve", "technician", NOW),
    "roll-up": lambda tx, id: roll_up(tx, NOW),
    "grid": lambda tx, id: grids.load(tx, GRID, "2030", date(2030, 1, 1), "vote"),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_waits_for_the_one_that_is_going_on(database: Database, name: str) -> None:
    with database.transaction() as tx:
        id = fill(tx)
    begun, written = Event(), Event()

    def other() -> None:
        with database.transaction() as tx:
            tx.execute(update(Customer).values(name="Ville d'Abbeville"))
            begun.set()
            written.wait(0.5)

    def asked() -> None:
        with database.transaction() as tx:
            WRITES[name](tx, id)
            tx.execute(update(Customer).values(siren="200000001"))
        written.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(other)
        begun.wait()
        second = pool.submit(asked)
        first.result(), second.result()
