"""The bills of a year on their way: drafted, reviewed, issued; what was issued wrongly is credited and billed anew."""

from __future__ import annotations

from datetime import datetime

from dcops.billing import account_store, rows, standing_store, store
from dcops.billing.corrections import Corrections
from dcops.billing.gate import require_open
from dcops.billing.issuing import TURN, number
from dcops.billing.models import BillingRun
from dcops.billing.outstanding import outstanding
from dcops.billing.run import assemble
from dcops.config import Settings
from inventory.clock import civil_date
from inventory.errors import Conflict, Invalid
from inventory.french import instant
from inventory.orm import Transaction
from inventory.turns import take_turn

CORRECTED = "Ce qui était facturé ne correspond plus à ce qui est dû : contrats, adhésion, grille ou relevés corrigés."


def draft(tx: Transaction, year: int, settings: Settings, who: str, now: datetime) -> BillingRun | None:
    """Draft what a civil year still owes; a draft already there is computed anew. None when nothing is left to bill.

    What was issued and is no longer owed is credited in the same draft. Raises as ``gather`` does, and Conflict when
    the run of that year is reviewed.
    """
    take_turn(tx, TURN)
    run = _cleared(tx, year)
    found = outstanding(tx, year, settings)
    if not found.owed and not found.wrong:
        if run is not None:
            store.remove_run(tx, run.id)
        return None
    if run is None:
        name = f"{year}-{store.runs_of(tx, year) + 1}"
        run = BillingRun(name=name, year=year, state="draft", skipped=[], computed_at=now, computed_by=who)
        tx.add(run)
    run.computed_at, run.computed_by = now, who
    run.skipped = [line.document() for line in found.kept]
    tx.flush()
    _write(tx, run, found, settings)
    return run


def _cleared(tx: Transaction, year: int) -> BillingRun | None:
    """The run of a year on its way, without its documents."""
    run = store.run_on_its_way(tx, year)
    if run is None:
        return None
    if run.state == "reviewed":
        raise Conflict(
            f"la campagne {run.name} est relue par {run.reviewed_by} : l'émettre (« dcops billing issue {run.name} »), "
            f"ou la rouvrir (« dcops billing reopen {run.name} ») pour la recalculer."
        )
    store.remove_documents(tx, run.id)
    return run


def _write(tx: Transaction, run: BillingRun, found: Corrections, settings: Settings) -> None:
    """Write the documents: credit notes first, then invoices by customer."""
    wrong = standing_store.lines_by_id(tx, [line.id for line in found.wrong])
    tx.add_all(rows.credit_notes(run.id, wrong, CORRECTED, rebill=True))
    owed = assemble(run.name, run.year, (charge for charge, _ in found.owed), settings, dry_run=False)
    versions = {charge.key: version for charge, version in found.owed}
    ids = account_store.ids(tx)
    tx.add_all(rows.invoices(run.id, owed.invoices, versions, ids, run.year, settings))
    tx.flush()


def review(tx: Transaction, name: str, who: str, now: datetime) -> BillingRun:
    """Mark a draft as reviewed: it is computed no more. Raises NotFound, Conflict."""
    take_turn(tx, TURN)
    run = _on_its_way(tx, name)
    run.state, run.reviewed_at, run.reviewed_by = "reviewed", now, who
    return run


def reopen(tx: Transaction, name: str) -> BillingRun:
    """Take a review back, so that the run can be computed anew. Raises NotFound, Conflict."""
    take_turn(tx, TURN)
    run = _on_its_way(tx, name)
    run.state, run.reviewed_at, run.reviewed_by = "draft", None, None
    return run


def discard(tx: Transaction, name: str) -> None:
    """Remove a run that is not issued: nothing of it stays. Raises NotFound, Conflict."""
    take_turn(tx, TURN)
    run = _on_its_way(tx, name)
    store.remove_documents(tx, run.id)
    store.remove_run(tx, run.id)


def issue(tx: Transaction, name: str, settings: Settings, who: str, now: datetime) -> BillingRun:
    """Number every document of a run, all or none; a draft is reviewed by whoever issues it.

    Raises NotFound, Conflict when it is issued already or when the gate of the settings blocks, Invalid when they do
    not say who issues.
    """
    take_turn(tx, TURN)
    run = _on_its_way(tx, name)
    require_open(tx, run, settings, now)
    documents = store.documents_of(tx, run.id)
    if not documents:
        raise Invalid(f"la campagne {name} n'a aucun document à émettre.")
    number(tx, documents, settings, who, civil_date(now))
    if run.state == "draft":
        run.reviewed_at, run.reviewed_by = now, who
    run.state, run.issued_at, run.issued_by = "issued", now, who
    return run


def _on_its_way(tx: Transaction, name: str) -> BillingRun:
    run = store.run(tx, name)
    if run.state == "issued" and run.issued_at is not None:
        raise Conflict(f"la campagne {name} a été émise par {run.issued_by} le {instant(run.issued_at)}.")
    return run
