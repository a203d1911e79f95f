"""Changing the plan of a backup box from a day on: previewed, then recorded with who and why, never overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from dcops.contracts.amendments import LONGEST_AUTHOR, LONGEST_REASON
from dcops.contracts.costs import Prices, prices_on
from dcops.contracts.holdings import terms_of_box
from dcops.contracts.orders import lines_of_plans
from inventory import store
from inventory.backups import PlanTerm, plan_on, plan_terms
from inventory.errors import Invalid
from inventory.models import NasPlan, NasUnit
from inventory.orm import Transaction
from inventory.turns import IMPORTS, take_turn

MOST_GB = 10**8
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Draft:
    """A plan in GB that a box would have from a day on."""

    start: date
    plan_gb: int


@dataclass(frozen=True)
class PlanEffect:
    """What a change makes of the plans of a box, and what they cost a year on its day; None where no price is known."""

    serial: str
    draft: Draft
    before: Sequence[PlanTerm]
    after: Sequence[PlanTerm]
    yearly_before: Decimal | None
    yearly_after: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Euros more per year from its day on; None when one of the prices is not known."""
        if self.yearly_after is None or self.yearly_before is None:
            return None
        return self.yearly_after - self.yearly_before


def preview_plan(tx: Transaction, serial: str, plan_gb: int, start: date) -> PlanEffect:
    """What a change of plan would do, nothing written. Raises NotFound, and Invalid when it makes no sense."""
    return _effect(tx, store.nas_unit(tx, serial), Draft(start, plan_gb))


def change_plan(
    tx: Transaction, serial: str, plan_gb: int, start: date, author: str, reason: str, now: datetime
) -> PlanEffect:
    """Record the plan of a box from a day on. What was billed already may change: billing credits and bills anew."""
    take_turn(tx, IMPORTS)
    author, reason = author.strip(), reason.strip()
    if not author or len(author) > LONGEST_AUTHOR:
        raise Invalid(f"un changement de forfait a un auteur, de {LONGEST_AUTHOR} caractères au plus.")
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(f"un changement de forfait se motive, en {LONGEST_REASON} caractères au plus.")
    unit = store.nas_unit(tx, serial)
    effect = _effect(tx, unit, Draft(start, plan_gb))
    unit.plans.append(NasPlan(start=start, plan_gb=plan_gb, author=author, reason=reason, recorded_at=now))
    tx.flush()
    return effect


def _effect(tx: Transaction, unit: NasUnit, draft: Draft) -> PlanEffect:
    before = terms_of_box(unit)
    _check(unit, before, draft)
    after = plan_terms(unit.plan_gb, unit.start, unit.end, [*unit.plans, draft])
    prices = prices_on(tx, draft.start)
    old, new = (_yearly(prices, unit, plan_on(terms, draft.start)) for terms in (before, after))
    return PlanEffect(unit.serial, draft, before, after, old, new)


def _check(unit: NasUnit, before: Sequence[PlanTerm], draft: Draft) -> None:
    """Raise Invalid, with the remedy, for a change that makes no sense."""
    if not 0 <= draft.plan_gb <= MOST_GB:
        raise Invalid(f"un forfait va de 0 à {MOST_GB} Go.")
    if draft.start < unit.start:
        raise Invalid(
            f"{unit.serial} n'est chez {unit.customer.name} que depuis le {unit.start:%d/%m/%Y} : "
            "un forfait prend effet à partir de là."
        )
    if unit.end is not None and draft.start >= unit.end:
        raise Invalid(
            f"le dernier jour de {unit.serial} chez {unit.customer.name} est le {unit.end - _ONE_DAY:%d/%m/%Y} : "
            "dire un jour d'avant."
        )
    if plan_on(before, draft.start) == draft.plan_gb:
        raise Invalid(
            f"{unit.serial} a déjà un forfait de {draft.plan_gb} Go le {draft.start:%d/%m/%Y} : rien ne changerait."
        )


def _yearly(prices: Prices, unit: NasUnit, plan_gb: int) -> Decimal | None:
    return prices.yearly(unit.customer, lines_of_plans(plan_gb))
