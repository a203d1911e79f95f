"""What people decide about findings: taken into account, or ignored with a reason; every move is kept."""

from __future__ import annotations

from datetime import date, datetime

from inventory import store
from inventory.clock import civil_date
from inventory.errors import Invalid
from inventory.findings import State, check_move
from inventory.models import Finding, FindingMove
from inventory.orm import Transaction
from inventory.turns import FINDINGS, take_turn

LONGEST_NAME = 100


def acknowledge(tx: Transaction, id: int, who: str, why: str, now: datetime) -> Finding:
    """Somebody deals with it. Raises NotFound, Conflict when its state does not allow it, Invalid without a reason."""
    return _decide(tx, id, State.ACKNOWLEDGED, who, why, now)


def ignore(tx: Transaction, id: int, who: str, reason: str, now: datetime, until: date | None = None) -> Finding:
    """Leave it as it is, for these values, until a day (None: until the values change).

    Raises NotFound, Conflict when its state does not allow it, Invalid without a reason or with a day gone by.
    """
    if until is not None and until <= civil_date(now):
        raise Invalid(f"l'échéance {until:%d/%m/%Y} est passée : en donner une à venir.")
    finding = _decide(tx, id, State.IGNORED, who, reason, now)
    finding.ignored_until = until
    return finding


def _decide(tx: Transaction, id: int, after: State, who: str, why: str, now: datetime) -> Finding:
    take_turn(tx, FINDINGS)
    finding = store.finding(tx, id)
    if not why.strip():
        raise Invalid("une décision se motive : dire pourquoi.")
    if len(who) > LONGEST_NAME:
        raise Invalid(f"auteur : {LONGEST_NAME} caractères au plus.")
    check_move(State(finding.state), after)
    finding.moves.append(FindingMove(at=now, before=finding.state, after=after, who=who, why=why.strip()))
    finding.state = after
    tx.flush()
    return finding
