"""The bills of a year, against the interval rows they rest on. Run: python -m bench.dry_run."""

from __future__ import annotations

from datetime import date

from bench.demo import FETCH, YEAR, demo_database, references, rows
from bench.timing import best_of, show
from dcops.billing.dry_run import dry_run, gather
from dcops.config import Settings
from inventory import store as inventory_store
from inventory.orm import Transaction
from metering.period import of_year
from metering.places import place_store


def main() -> None:
    settings = Settings()
    with demo_database() as database, database.transaction() as tx:
        meters = _meters(tx)
        facts = gather(tx, YEAR)
        longest = max(dry_run(tx, YEAR, settings).invoices, key=lambda invoice: len(invoice.lines)).customer_code
        seconds = best_of(
            {
                **references(database, meters, of_year(YEAR)),
                "Facts.lines: the rule alone, nothing read": lambda: list(facts.lines(settings.billing)),
                "dry_run of everybody": lambda: dry_run(tx, YEAR, settings),
                f"dry_run of the longest bill ({longest})": lambda: dry_run(tx, YEAR, settings, longest),
            }
        )
        lines, intervals = len(list(facts.lines(settings.billing))), len(rows(database, "wh", meters, of_year(YEAR)))
    show(f"The bills of {YEAR}: {lines} lines, {len(meters)} meters, {intervals} intervals", seconds, FETCH)


def _meters(tx: Transaction) -> list[int]:
    """The meters of every rack that was sold by the end of the year: those that the bills rest on."""
    sold = {share.rack.name for share in inventory_store.shares(tx) if share.start < date(YEAR + 1, 1, 1)}
    return [meter.id for rack in sorted(sold) for meter in place_store.meters_of_rack(tx, rack)]


if __name__ == "__main__":
    main()
