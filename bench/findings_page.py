"""The page of 10,000 findings, against an empty page of the same app. Run: python -m bench.findings_page."""

from __future__ import annotations

import argparse
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from bench.timing import best_of, show
from dcops import db
from dcops.app import create_app
from dcops.auth.users import add_user
from dcops.catalogue.grids import load_shipped
from dcops.config import Settings
from dcops.db import Database
from dcops.sections import Web
from dcops.wiring import Parts
from inventory.clock import FixedClock
from inventory.findings import State
from inventory.models import Customer, Finding, FindingMove, Reconciliation
from inventory.orm import Transaction
from inventory.rules import RULES

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
EMPTY = "an empty page: the plans, none kept"
PAGE = {"the findings, the dearest first": "/ecarts/"}
OTHERS = {
    "page 400 of them": "/ecarts/?page=400",
    "one rule": "/ecarts/?regle=vm.oversized",
    "sorted by customer": "/ecarts/?sort=customer",
    "a word looked for": "/ecarts/?q=peronne",
    "customers of the filter, which come after the page": "/ecarts/collectivites",
    "cost since seen, which comes after the page": "/ecarts/cout",
    "one finding": "/ecarts/1",
}
PASSWORD = "quatre mots pris au hasard"
CUSTOMERS, RUNS = 700, 90
ROUNDS = 15


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--findings", type=int, default=10_000)
    asked.add_argument("--database", help="URL of an empty database to fill; SQLite in a folder of its own by default")
    options = asked.parse_args()
    with TemporaryDirectory() as folder:
        database = Database(options.database or f"sqlite:///{Path(folder) / 'bench.db'}")
        client = _client(database, Path(folder), options.findings)
        sqlite = database.engine.dialect.name == "sqlite"  # in this process: what others do does not count
        title = f"{options.findings:,} findings of {CUSTOMERS} customers, {RUNS} runs behind"
        for pages in (PAGE, OTHERS):
            timed = {name: partial(_get, client, path) for name, path in {EMPTY: "/ecarts/plans/", **pages}.items()}
            show(title, best_of(timed, ROUNDS, process_time if sqlite else perf_counter), EMPTY)
        database.dispose()


def _client(database: Database, folder: Path, count: int) -> FlaskClient:
    """A browser logged in to the application over these findings."""
    db.upgrade(database)
    with database.transaction() as tx:
        load_shipped(tx)
        add_user(tx, "bench", "Bench", "technician", PASSWORD, NOW)
        _fill(tx, count)
    settings = Settings(web=Web(secret_file=folder / "key"))
    app: Flask = create_app(Parts(settings, database, FixedClock(NOW), {}))
    client = app.test_client()
    page = client.get("/connexion").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    client.post("/connexion", data={"login": "bench", "password": PASSWORD, "csrf_token": token, "next": "/"})
    return client


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.get_data(as_text=True))
    assert answer.get_data()


def _fill(tx: Transaction, count: int) -> None:
    dice = random.Random(1)
    customers = [Customer(code=f"c{n}", name=f"Ville n° {n}", kind="commune") for n in range(CUSTOMERS - 1)]
    customers.append(Customer(code="peronne", name="Péronne", kind="commune"))
    tx.add_all(customers)
    tx.flush()
    runs = [NOW - timedelta(days=days) for days in range(RUNS, 0, -1)]
    tx.add_all(_finding(dice, n, customers, runs) for n in range(count))
    euros = Decimal(count * 200)
    tx.add_all(
        Reconciliation(
            at=at, last_at=at, opened=3, reopened=0, resolved=2, frozen=0, active=count - n,
            eur_per_year=euros - n * 40, withheld={},
        )
        for n, at in enumerate(reversed(runs))
    )  # fmt: skip


def _finding(dice: random.Random, n: int, customers: list[Customer], runs: list[datetime]) -> Finding:
    rule = dice.choice(sorted(RULES))
    seen = dice.choice(runs)
    return Finding(
        thing=f"vm:c{n % 7}/{n}", rule=rule, field="", scope=f"c{n % 7}", title=f"srv-{n} (c{n % 7}/{n}) : {rule}",
        customer_id=dice.choice(customers).id if dice.random() < 0.9 else None, sold=_values(dice, n),
        documented=_values(dice, n), real=_values(dice, n), eur_per_year=Decimal(dice.randrange(0, 2_000_000)) / 100,
        state=State.OPEN, first_seen=seen, last_seen=NOW, sources={"c1": NOW.isoformat()},
        moves=[FindingMove(at=seen, after=State.OPEN, who="rapprochement", why="premier constat")],
    )  # fmt: skip


def _values(dice: random.Random, n: int) -> dict[str, Any]:
    return {"name": f"srv-{n}", "vmid": n, "vcpu": dice.randrange(1, 9), "ram_gb": 8, "disk_gb": dice.randrange(500)}


if __name__ == "__main__":
    main()
