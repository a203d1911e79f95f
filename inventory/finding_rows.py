"""Findings as rows: what a run knows of them before, and what it writes of them; what did not change is not touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from inventory import store
from inventory.clock import civil_date
from inventory.compare import Comparison, Difference, Resources
from inventory.findings import SETTLED, Changes, Key, Known, Move, State
from inventory.french import cut
from inventory.models import Finding, FindingMove
from inventory.orm import Transaction

WHO = "rapprochement"
LONGEST_TITLE = 200
_NOTHING = Resources()
_WHEN = frozenset({"last_seen", "sources"})
"""What tells when a finding was seen, not what it is."""


def known_of(key: Key, row: Finding) -> Known:
    """A row as the value that the rules work with."""
    values = (row.sold, row.documented, row.real)
    customer = row.customer.code if row.customer else None
    return Known(key, State(row.state), row.scope, values, frozenset(row.sources), row.ignored_until, customer)


def corrected_since(tx: Transaction, rows: Mapping[Key, Finding], asked: Mapping[str, datetime]) -> set[Key]:
    """The findings that were corrected after a source they rest on was asked: its answer says nothing of that."""
    at = store.corrected_at(tx)
    return {
        key
        for key, row in rows.items()
        if row.id in at and any(source in asked and asked[source] < at[row.id] for source in row.sources)
    }


def rename(tx: Transaction, rows: dict[Key, Finding], moved: Mapping[str, str]) -> None:
    """Let the findings of machines that moved follow them, all at once: ``moved`` is a thing's new name -> the old one.

    What was settled under a name that is taken so gets one of its own; what is not keeps it, and stops the other.
    """
    newer = {old: new for new, old in moved.items()}
    after = {key: (newer[key[0]], *key[1:]) for key in rows if key[0] in newer}
    while stuck := {key for key, new in after.items() if new in rows and new not in after and not _settled(rows[new])}:
        after = {key: new for key, new in after.items() if key not in stuck}
    if not after:
        return
    leaving = {new: rows.pop(key) for key, new in after.items()}
    aside = [rows.pop(new) for new in leaving if new in rows]
    for row in (*leaving.values(), *aside):
        row.thing = f"{row.thing}#{row.id}"
    tx.flush()  # every name is free
    for new, row in leaving.items():
        row.thing = new[0]
    tx.flush()
    rows |= leaving | {(row.thing, row.rule, row.field): row for row in aside}


def _settled(row: Finding) -> bool:
    return row.state in SETTLED


@dataclass(frozen=True)
class Writing:
    """What writing findings needs besides the changes themselves; ``before`` is the instant of the run before."""

    comparison: Comparison
    valuation: Callable[[str | None, Resources, date], Decimal]
    now: datetime
    before: datetime | None
    customer_ids: Mapping[str, int]

    def values(self, difference: Difference) -> dict[str, Any]:
        """The columns that a difference decides when it is seen."""
        code = difference.customer if difference.customer in self.customer_ids else None
        return {
            "scope": difference.scope,
            "title": cut(difference.title, LONGEST_TITLE),
            "customer_id": self.customer_ids.get(code or ""),
            "sold": difference.sold,
            "documented": difference.documented,
            "real": difference.real,
            "eur_per_year": self._euros(code, difference.resources),
            "last_seen": self.now,
            "frozen": False,
            "sources": self.comparison.answers.evidence(difference.rule, difference.scope),
        }

    def _euros(self, code: str | None, resources: Resources) -> Decimal:
        if resources == _NOTHING:
            return Decimal("0.00")
        return self.valuation(code, resources, civil_date(self.now))


def write(tx: Transaction, rows: dict[Key, Finding], changes: Changes, writing: Writing) -> None:
    """Open, refresh, freeze and move findings."""
    for difference in changes.opened:
        rows[difference.key] = _opened(difference, writing)
        tx.add(rows[difference.key])
    for difference in changes.seen:
        _refresh(rows[difference.key], writing.values(difference))
    for key in changes.frozen:
        if not rows[key].frozen:
            _leave(rows[key], writing)
            rows[key].frozen = True
    for move in changes.moves:
        _move(tx, rows[move.key], move, writing)
    tx.flush()


def _opened(difference: Difference, writing: Writing) -> Finding:
    thing, rule, field = difference.key
    row = Finding(
        thing=thing, rule=rule, field=field, state=State.OPEN, first_seen=writing.now, **writing.values(difference)
    )
    row.moves.append(FindingMove(at=writing.now, before=None, after=State.OPEN, who=WHO, why="premier constat"))
    return row


def _refresh(row: Finding, values: Mapping[str, Any]) -> None:
    """Write what a finding is now, if it is not what it was: that it is still seen, the run itself says."""
    if all(getattr(row, column) == value for column, value in values.items() if column not in _WHEN):
        return
    for column, value in values.items():
        setattr(row, column, value)


def _leave(row: Finding, writing: Writing) -> None:
    """A finding that the run before still saw, and this one does not: it was last seen then."""
    if not row.frozen and row.state not in SETTLED and writing.before is not None:
        row.last_seen = max(row.last_seen, writing.before)


def _move(tx: Transaction, row: Finding, move: Move, writing: Writing) -> None:
    """Record a move of a run. What comes back after it was settled counts its euros from now."""
    if row.state in SETTLED:
        row.first_seen = writing.now
    if move.after in SETTLED:
        _leave(row, writing)
    tx.add(FindingMove(finding_id=row.id, at=writing.now, before=row.state, after=move.after, who=WHO, why=move.why))
    row.state, row.frozen = move.after, False
    if move.after is State.REOPENED:
        row.ignored_until = None
