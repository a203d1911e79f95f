"""The actions that change contracts: drafted from a finding, carried out as they were drafted."""

from __future__ import annotations

from datetime import datetime

from dcops.plans.choices import Choices
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.plan import Action, Kind


def draft(tx: Transaction, finding: Finding, choices: Choices, kind: Kind) -> Action:
    """The action that settles a finding. Raises Invalid with the remedy, e.g. when no customer is known."""
    raise NotImplementedError


def carry_out(tx: Transaction, action: Action, who: str, now: datetime) -> str:
    """Do it, and say what was done. Raises Conflict when what it was decided on changed."""
    raise NotImplementedError
