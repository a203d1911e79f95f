"""What a civil year still owes: what is held and measured, less what was issued; nothing is written."""

from __future__ import annotations

from dcops.billing import standing_store, store
from dcops.billing.corrections import Corrections, corrections
from dcops.billing.dry_run import gather
from dcops.billing.models import BillingRun
from dcops.config import Settings
from inventory.orm import Transaction


def outstanding(tx: Transaction, year: int, settings: Settings) -> Corrections:
    """What a draft of a civil year would bill and credit today. Raises as ``gather`` does."""
    lines = gather(tx, year).bills(settings.billing)
    return corrections(lines, standing_store.billed(tx, year), standing_store.versions(tx, year))


def changed_since(tx: Transaction, run: BillingRun, settings: Settings) -> int:
    """How many lines of a run that is not issued would be other ones, were it computed now."""
    found = outstanding(tx, run.year, settings)
    owed = {(charge.key, charge.amount, False) for charge, _ in found.owed}
    owed |= {(line.key, -line.amount, True) for line in found.wrong}
    return len({(key, credit) for key, _, credit in owed ^ store.drafted(tx, run.id)})
