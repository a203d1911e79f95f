"""What is read from the tables of evidence: snapshots of the sources, what they document, findings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from inventory.errors import NotFound
from inventory.evidence import fact_of, is_of
from inventory.facts import Fact, Guest, Mounting, Reservation
from inventory.findings import State
from inventory.match import DOCUMENTED, REAL
from inventory.models import Customer, Finding, FindingMove, GuestLink, Reconciliation, SourceLock, SourceSnapshot
from inventory.orm import Transaction, row_id

Kind = TypeVar("Kind", bound=Fact)


def latest_snapshots(tx: Transaction, with_facts: bool = False) -> list[SourceSnapshot]:
    """The newest answer of each (source, scope), whether it is complete or not.

    Facts weigh megabytes: without ``with_facts`` they are read one row at a time, if ever, inside the transaction.
    """
    newest = select(func.max(SourceSnapshot.id)).group_by(SourceSnapshot.source, SourceSnapshot.scope)
    wanted = select(SourceSnapshot).where(SourceSnapshot.id.in_(newest))
    if not with_facts:
        wanted = wanted.options(defer(SourceSnapshot.facts))
    return list(tx.scalars(wanted.order_by(SourceSnapshot.source, SourceSnapshot.scope)))


def last_complete(tx: Transaction) -> list[tuple[str, datetime]]:
    """When each source last told everything: the oldest of the last complete answers of its present scopes.

    A source of which a scope never answered completely is not there; one that has another name now counts no more.
    """
    query = select(SourceSnapshot.source, SourceSnapshot.scope, func.max(SourceSnapshot.taken_at))
    query = query.where(SourceSnapshot.status == "complete").group_by(SourceSnapshot.source, SourceSnapshot.scope)
    complete = {(source, scope): at for source, scope, at in tx.execute(query)}
    present: dict[str, list[SourceSnapshot]] = {}
    for row in latest_snapshots(tx):
        present.setdefault(row.source, []).append(row)
    found = []
    for source, rows in present.items():
        newest = max(row.taken_at for row in rows)
        told = [complete.get((source, row.scope)) for row in rows if row.taken_at == newest]
        if None not in told:
            found.append((source, min(at for at in told if at is not None)))
    return found


def last_told(tx: Transaction, kind: str) -> list[SourceSnapshot]:
    """The newest answer of each (source, scope) of a kind that said something: a failure hides nothing."""
    newest = (
        select(func.max(SourceSnapshot.id))
        .where(SourceSnapshot.kind == kind, SourceSnapshot.status != "failed")
        .group_by(SourceSnapshot.source, SourceSnapshot.scope)
    )
    wanted = select(SourceSnapshot).where(SourceSnapshot.id.in_(newest))
    return list(tx.scalars(wanted.order_by(SourceSnapshot.source, SourceSnapshot.scope)))


def scopes_that_told(tx: Transaction) -> set[tuple[str, str]]:
    """The (source, scope) that told at least one fact once."""
    wanted = select(SourceSnapshot.source, SourceSnapshot.scope).where(SourceSnapshot.object_count > 0).distinct()
    return {(source, scope) for source, scope in tx.execute(wanted)}


def facts_told(tx: Transaction, kind: str, wanted: type[Kind]) -> list[Kind]:
    """The facts of one type that the sources of a kind last told."""
    told = (document for row in last_told(tx, kind) for document in row.facts if is_of(document, wanted))
    return [fact for document in told if isinstance(fact := fact_of(document), wanted)]


def devices_of_rack(tx: Transaction, name: str) -> list[Mounting]:
    """The devices that the documentation last placed in a rack, from the bottom."""
    found = [fact for fact in facts_told(tx, DOCUMENTED, Mounting) if fact.rack == name]
    return sorted(found, key=lambda mounting: (mounting.first_half_unit, mounting.face or "", mounting.name))


def reservations_of_rack(tx: Transaction, name: str) -> list[Reservation]:
    """The units that the documentation last set aside in a rack, from the bottom."""
    found = [fact for fact in facts_told(tx, DOCUMENTED, Reservation) if fact.rack == name]
    return sorted(found, key=lambda reservation: (reservation.first_half_unit, reservation.label))


def guests(tx: Transaction, kind: str = REAL) -> list[Guest]:
    """The guests that the sources of a kind last told, templates included."""
    return facts_told(tx, kind, Guest)


def select_findings(
    rule: str | None = None,
    state: str | Collection[str] | None = None,
    customer: str | None = None,
    thing: str | None = None,
) -> Select[Finding]:
    """Findings by yearly euros, the dearest first; ``state`` is one state, several, or None for all."""
    wanted = (
        select(Finding)
        .options(joinedload(Finding.customer))
        .order_by(Finding.eur_per_year.desc(), Finding.rule, Finding.thing, Finding.field)
    )
    states = [state] if isinstance(state, str) else state
    wanted = wanted if rule is None else wanted.where(Finding.rule == rule)
    wanted = wanted if states is None else wanted.where(Finding.state.in_(states))
    wanted = wanted if thing is None else wanted.where(Finding.thing == thing)
    if customer is not None:
        wanted = wanted.join(Finding.customer).where(Customer.code == customer)
    return wanted


def findings(
    tx: Transaction,
    rule: str | None = None,
    state: str | Collection[str] | None = None,
    customer: str | None = None,
    thing: str | None = None,
) -> list[Finding]:
    return list(tx.scalars(select_findings(rule, state, customer, thing)))


def corrected_at(tx: Transaction) -> dict[int, datetime]:
    """When each finding that waits for its verification was corrected, by its id."""
    applied = (Finding.state == State.APPLIED) & (FindingMove.after == State.APPLIED)
    rows = select(FindingMove.finding_id, func.max(FindingMove.at)).join(Finding).where(applied)
    return {row[0]: row[1] for row in tx.execute(rows.group_by(FindingMove.finding_id))}


def finding(tx: Transaction, id: int) -> Finding:
    """The finding of that id, with its moves. Raises NotFound."""
    found = tx.scalar(select_findings().options(selectinload(Finding.moves)).where(Finding.id == row_id(id)))
    if found is None:
        raise NotFound(f"écart n° {id} inconnu : le chercher dans la liste des écarts (dcops findings list).")
    return found


def findings_by_rule(tx: Transaction, states: Collection[str]) -> list[tuple[str, int, Decimal]]:
    """(rule, how many, their euros per year) of the findings in those states."""
    rows = tx.execute(
        select(Finding.rule, func.count(), func.sum(Finding.eur_per_year))
        .where(Finding.state.in_(states))
        .group_by(Finding.rule)
        .order_by(Finding.rule)
    )
    return [(rule, count, euros) for rule, count, euros in rows]


def guest_links(tx: Transaction) -> Sequence[Row[Any]]:
    """What is known of every real guest: the columns of ``GuestLink``, not objects that the session would watch."""
    return tx.execute(select(*GuestLink.__table__.columns)).all()


def guest_link(tx: Transaction, cluster: str, vmid: int) -> GuestLink | None:
    """What is known of the guest of a place."""
    return tx.scalar(select(GuestLink).where(GuestLink.cluster == cluster, GuestLink.vmid == vmid))


def links_found(tx: Transaction, truth: str, word: str) -> list[GuestLink]:
    """The guests that an order or a sheet (its identity) was found to be; ``truth`` is sold or documented."""
    return list(tx.scalars(select(GuestLink).where(getattr(GuestLink, truth) == word)))


def missing_links(tx: Transaction) -> list[GuestLink]:
    """The guests that a truth no longer tells, and whose absence is not believed yet."""
    absent = GuestLink.missing_since.is_not(None) | GuestLink.undocumented_since.is_not(None)
    return list(tx.scalars(select(GuestLink).where(absent, GuestLink.gone.is_(False))))


def last_run(tx: Transaction) -> Reconciliation | None:
    """What the last run concluded."""
    return tx.scalar(select(Reconciliation).order_by(Reconciliation.id.desc()).limit(1))


def last_run_at(tx: Transaction) -> datetime | None:
    """When the last run was: what it still saw was last seen then."""
    return tx.scalar(select(Reconciliation.last_at).order_by(Reconciliation.id.desc()).limit(1))


def source_locks(tx: Transaction) -> dict[str, SourceLock]:
    """Who is asking which source."""
    return {row.source: row for row in tx.scalars(select(SourceLock))}


def answers_about(tx: Transaction, subject_scope: str, most: int = 50) -> list[SourceSnapshot]:
    """The answers of the scopes of that name that differed from the one before, the newest first; failures left out."""
    wanted = select(SourceSnapshot).where(SourceSnapshot.scope == subject_scope, SourceSnapshot.status != "failed")
    return list(tx.scalars(wanted.order_by(SourceSnapshot.id.desc()).limit(most)))
