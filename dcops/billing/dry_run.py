"""What the bills of a year would be today: everything is computed, nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dcops.billing.charge import Line
from dcops.billing.charges import Days, Rules, charges
from dcops.billing.measured import Measured
from dcops.billing.run import Run, assemble
from dcops.billing.spans import Account, clip, split
from dcops.catalogue import store as catalogue
from dcops.catalogue.line import Grid
from dcops.config import Settings
from dcops.contracts.holdings import Holding, holdings
from inventory import store as inventory_store
from inventory.errors import Invalid, NotFound
from inventory.models import Customer
from inventory.orm import Transaction
from metering.energy import energy_of_shares
from metering.period import of_days

FIRST_YEAR, LAST_YEAR = 1900, 9998
"""The calendar has no day after 9999, and a year ends on the first of January of the next."""
Energies = Mapping[int, Mapping[Days, Measured | str]]
"""By share id, the energy of each span of one price."""


@dataclass(frozen=True)
class Facts:
    """Everything the bills of a civil year depend on; from here on nothing is read."""

    year: int
    held: Sequence[Holding]
    accounts: Mapping[str, Account]
    grids: tuple[Grid, ...]
    energies: Energies

    def lines(self, rules: Rules) -> Iterator[Line]:
        """The lines of all bills, in the order of what is held."""
        for holding in self.held:
            share = _share(holding)
            usage = None if share is None else self.energies.get(share)
            yield from charges(holding, self.year, self.accounts[holding.customer_code], self.grids, rules, usage)


def dry_run(tx: Transaction, year: int, settings: Settings, customer: str | None = None) -> Run:
    """The run of a civil year from what is held and measured, of everybody or of one customer code.

    Raises as ``gather`` does.
    """
    lines = gather(tx, year, customer).lines(settings.billing)
    return assemble(f"dry-{year}", year, lines, settings, dry_run=True)


def gather(tx: Transaction, year: int, customer: str | None = None) -> Facts:
    """What is held and measured in a civil year, of everybody or of one customer code.

    Raises NotFound without a grid for that year, Invalid when it is no year.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(f"année {year} hors limites : de {FIRST_YEAR} à {LAST_YEAR}.")
    grids = catalogue.history(tx)
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    if not any(grid.start < end and (grid.end is None or first < grid.end) for grid in grids):
        raise NotFound(f"aucune grille tarifaire pour {year} ; {catalogue.existing(grids)}")
    accounts = {known.code: _account(known) for known in inventory_store.customers(tx)}
    held = holdings(tx, first, end, customer)
    energies = _energies(tx, list(_consumed(held, year, accounts, grids)))
    return Facts(year, held, accounts, grids, energies)


def _account(customer: Customer) -> Account:
    return Account(customer.code, customer.kind, tuple(customer.populations), tuple(customer.memberships))


def _share(holding: Holding) -> int | None:
    """The id of the share whose energy is billed; None for what is not consumed."""
    consumed = holding.kind == "consumption" and holding.evidence["order"] == "share"
    return holding.evidence["id"] if consumed else None


def _consumed(
    held: Iterable[Holding], year: int, accounts: Mapping[str, Account], grids: tuple[Grid, ...]
) -> Iterator[tuple[int, Days]]:
    """The shares whose energy is billed, each with the days of its spans of one price."""
    for holding in held:
        share, days = _share(holding), clip(holding.start, holding.end, year)
        if share is not None and days is not None:
            for span in split(*days, accounts[holding.customer_code], grids):
                yield share, (span.start, span.end)


def _energies(tx: Transaction, consumed: Sequence[tuple[int, Days]]) -> Energies:
    """The energy of each share over its days, asked all at once so that a rack is read and divided once."""
    energies = energy_of_shares(tx, [(share, of_days(*days)) for share, days in consumed], hours=False)
    found: dict[int, dict[Days, Measured | str]] = {}
    for (share, days), energy in zip(consumed, energies, strict=True):
        found.setdefault(share, {})[days] = energy
    return found
