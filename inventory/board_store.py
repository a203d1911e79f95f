"""What the board asks the database: findings narrowed, sorted, paged and added up there, never read whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select, type_coerce
from sqlalchemy.orm import contains_eager, joinedload, load_only

from inventory.board import NOBODY, Sums, Wanted
from inventory.clock import civil_date
from inventory.conditions import Folded, folded_contains
from inventory.french import folded
from inventory.models import Customer, Finding, PlanAction, Reconciliation, SourceSnapshot
from inventory.orm import BigId, Transaction
from inventory.told import Evidence, speaking

_BATCH = 500
_SHOWN = (
    load_only(Finding.title, Finding.rule, Finding.eur_per_year, Finding.first_seen, Finding.state, Finding.frozen),
    contains_eager(Finding.customer).load_only(Customer.code, Customer.name),
)
"""What lists show of a finding: its evidence is read where it is looked at."""
_SORTED = {"title": Finding.title, "rule": Finding.rule, "yearly": Finding.eur_per_year, "seen": Finding.first_seen}


def page(tx: Transaction, wanted: Wanted, order: str, now: datetime, offset: int, limit: int) -> list[Finding]:
    """Some of the findings of a list; ``order`` names a column, ``-`` first for descending."""
    sort = _order(tx, order, now)
    shown = _narrowed(select(Finding.id), wanted).order_by(*sort).offset(offset).limit(limit)  # an index has it all
    rows = select(Finding).outerjoin(Finding.customer).options(*_SHOWN).where(Finding.id.in_(shown))
    return list(tx.scalars(rows.order_by(*sort)))


def stream(tx: Transaction, wanted: Wanted, order: str, now: datetime) -> Iterator[Finding]:
    """Every finding of a list, a few hundred in memory at a time."""
    rows = _narrowed(select(Finding).outerjoin(Finding.customer), wanted, joined=True).options(*_SHOWN)
    yield from tx.scalars(rows.order_by(*_order(tx, order, now)).execution_options(yield_per=_BATCH))


def ids(tx: Transaction, wanted: Wanted) -> list[int]:
    """The ids of every finding of a list, the dearest first."""
    return list(tx.scalars(_narrowed(select(Finding.id), wanted).order_by(Finding.eur_per_year.desc(), Finding.id)))


def among(tx: Transaction, chosen: Sequence[int]) -> list[Finding]:
    """The findings of these ids, the dearest first; unknown ones are left out."""
    return sorted(_found(tx, chosen), key=lambda finding: (-finding.eur_per_year, finding.id))


def _found(tx: Transaction, chosen: Sequence[int]) -> Iterator[Finding]:
    rows = select(Finding).outerjoin(Finding.customer).options(contains_eager(Finding.customer))
    for first in range(0, len(chosen), _BATCH):
        yield from tx.scalars(rows.where(Finding.id.in_(chosen[first : first + _BATCH])))


def sums_by_rule(tx: Transaction, wanted: Wanted) -> dict[str, Sums]:
    """What each rule of a list adds up to, the dearest first."""
    cents = func.sum(type_coerce(Finding.eur_per_year, BigId))
    rows = _narrowed(select(Finding.rule, func.count(), cents), wanted)
    told: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for rule, count, total in tx.execute(rows.group_by(Finding.state, Finding.rule)):  # in the order of the index
        told[rule] = [told[rule][0] + count, told[rule][1] + int(total)]
    dearest = sorted(told.items(), key=lambda item: (-item[1][1], item[0]))
    return {rule: Sums(count, _euros(total)) for rule, (count, total) in dearest}


def eur_since_seen(tx: Transaction, wanted: Wanted, now: datetime) -> Decimal:
    """The euros that a list has cost since each finding was first seen, by civil days of Paris, rounded once."""
    cents = func.sum(type_coerce(Finding.eur_per_year, BigId))
    rows = tx.execute(_narrowed(select(Finding.first_seen, cents), wanted).group_by(Finding.first_seen))
    today = civil_date(now)
    return _euros(Decimal(sum(int(total) * max(0, (today - civil_date(seen)).days) for seen, total in rows)) / 365)


def counts_by_thing(tx: Transaction, wanted: Wanted) -> dict[str, int]:
    """How many findings of a list speak of each thing."""
    rows = _narrowed(select(Finding.thing, func.count().label("many")), wanted).group_by(Finding.thing)
    return {row.thing: row.many for row in tx.execute(rows)}


def customers_of(tx: Transaction, wanted: Wanted) -> list[tuple[str, str]]:
    """(code, name) of the customers that have a finding of a list, and ``NOBODY`` when some have none."""
    within = _narrowed(select(Finding.id), wanted, joined=True)
    theirs = select(Customer.code, Customer.name).where(within.where(Finding.customer_id == Customer.id).exists())
    named = sorted(((code, name) for code, name in tx.execute(theirs)), key=lambda pair: folded(pair[1]))
    nobody = tx.scalar(within.where(Finding.customer_id.is_(None)).limit(1)) is not None
    return [*([(NOBODY, "")] if nobody else []), *named]


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


def _order(tx: Transaction, order: str, now: datetime) -> tuple[ColumnElement[Any], ...]:
    """The order that was asked for; what it does not part stays in the order it was found."""
    sort = _sort(tx, order.lstrip("-"), now)
    return (sort.desc() if order.startswith("-") else sort.asc()).nulls_last(), Finding.id.asc()


def _sort(tx: Transaction, column: str, now: datetime) -> ColumnElement[Any]:
    if column == "customer":  # as French people sort: É with the E, whatever the database
        names = select(Customer.id, Folded(Customer.name).label("name")).cte("names").prefix_with("MATERIALIZED")
        return select(names.c.name).where(names.c.id == Finding.customer_id).correlate(Finding).scalar_subquery()
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
    for word in wanted.words:
        theirs = select(Customer.id).where(folded_contains(word, Customer.name))
        rows = rows.where(
            folded_contains(word, Finding.title, Finding.thing, Finding.rule) | Finding.customer_id.in_(theirs)
        )
    if wanted.customer is None:
        return rows
    rows = rows if joined else rows.join(Customer, Finding.customer_id == Customer.id)
    return rows.where(Customer.code == wanted.customer)


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
