"""What the bills of a year would be today: everything is computed, nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from dcops.billing import account_store
from dcops.billing.charge import Charge, Line, Unbilled
from dcops.billing.charges import charges
from dcops.billing.known import Count, Days, Known, Usage
from dcops.billing.measured import Measured
from dcops.billing.pricing import Pricing, Rules
from dcops.billing.run import Run, assemble
from dcops.billing.spans import Account, clip, split
from dcops.catalogue import store as catalogue
from dcops.catalogue.behaviours import COUNTED
from dcops.catalogue.line import Grid
from dcops.config import Settings
from dcops.contracts import held_store
from dcops.contracts.holdings import Holding, holdings
from inventory.errors import Invalid, NotFound
from inventory.orm import Transaction
from metering.backups import backup_store
from metering.energy.scopes import energy_of_shares
from metering.period import of_days

FIRST_YEAR, LAST_YEAR = 1900, 9998
"""The calendar has no day after 9999, and a year ends on the first of January of the next."""
WAITS = "numéro d'engagement obligatoire : le porter sur la fiche de la collectivité."


@dataclass(frozen=True)
class Facts:
    """Everything the bills of a civil year depend on; from here on nothing is read. ``held`` is by customer.

    ``waiting``: codes of the customers whose order number is required and not known.
    """

    year: int
    held: Sequence[Holding]
    accounts: Mapping[str, Account]
    grids: tuple[Grid, ...]
    known: Known
    waiting: Set[str] = frozenset()

    def bills(self, rules: Rules) -> Iterator[Line]:
        """The lines of all bills; a customer whose order number is waited for is not billed."""
        for line in self.lines(rules):
            waits = isinstance(line, Charge) and line.customer_code in self.waiting
            yield Unbilled(line.customer_code, line.code, line.start, line.end, WAITS, line.order) if waits else line

    def lines(self, rules: Rules) -> Iterator[Line]:
        """What is owed, customer by customer; ``rules`` is the section ``billing`` of the settings."""
        pricing = Pricing(self.year, self.grids, rules)
        for code, held in groupby(self.held, key=lambda holding: holding.customer_code):
            yield from charges(held, self.accounts[code], pricing, self.known)


def dry_run(tx: Transaction, year: int, settings: Settings, customer: str | None = None) -> Run:
    """The run of a civil year from what is held and measured, of everybody or of one customer code.

    Raises as ``gather`` does.
    """
    lines = gather(tx, year, customer).bills(settings.billing)
    return assemble(f"dry-{year}", year, lines, settings, dry_run=True)


def gather(tx: Transaction, year: int, customer: str | None = None) -> Facts:
    """What is held and measured in a civil year, of everybody or of one customer code.

    One query per table: their number does not grow with that of customers or lines. Raises NotFound without a grid
    for that year, Invalid when it is no year.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(f"année {year} hors limites : de {FIRST_YEAR} à {LAST_YEAR}.")
    grids = catalogue.history(tx)
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    if not any(grid.start < end and (grid.end is None or first < grid.end) for grid in grids):
        raise NotFound(f"aucune grille tarifaire pour {year} ; {catalogue.existing(grids)}")
    accounts = account_store.accounts(tx)
    held = holdings(tx, first, end, customer, grids)
    known = Known(
        _energies(tx, list(_consumed(held, year, accounts, grids))),
        backup_store.stored(tx, first, end, customer),
        {(each.customer, each.code): Count(each.quantity, each.id) for each in held_store.counts(tx, year - 1)},
        held_store.subscribed_before(tx, first, _counted(grids)),
    )
    return Facts(year, held, accounts, grids, known, account_store.waiting(tx))


def _counted(grids: tuple[Grid, ...]) -> set[str]:
    """The codes of the lines that are billed by the uses of the year before, and of their services."""
    lines = [line for grid in grids for line in grid.lines if line.behaviour == COUNTED]
    return {name for line in lines for name in (line.code, line.service)}


def _share(holding: Holding) -> int | None:
    """The id of the share whose energy is billed; None for what is not consumed."""
    consumed = holding.kind == "consumption" and holding.evidence["order"] == "share"
    return holding.evidence["id"] if consumed else None


def _consumed(
    held: Iterable[Holding], year: int, accounts: Mapping[str, Account], grids: tuple[Grid, ...]
) -> Iterator[tuple[int, Days]]:
    """The shares whose energy is billed, each with the days of its spans of one price."""
    for holding in held:
        share = _share(holding)
        days = None if share is None else clip(holding.start, holding.end, year)
        if share is not None and days is not None:
            for span in split(*days, accounts[holding.customer_code], grids):
                yield share, (span.start, span.end)


def _energies(tx: Transaction, consumed: Sequence[tuple[int, Days]]) -> Mapping[int, Usage]:
    """The energy of each share over its days, asked all at once so that a rack is read and divided once."""
    energies = energy_of_shares(tx, [(share, of_days(*days)) for share, days in consumed], hours=False)
    found: dict[int, dict[Days, Measured | str]] = {}
    for (share, days), energy in zip(consumed, energies, strict=True):
        found.setdefault(share, {})[days] = energy
    return found
