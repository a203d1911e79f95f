"""The bills of 1,000 customers × 12 subscriptions, against the rule alone. Run: python -m bench.billing_1000."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event, insert

from bench.timing import best_of, show
from dcops import db
from dcops.billing.dry_run import dry_run, gather
from dcops.billing.run import assemble
from dcops.catalogue.grids import load_shipped
from dcops.config import Settings
from dcops.contracts.models import Amendment, Subscription
from dcops.db import Database
from inventory.models import Customer, Membership, Population

YEAR = 2024
SIZES = (10, 100, 1_000)
RULE = "Facts.lines: the rule alone, nothing read"
CODES = (
    "zimbra-5go", "zimbra-illimite", "domaine-std", "web-hebergement", "actes-legalite", "demat-commune",
    "intramuros-commune", "connect-commune", "av-poste", "maint-poste", "maint-serveur", "wifi-simple",
)  # fmt: skip
SETTINGS = Settings()


def main() -> None:
    asked = {}
    for size in SIZES:
        with world(size) as database:
            asked[size] = queries(database)
            if size == SIZES[-1]:
                _timed(database, size)
    print("\nQueries of a run, by number of customers: " + ", ".join(f"{size:,}: {n}" for size, n in asked.items()))


def _timed(database: Database, size: int) -> None:
    with database.transaction() as tx:
        facts = gather(tx, YEAR)
        lines = list(facts.lines(SETTINGS.billing))
        seconds = best_of(
            {
                RULE: lambda: list(facts.lines(SETTINGS.billing)),
                "gather: everything read": lambda: gather(tx, YEAR),
                "assemble: invoices and totals": lambda: assemble("r", YEAR, lines, SETTINGS, dry_run=True).gross,
                "dry_run of everybody": lambda: dry_run(tx, YEAR, SETTINGS).gross,
            }
        )
    per_line = seconds[RULE] / len(lines) * 1e6
    title = f"{size:,} customers × {len(CODES)} subscriptions: {len(lines):,} lines, {per_line:.1f} µs each"
    show(title, seconds, RULE)


@contextmanager
def world(size: int) -> Iterator[Database]:
    """Customers with 12 subscriptions each: one in eight begins in the year, one in ten is amended, some leave."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        db.upgrade(database)
        with database.transaction() as tx:
            load_shipped(tx)
            ids = range(1, size + 1)
            tx.execute(insert(Customer), [{"id": n, "code": f"c{n}", "name": f"C{n}", "kind": "commune"} for n in ids])
            tx.execute(
                insert(Population), [{"customer_id": n, "year": YEAR, "inhabitants": 100 + n % 1900} for n in ids]
            )
            tx.execute(insert(Membership), [_membership(n) for n in ids])
            sold = [_subscription(n, place) for n in ids for place in range(len(CODES))]
            tx.execute(insert(Subscription), sold)
            tx.execute(insert(Amendment), [_amendment(row) for row in sold[::10]])
        yield database
        database.dispose()


def _membership(n: int) -> dict[str, object]:
    left = date(YEAR, 1, 1) + timedelta(days=n % 300) if n % 20 == 0 else None
    return {"customer_id": n, "start": date(2015, 1, 1), "end": left}


def _subscription(n: int, place: int) -> dict[str, object]:
    began = date(YEAR, 1, 1) + timedelta(days=n % 360) if (n + place) % 8 == 0 else date(YEAR - 1, 1, 1)
    return {
        "id": n * len(CODES) + place, "customer_id": n, "code": CODES[place], "quantity": Decimal(1 + (n * place) % 30),
        "start": began,
    }  # fmt: skip


def _amendment(row: dict[str, object]) -> dict[str, object]:
    return {
        "subscription_id": row["id"], "kind": "change", "effective": date(YEAR, 10, 1), "quantity": Decimal(31),
        "author": "bench", "reason": "bench", "recorded_at": datetime(YEAR, 9, 1, tzinfo=UTC),
    }  # fmt: skip


def queries(database: Database) -> int:
    """How many queries a run asks."""
    seen = []

    def count(*executed: object) -> None:
        seen.append(executed)

    event.listen(database.engine, "before_cursor_execute", count)
    with database.transaction() as tx:
        dry_run(tx, YEAR, SETTINGS)
    event.remove(database.engine, "before_cursor_execute", count)
    return len(seen)


if __name__ == "__main__":
    main()
