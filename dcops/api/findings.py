"""Findings as the API tells them, the dearest first, and what is decided of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dcops import money
from dcops.api import paging, plan_shapes, queries, shapes, store
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.plans.remedies import remedies_of
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.decisions import acknowledge, done, ignore
from inventory.findings import State, eur_since_seen, last_seen, states_asked
from inventory.models import Finding
from inventory.orm import Transaction
from inventory.rules import rule_asked

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    @bp.get("/findings")
    @bp.input(queries.FindingsQuery, location="query", arg_name="query")
    @bp.output(shapes.Findings)
    def list_findings(query: queries.FindingsQuery) -> Any:
        """Differences between sold, documented and real, the dearest first; without ``state``, those to deal with."""
        actor().require(Permission.READ_FINDINGS)
        after, states = paging.decode(query.cursor, int, int), states_asked(query.state)
        with parts.database.transaction() as tx:
            if query.customer is not None:
                inventory_store.customer(tx, query.customer)
            asked = (rule_asked(query.rule), states, query.customer)
            rows = store.findings(tx, after, query.limit + 1, *asked)
            at = _Instants(parts.clock.now(), inventory_store.last_run_at(tx))
        items, following = paging.cut(rows, query.limit, lambda row: (int(row.eur_per_year * 100), row.id))
        return {"items": [_finding(row, at) for row in items], "next": following}

    @bp.get("/findings/<int:number>")
    @bp.output(plan_shapes.FindingDetail)
    def show_finding(number: int) -> Any:
        """One finding: its values, what settles it, its history."""
        actor().require(Permission.READ_FINDINGS)
        with parts.database.transaction() as tx:
            return _detail(tx, inventory_store.finding(tx, number), parts.clock.now())

    _register_decisions(bp, parts)


def _register_decisions(bp: APIBlueprint, parts: Parts) -> None:
    @bp.post("/findings/<int:number>/acknowledge")
    @bp.input(plan_shapes.Told, arg_name="asked")
    @bp.output(plan_shapes.FindingDetail)
    def acknowledge_finding(number: int, asked: plan_shapes.Told) -> Any:
        """Somebody deals with it."""
        actor().require(Permission.DECIDE_FINDINGS)
        with parts.database.transaction() as tx:
            now = parts.clock.now()
            return _detail(tx, acknowledge(tx, number, actor().name, asked.why, now), now)

    @bp.post("/findings/<int:number>/ignore")
    @bp.input(plan_shapes.Ignoring, arg_name="asked")
    @bp.output(plan_shapes.FindingDetail)
    def ignore_finding(number: int, asked: plan_shapes.Ignoring) -> Any:
        """Leave it as it is, for the values seen, until a day."""
        actor().require(Permission.DECIDE_FINDINGS)
        now = parts.clock.now()
        with parts.database.transaction() as tx:
            return _detail(tx, ignore(tx, number, actor().name, asked.reason, now, asked.until), now)

    @bp.post("/findings/<int:number>/done")
    @bp.input(plan_shapes.Told, arg_name="asked")
    @bp.output(plan_shapes.FindingDetail)
    def done_finding(number: int, asked: plan_shapes.Told) -> Any:
        """Somebody did what a plan left to people; the next run says whether it is so."""
        actor().require(Permission.DECIDE_FINDINGS)
        now = parts.clock.now()
        with parts.database.transaction() as tx:
            return _detail(tx, done(tx, number, actor().name, asked.why, now), now)


@dataclass(frozen=True)
class _Instants:
    """When one asks, and when the last run was."""

    now: datetime
    last_run: datetime | None


def _finding(row: Finding, at: _Instants) -> dict[str, Any]:
    fields = ("id", "rule", "thing", "field", "title", "sold", "documented", "real", "state", "frozen", "sources")
    return {
        **{field: getattr(row, field) for field in fields},
        "customer": row.customer.code if row.customer else None,
        "eur_per_year": money.text(row.eur_per_year),
        "eur_since_seen": money.text(eur_since_seen(row.eur_per_year, row.first_seen, at.now)),
        "first_seen": row.first_seen,
        "last_seen": last_seen(State(row.state), row.frozen, row.last_seen, at.last_run),
    }


def _detail(tx: Transaction, row: Finding, now: datetime) -> dict[str, Any]:
    moves = [{name: getattr(move, name) for name in ("at", "before", "after", "who", "why")} for move in row.moves]
    remedies = [kind.value for kind in remedies_of(row.rule, row.sold, row.documented, row.real)]
    at = _Instants(now, inventory_store.last_run_at(tx))
    return {**_finding(row, at), "ignored_until": row.ignored_until, "remedies": remedies, "moves": moves}
