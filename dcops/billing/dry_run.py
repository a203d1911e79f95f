"""What the bills of a year would be today: everything is computed, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from dcops.billing.charge import Line
from dcops.billing.charges import Usage, charges
from dcops.billing.measured import Measured
from dcops.billing.run import Run, assemble
from dcops.billing.spans import Account, clip, split
from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid
from dcops.config import Settings
from dcops.contracts.holdings import Holding, holdings
from inventory import store as inventory_store
from inventory.errors import DomainError, NotFound
from inventory.models import Customer
from inventory.orm import Transaction
from metering.energy import energy_of_share
from metering.period import of_days


def dry_run(tx: Transaction, year: int, settings: Settings, customer: str | None = None) -> Run:
    """The run of a civil year from what is held and measured, of everybody or of one customer code.

    Raises NotFound when no grid applies to that year.
    """
    grids = catalogue.history(tx)
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    if not any(grid.start < end and (grid.end is None or first < grid.end) for grid in grids):
        raise NotFound(f"aucune grille tarifaire pour {year} ; {catalogue.existing(grids)}")
    accounts = {known.code: _account(known) for known in inventory_store.customers(tx)}
    held = holdings(tx, first, end, customer)
    lines = (line for holding in held for line in _lines(tx, holding, year, accounts, grids, settings))
    return assemble(f"dry-{year}", year, lines, Decimal(settings.billing.vat_rate), dry_run=True)


def _account(customer: Customer) -> Account:
    return Account(customer.code, customer.kind, customer.population, tuple(customer.memberships))


def _lines(
    tx: Transaction, holding: Holding, year: int, accounts: dict[str, Account], grids: tuple[Grid, ...],
    settings: Settings,
) -> Iterator[Line]:  # fmt: skip
    account = accounts[holding.customer_code]
    usage = _usage(tx, holding, year, account, grids)
    minimum = Decimal(settings.billing.minimum_coverage)
    yield from charges(holding, year, account, grids, usage, minimum)


def _usage(tx: Transaction, holding: Holding, year: int, account: Account, grids: tuple[Grid, ...]) -> Usage:
    """The energy of a share over each span of one price; nothing for what is not consumed."""
    days = clip(holding.start, holding.end, year)
    if days is None or holding.kind != "consumption" or holding.evidence["order"] != "share":
        return {}
    spans = split(*days, account, grids)
    return {(span.start, span.end): _energy(tx, holding.evidence["id"], span.start, span.end) for span in spans}


def _energy(tx: Transaction, share_id: int, start: date, end: date) -> Measured | str:
    try:
        return energy_of_share(tx, share_id, of_days(start, end))
    except DomainError as error:
        return str(error)
