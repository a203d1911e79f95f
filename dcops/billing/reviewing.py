"""The use case of a review: a run beside the year before, and what its documents will lack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from dcops.billing import store
from dcops.billing.documents import document_of
from dcops.billing.dry_run import dry_run
from dcops.billing.exports.pes_titres import missing
from dcops.billing.gate import warnings
from dcops.billing.models import BillingRun, Invoice
from dcops.billing.review import Compared, compare
from dcops.config import Settings
from dcops.money import ZERO
from inventory.customers import missing_identity
from inventory.errors import NotFound
from inventory.orm import Transaction


@dataclass(frozen=True)
class Review:
    """``simulated``: the year before was never issued here, its amounts are those of a dry run.

    ``lacking``: by customer code, what its documents will lack; ``titres``: what titres in PES will lack, where they
    are set up; ``warnings``: why it may be too early to issue. All in French.
    """

    customers: Sequence[Compared]
    simulated: bool
    lacking: Mapping[str, Sequence[str]]
    titres: Sequence[str] = ()
    warnings: Sequence[str] = ()

    @property
    def flagged(self) -> list[Compared]:
        return [customer for customer in self.customers if customer.flag]

    def document(self) -> dict[str, Any]:
        """The JSON shape of a review."""
        return {
            "customers": [customer.document() for customer in self.customers], "simulated": self.simulated,
            "lacking": {code: list(words) for code, words in self.lacking.items()},
            "titres": list(self.titres), "warnings": list(self.warnings),
        }  # fmt: skip


def review_of(
    tx: Transaction, run: BillingRun, documents: Sequence[Invoice], settings: Settings, now: datetime
) -> Review:
    """Compare what the year of a run will be with the year before, customer by customer.

    ``documents``: with their lines while the run is not issued.
    """
    this: dict[str, Decimal] = defaultdict(lambda: ZERO, store.net_by_customer(tx, run.year))
    if run.state != "issued":
        for row in documents:
            this[row.customer.code] += row.net
    before, simulated = _year_before(tx, run.year - 1, settings)
    customers = {row.customer.code: row.customer for row in documents}
    incomplete = {code: missing_identity(customer) for code, customer in customers.items()}
    found = compare(this, before, settings.billing.jump)
    lack = {code: words for code, words in incomplete.items() if words}
    if run.state == "issued":
        return Review(found, simulated, lack)
    return Review(found, simulated, lack, _titres(documents, settings), warnings(tx, run, settings, now))


def _titres(documents: Sequence[Invoice], settings: Settings) -> Sequence[str]:
    """What titres in PES would lack; nothing where they are not set up."""
    if settings.pes.post is None:
        return ()
    return missing([document_of(row, settings) for row in documents], settings.pes)


def _year_before(tx: Transaction, year: int, settings: Settings) -> tuple[Mapping[str, Decimal], bool]:
    """Net amounts of a year by customer code, and whether they are simulated."""
    issued = store.net_by_customer(tx, year)
    if issued:
        return issued, False
    try:
        run = dry_run(tx, year, settings)
    except NotFound:
        return {}, False
    simulated: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for invoice in run.invoices:
        simulated[invoice.customer_code] += invoice.net
    return simulated, True
