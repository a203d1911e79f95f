"""Findings turned into a plan: proposed (nothing written), kept for review, abandoned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dcops.plans.choices import Choices
from dcops.wiring import Parts
from inventory.orm import Transaction
from inventory.plan import Action


@dataclass(frozen=True)
class Refused:
    """A finding for which no action can be made, and why, with the remedy."""

    finding: int
    title: str
    why: str


@dataclass(frozen=True)
class Proposal:
    """What a plan would do. ``why_approval`` says which removals go beyond their ceiling."""

    actions: tuple[Action, ...]
    refused: tuple[Refused, ...]
    checksum: str
    removals: int
    ceiling: int
    eur_per_year: Decimal
    needs_approval: bool
    why_approval: str = ""


def propose(parts: Parts, finding_ids: Sequence[int], choices: Choices) -> Proposal:
    """What would be done about findings, nothing written; NetBox is read where an action needs it."""
    raise NotImplementedError


def keep(
    parts: Parts, finding_ids: Sequence[int], choices: Choices, checksum: str, who: str, reason: str,
    approve: bool = False,
) -> int:  # fmt: skip
    """Propose again, and keep the plan that was shown: its id. The findings are PLANNED.

    Raises Conflict when ``checksum`` is not that of what would be done now, TooManyActions beyond the ceiling unless
    ``approve``, Invalid without a reason or without an action.
    """
    raise NotImplementedError


def abandon(tx: Transaction, plan_id: int, who: str, reason: str, now: datetime) -> None:
    """Drop what a plan has not done yet; its findings are to be dealt with again."""
    raise NotImplementedError
