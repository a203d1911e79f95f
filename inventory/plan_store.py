"""What is read to plan and to apply: plans with their actions, findings by number, orders of a guest, populations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from inventory.errors import NotFound
from inventory.match import REAL
from inventory.models import Finding, GuestLink, Machine, Plan, PlanAction, SourceSnapshot
from inventory.orm import Transaction, row_id

_BATCH = 500
PENDING, FAILED, WAITING = "pending", "failed", ("draft", "applying")
"""The states of an action that is not done yet, or was refused; those of a plan that may still do it."""


def plans(tx: Transaction, limit: int = 100, before: int | None = None) -> list[Plan]:
    """The latest plans, of their actions only what is counted; ``before`` a number, those made before it."""
    actions = selectinload(Plan.actions).load_only(PlanAction.state, PlanAction.eur_per_year)
    wanted = select(Plan).options(actions).order_by(Plan.id.desc()).limit(limit)
    return list(tx.scalars(wanted if before is None else wanted.where(Plan.id < row_id(before))))


def plan(tx: Transaction, id: int) -> Plan:
    """The plan of that number, with its actions and their findings as they are now. Raises NotFound."""
    actions = selectinload(Plan.actions).joinedload(PlanAction.finding).joinedload(Finding.customer)
    wanted = select(Plan).options(actions).where(Plan.id == row_id(id)).execution_options(populate_existing=True)
    found = tx.scalar(wanted)
    if found is None:
        raise NotFound(f"plan n° {id} inconnu : le chercher dans la liste des plans (dcops findings plans).")
    return found


def action(tx: Transaction, id: int) -> PlanAction:
    """The action of that number, with its plan and its finding as they are now."""
    wanted = select(PlanAction).options(joinedload(PlanAction.plan), joinedload(PlanAction.finding))
    return tx.scalars(wanted.where(PlanAction.id == id).execution_options(populate_existing=True)).one()


def findings_of(tx: Transaction, ids: Iterable[int]) -> list[Finding]:
    """The findings of these numbers, in their order, each once. Raises NotFound naming those that do not exist."""
    asked = list(dict.fromkeys(ids))
    found: dict[int, Finding] = {}
    for first in range(0, len(asked), _BATCH):
        batch = [row_id(id) for id in asked[first : first + _BATCH]]
        wanted = select(Finding).options(joinedload(Finding.customer), selectinload(Finding.moves))
        rows = tx.scalars(wanted.where(Finding.id.in_(batch)).execution_options(populate_existing=True))
        found |= {row.id: row for row in rows}
    if missing := [str(id) for id in asked if id not in found]:
        one = len(missing) == 1
        which = f"écart n° {missing[0]} inconnu : le" if one else f"écarts n° {', '.join(missing)} inconnus : les"
        raise NotFound(f"{which} chercher dans la liste des écarts (dcops findings list).")
    return [found[id] for id in asked]


def pending_of(tx: Transaction, finding_ids: Sequence[int]) -> list[PlanAction]:
    """The actions not done yet, of plans not abandoned, whose own finding is one of these."""
    found: list[PlanAction] = []
    for first in range(0, len(finding_ids), _BATCH):
        wanted = select(PlanAction).join(PlanAction.plan).options(contains_eager(PlanAction.plan))
        wanted = wanted.where(PlanAction.state == PENDING, Plan.state != "abandoned")
        found += tx.scalars(wanted.where(PlanAction.finding_id.in_(finding_ids[first : first + _BATCH])))
    return found


def links_among(tx: Transaction, places: Iterable[tuple[str, int]]) -> list[GuestLink]:
    """What earlier runs knew of the guests of places (cluster, vmid)."""
    found: list[GuestLink] = []
    for cluster, vmids in _in_batches(places):
        found += tx.scalars(select(GuestLink).where(GuestLink.cluster == cluster, GuestLink.vmid.in_(vmids)))
    return found


def orders_among(tx: Transaction, names: Iterable[str], places: Iterable[tuple[str, int]]) -> set[Machine]:
    """The orders of names, whatever their case, and of the guests of places (cluster, vmid), whatever their days."""
    orders = select(Machine).options(joinedload(Machine.customer))
    found: set[Machine] = set()
    asked = sorted({name.lower() for name in names})
    for first in range(0, len(asked), _BATCH):
        found.update(tx.scalars(orders.where(func.lower(Machine.name).in_(asked[first : first + _BATCH]))))
    for cluster, vmids in _in_batches(places):
        found.update(tx.scalars(orders.where(Machine.cluster == cluster, Machine.vmid.in_(vmids))))
    return found


def _in_batches(places: Iterable[tuple[str, int]]) -> Iterator[tuple[str, list[int]]]:
    """Clusters, each with some of the vmids asked of it."""
    by_cluster: defaultdict[str, list[int]] = defaultdict(list)
    for cluster, vmid in sorted(set(places)):
        by_cluster[cluster].append(vmid)
    for cluster, vmids in by_cluster.items():
        for first in range(0, len(vmids), _BATCH):
            yield cluster, vmids[first : first + _BATCH]


def orders_beside(tx: Transaction, name: str, cluster: str | None, vmid: int | None) -> list[Machine]:
    """The orders of a name, or of the guest of a place, whatever their days, the oldest first."""
    place = (Machine.cluster == cluster) & (Machine.vmid == vmid)
    wanted = select(Machine).options(joinedload(Machine.customer)).order_by(Machine.start, Machine.id)
    return list(tx.scalars(wanted.where(or_(func.lower(Machine.name) == name.lower(), place))))


def populations(tx: Transaction) -> dict[str, int]:
    """How many objects each real scope last told, by its name."""
    newest = (
        select(func.max(SourceSnapshot.id))
        .where(SourceSnapshot.kind == REAL, SourceSnapshot.status != "failed")
        .group_by(SourceSnapshot.source, SourceSnapshot.scope)
    )
    wanted = select(SourceSnapshot.scope, func.sum(SourceSnapshot.object_count)).group_by(SourceSnapshot.scope)
    return {scope: int(count) for scope, count in tx.execute(wanted.where(SourceSnapshot.id.in_(newest)))}


def machines_ordered(tx: Transaction) -> int:
    """How many machines are ordered without an end."""
    return tx.scalar(select(func.count()).select_from(Machine).where(Machine.end.is_(None))) or 0
