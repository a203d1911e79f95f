"""Credit notes asked for by a person: lines of an issued invoice taken back, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from dcops.billing import rows, store
from dcops.billing.issuing import TURN, number
from dcops.billing.models import Invoice, InvoiceLine
from dcops.config import Settings
from inventory.clock import civil_date
from inventory.errors import Conflict, Invalid, NotFound
from inventory.orm import Transaction
from inventory.turns import take_turn

LONGEST_REASON = 500


def credit(
    tx: Transaction, invoice: str, reason: str, settings: Settings, who: str, now: datetime,
    positions: Collection[int] = (), *, rebill: bool = False,
) -> Invoice:  # fmt: skip
    """Issue the credit note of an invoice, or of some of its lines, for what is not credited yet.

    ``rebill``: whether the next run may bill these days again; otherwise they are settled. Raises NotFound, Invalid
    without a reason or for a credit note, Conflict when everything asked for is credited already.
    """
    why = reason.strip()
    if not 0 < len(why) <= LONGEST_REASON:
        raise Invalid(f"un avoir a un motif, de 1 à {LONGEST_REASON} caractères.")
    take_turn(tx, TURN)
    credited = creditable(tx, invoice)
    (note,) = rows.credit_notes(None, left(tx, credited, positions), why, rebill=rebill)
    note.customer = credited.customer
    tx.add(note)
    tx.flush()
    number(tx, [note], settings, who, civil_date(now))
    return note


def creditable(tx: Transaction, number: str) -> Invoice:
    """An issued invoice. Raises NotFound, Invalid for a credit note."""
    found = store.document(tx, number)
    if found.kind == "credit_note":
        raise Invalid(f"{number} est un avoir : il ne se crédite pas, la campagne suivante refacture ce qui est dû.")
    return found


def left(tx: Transaction, credited: Invoice, positions: Collection[int]) -> Sequence[InvoiceLine]:
    """The lines asked for, all where none is named, that no credit note takes back yet. Raises NotFound, Conflict."""
    unknown = sorted(set(positions) - {line.position for line in credited.lines})
    if unknown:
        raise NotFound(f"{credited.number} n'a pas de ligne {', '.join(map(str, unknown))}.")
    wanted = [line for line in credited.lines if not positions or line.position in positions]
    done = store.credited_keys(tx, credited.id)
    found = [line for line in wanted if (line.key, line.version) not in done]
    if not found:
        raise Conflict(f"{credited.number} : ces lignes sont déjà créditées, par {_credits(tx, credited)}.")
    return found


def _credits(tx: Transaction, credited: Invoice) -> str:
    notes = [note.number for note in store.credits_of(tx, credited.id) if note.number]
    return ", ".join(notes) or "une campagne en cours : l'émettre ou l'abandonner"
