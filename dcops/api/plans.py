"""Plans of actions: what would be done about findings, the plans that were kept, applying and abandoning them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.api import paging, plan_shapes, queries
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.plans import listing
from dcops.plans.applying import apply
from dcops.plans.choices import Choices
from dcops.plans.planning import abandon, keep, propose
from dcops.plans.rights import require_apply
from dcops.plans.rows import kinds_left
from dcops.wiring import Parts
from inventory import plan_store
from inventory.errors import Invalid

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    _register_reading(bp, parts)
    _register_planning(bp, parts)
    _register_moving(bp, parts)


def _register_reading(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/plans")
    @bp.input(queries.PageQuery, location="query", arg_name="query")
    @bp.output(plan_shapes.Plans)
    def list_plans(query: queries.PageQuery) -> Any:
        """Plans, the latest first."""
        actor().require(Permission.READ_FINDINGS)
        before = paging.decode(query.cursor, int)
        with parts.database.transaction() as tx:
            rows = plan_store.plans(tx, query.limit + 1, before[0] if before else None)
        items, following = paging.cut(rows, query.limit, lambda row: (row.id,))
        return {"items": [listing.plan_document(row) for row in items], "next": following}

    @bp.get("/plans/<int:number>")
    @bp.output(plan_shapes.PlanDetail)
    def show_plan(number: int) -> Any:
        """One plan: its checksum, its actions, what became of each."""
        actor().require(Permission.READ_FINDINGS)
        with parts.database.transaction() as tx:
            return listing.plan_detail(parts, plan_store.plan(tx, number))


def _register_planning(bp: APIBlueprint, parts: Parts) -> None:
    @bp.post("/plans")
    @bp.input(plan_shapes.PlanRequest, arg_name="asked")
    @bp.output(plan_shapes.Proposal)
    def make_plan(asked: plan_shapes.PlanRequest) -> Any:
        """What would be done about findings; kept, unless ``dry_run``, when it is what the dry run showed."""
        actor().require(Permission.DECIDE_FINDINGS)
        choices = Choices(asked.start, _by_id(asked.customers), _by_id(asked.kinds))
        proposal = propose(parts, asked.findings, choices)
        document = listing.proposal_document(parts, proposal)
        if not asked.dry_run:
            told = (asked.checksum, actor().name, asked.reason, asked.approve)
            document["plan"] = keep(parts, asked.findings, choices, *told)
        return document


def _register_moving(bp: APIBlueprint, parts: Parts) -> None:
    @bp.post("/plans/<int:number>/apply")
    @bp.input(plan_shapes.ApplyRequest, arg_name="asked")
    @bp.output(plan_shapes.Outcome)
    def apply_plan(number: int, asked: plan_shapes.ApplyRequest) -> Any:
        """Carry out a reviewed plan; one that changes orders needs the right to change contracts."""
        with parts.database.transaction() as tx:
            kinds = kinds_left(plan_store.plan(tx, number), asked.retry)
        require_apply(actor(), kinds)
        return listing.outcome_document(number, apply(parts, number, asked.checksum, actor().name, asked.retry))

    @bp.post("/plans/<int:number>/abandon")
    @bp.input(plan_shapes.AbandonRequest, arg_name="asked")
    @bp.output(plan_shapes.PlanDetail)
    def abandon_plan(number: int, asked: plan_shapes.AbandonRequest) -> Any:
        """Drop what a plan has not done yet; its findings are to be dealt with again."""
        actor().require(Permission.DECIDE_FINDINGS)
        with parts.database.transaction() as tx:
            abandon(tx, number, actor().name, asked.reason, parts.clock.now())
        with parts.database.transaction() as tx:
            return listing.plan_detail(parts, plan_store.plan(tx, number))


def _by_id(chosen: dict[str, Any]) -> dict[int, Any]:
    """What is chosen by finding: the keys of JSON objects are texts."""
    for id in chosen:
        if not id.isdecimal() or len(id) > 18:
            raise Invalid(f"« {id} » n'est pas le numéro d'un écart.")
    return {int(id): value for id, value in chosen.items()}
