"""What the board asks the database: findings narrowed, sorted, paged and added up there, never read whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, type_coerce
from sqlalchemy.orm import contains_eager, joinedload

from inventory.board import NOBODY, Sums, Wanted
from inventory.clock import civil_date
from inventory.conditions import folded_contains
from inventory.french import folded
from inventory.models import Customer, Finding, PlanAction, Reconciliation, SourceSnapshot
from inventory.orm import BigId, Transaction
from inventory.told import Evidence, speaking

_BATCH = 500
_SORTED = {"title": Finding.title, "rule": Finding.rule, "yearly": Finding.eur_per_year, "seen": Finding.first_seen}


def page(tx: Transaction, wanted: Wanted, order: str, now: datetime, offset: int, limit: int) -> list[Finding]:
    """Some of the findings of a list; ``order`` names a column, ``-`` first for descending."""
    return list(tx.scalars(_rows(tx, wanted, order, now).offset(offset).limit(limit)))


def stream(tx: Transaction, wanted: Wanted, order: str, now: datetime) -> Iterator[Finding]:
    """Every finding of a list, a few hundred in memory at a time."""
    rows = _rows(tx, wanted, order, now).execution_options(yield_per=_BATCH)
    yield from tx.scalars(rows)


def ids(tx: Transaction, wanted: Wanted) -> list[int]:
    """The ids of every finding of a list, the dearest first."""
    return list(tx.scalars(_narrowed(select(Finding.id), wanted).order_by(Finding.eur_per_year.desc(), Finding.id)))


def among(tx: Transaction, chosen: Sequence[int]) -> list[Finding]:
    """The findings of these ids, the dearest first; unknown ones are left out."""
    found: list[Finding] = []
    for first in range(0, len(chosen), _BATCH):
        rows = select(Finding).outerjoin(Finding.customer).options(contains_eager(Finding.customer))
        found += tx.scalars(rows.where(Finding.id.in_(chosen[first : first + _BATCH])))
    return sorted(found, key=lambda finding: (-finding.eur_per_year, finding.id))


def sums_by_rule(tx: Transaction, wanted: Wanted, now: datetime) -> dict[str, Sums]:
    """What each rule of a list adds up to, the dearest first; euros since seen are rounded once per rule."""
    cents = func.sum(type_coerce(Finding.eur_per_year, BigId))
    rows = _narrowed(select(Finding.rule, Finding.first_seen, func.count(), cents), wanted)
    today, told = civil_date(now), dict[str, list[int]]()
    for rule, seen, count, total in tx.execute(rows.group_by(Finding.rule, Finding.first_seen)):
        sums = told.setdefault(rule, [0, 0, 0])
        days = max(0, (today - civil_date(seen)).days)
        sums[0], sums[1], sums[2] = sums[0] + count, sums[1] + int(total), sums[2] + int(total) * days
    ordered = sorted(told.items(), key=lambda item: (-item[1][1], item[0]))
    return {rule: Sums(count, _euros(cents), _euros(Decimal(days) / 365)) for rule, (count, cents, days) in ordered}


def customers_of(tx: Transaction, wanted: Wanted) -> list[tuple[str, str]]:
    """(code, name) of the customers that have a finding of a list, and ``NOBODY`` when some have none."""
    rows = _narrowed(select(Finding.customer_id).distinct(), wanted)
    found = set(tx.scalars(rows))
    known = select(Customer.code, Customer.name).where(Customer.id.in_(found - {None}))
    named = sorted(((code, name) for code, name in tx.execute(known)), key=lambda pair: folded(pair[1]))
    return ([(NOBODY, "")] if None in found else []) + named


def scopes_of(tx: Transaction, wanted: Wanted) -> list[str]:
    """The scopes that findings of a list are in, by name."""
    return sorted(tx.scalars(_narrowed(select(Finding.scope).distinct(), wanted)), key=folded)


def reconciliations(tx: Transaction, since: datetime | None = None) -> list[Reconciliation]:
    """What runs concluded since an instant, the oldest first; each row holds until the next one."""
    rows = select(Reconciliation).order_by(Reconciliation.at, Reconciliation.id)
    return list(tx.scalars(rows if since is None else rows.where(Reconciliation.last_at >= since)))


def last_reconciliation(tx: Transaction) -> Reconciliation | None:
    """What the last run concluded; None before the first one."""
    return tx.scalar(select(Reconciliation).order_by(Reconciliation.id.desc()).limit(1))


def evidence(tx: Transaction, finding: Finding) -> list[Evidence]:
    """What the sources of a finding told of it, in the answers that it rests on; those no longer kept are left out."""
    values, found = (finding.sold, finding.documented, finding.real), []
    for source, instant in finding.sources.items():
        for row in _answers(tx, source, datetime.fromisoformat(instant)):
            facts = tuple(speaking(finding.thing, values, row.facts))
            found.append(Evidence(source, row.kind, row.scope, row.status, row.taken_at, facts))
    return found


def _answers(tx: Transaction, source: str, at: datetime) -> list[SourceSnapshot]:
    """The answer of each scope of a source that held at an instant: one that is told again keeps its first row."""
    held = select(func.min(SourceSnapshot.id)).where(SourceSnapshot.source == source, SourceSnapshot.taken_at >= at)
    rows = select(SourceSnapshot).where(SourceSnapshot.id.in_(held.group_by(SourceSnapshot.scope)))
    return list(tx.scalars(rows.order_by(SourceSnapshot.scope)))


def plans_of(tx: Transaction, finding_id: int) -> list[PlanAction]:
    """The actions planned for a finding, the newest first, each with its plan."""
    rows = select(PlanAction).options(joinedload(PlanAction.plan)).where(PlanAction.finding_id == finding_id)
    return list(tx.scalars(rows.order_by(PlanAction.id.desc())))


def _rows(tx: Transaction, wanted: Wanted, order: str, now: datetime) -> Select[Finding]:
    rows: Select[Finding] = _narrowed(select(Finding).outerjoin(Finding.customer), wanted, joined=True)
    sort = _sort(tx, order.lstrip("-"), wanted, now)
    sort = sort.desc() if order.startswith("-") else sort.asc()
    same = (Finding.eur_per_year.desc(), Finding.rule, Finding.thing, Finding.field)
    return rows.options(contains_eager(Finding.customer)).order_by(sort.nulls_last(), *same)


def _sort(tx: Transaction, column: str, wanted: Wanted, now: datetime) -> ColumnElement[Any]:
    if column == "customer":  # as French people sort: É with the E, whatever the database
        ranks = {code: rank for rank, (code, _) in enumerate(customers_of(tx, wanted))}
        return case(ranks, value=Customer.code, else_=None) if ranks else Customer.code.asc()
    if column == "since":
        return type_coerce(Finding.eur_per_year, BigId) * _age(tx, now)
    if column == "state":
        return Finding.state.expression
    return _SORTED.get(column, Finding.eur_per_year).expression


def _age(tx: Transaction, now: datetime) -> ColumnElement[Any]:
    """For how long a finding has been seen, in a unit of the database's own."""
    if tx.get_bind().dialect.name == "sqlite":
        return func.julianday(now.strftime("%Y-%m-%d %H:%M:%S")) - func.julianday(Finding.first_seen)
    return func.extract("epoch", now - Finding.first_seen)


def _narrowed(rows: Any, wanted: Wanted, joined: bool = False) -> Any:
    """A SELECT of findings with what is wanted of them; ``joined``: their customers are in it already."""
    for condition in _conditions(wanted):
        rows = rows.where(condition)
    if wanted.customer == NOBODY:
        return rows.where(Finding.customer_id.is_(None))
    if wanted.customer is None and not wanted.words:
        return rows
    rows = rows if joined else rows.outerjoin(Customer, Finding.customer_id == Customer.id)
    for word in wanted.words:
        rows = rows.where(folded_contains(word, Finding.title, Finding.thing, Finding.rule, Customer.name))
    return rows if wanted.customer is None else rows.where(Customer.code == wanted.customer)


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.states is not None:
        yield Finding.state.in_(sorted(wanted.states))
    if wanted.rule is not None:
        yield Finding.rule == wanted.rule
    if wanted.scope is not None:
        yield Finding.scope == wanted.scope
    if wanted.frozen is not None:
        yield Finding.frozen == wanted.frozen
    if wanted.after is not None:
        yield Finding.first_seen >= wanted.after
    if wanted.before is not None:
        yield Finding.first_seen < wanted.before


def _euros(cents: int | Decimal) -> Decimal:
    return (Decimal(cents) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
