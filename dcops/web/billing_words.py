"""Words of the billing pages for what the accounts call by a code: states of runs, kinds of documents, flags."""

from __future__ import annotations

from dcops.billing.run_listing import FLAGS, STATES
from dcops.web.listing import Badge

STATE_TONES = {"draft": "warn", "reviewed": "info", "issued": "good"}
FLAG_TONES = {"new": "info", "gone": "bad", "up": "warn", "down": "warn"}
KINDS = {"invoice": "Facture", "credit_note": "Avoir"}
PRICE_CLASSES = {"member": "adhérent", "nonmember": "non adhérent"}
AMENDMENTS = {"change": "Avenant", "end": "Résiliation", "resume": "Reprise"}
READINGS = {"poll": "relevé automatique", "csv": "relevé importé"}
"""How a reading came."""


def run_state(state: str) -> Badge:
    """Where a run is on its way."""
    return Badge(STATES[state], STATE_TONES[state])


def document_kind(kind: str) -> Badge:
    """An invoice, or what takes one back."""
    return Badge(KINDS[kind], "warn" if kind == "credit_note" else "none")


def flag(code: str) -> Badge | None:
    """What stands out in a review; nothing for a customer that is as it was."""
    return Badge(FLAGS[code], FLAG_TONES[code]) if code else None
