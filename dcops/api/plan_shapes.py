"""What the API is asked and answers about decisions and plans."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from dcops.api.queries import Query
from dcops.api.shapes import Answer, Euros, Finding
from inventory.plan import Kind

MOST = 1000
"""Findings of one request: more cannot be reviewed."""
Reason = Field(min_length=1, max_length=500, description="Why.")


class Body(Query):
    """What a request says; PostgreSQL stores no NUL, so no text of ours has one."""

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, given: Any) -> Any:
        if "\\u0000" in json.dumps(given):
            raise ValueError("caractère nul refusé")
        return given


class Told(Body):
    why: str = Reason


class Ignoring(Body):
    reason: str = Reason
    until: date | None = Field(None, description="It comes back on that day (default: when its values change).")


class Move(Answer):
    at: datetime
    before: str | None
    after: str
    who: str
    why: str


class FindingDetail(Finding):
    ignored_until: date | None
    remedies: list[str] = Field(description="The kinds of action that settle it, the default first.")
    moves: list[Move]


class PlanRequest(Body):
    findings: list[int] = Field(min_length=1, max_length=MOST)
    start: date = Field(alias="from", description="First day of the orders.")
    customers: dict[str, str] = Field(
        default_factory=dict, description="Finding id: customer code, where nobody knows."
    )
    kinds: dict[str, Kind] = Field(default_factory=dict, description="Finding id: another action than the default.")
    dry_run: bool = Field(False, description="Say what would be done; nothing is kept.")
    checksum: str = Field("", max_length=64, description="That of the dry run: needed to keep the plan.")
    reason: str = Field("", max_length=500, description="Why: needed to keep the plan.")
    approve: bool = Field(False, description="Keep it although it takes away more than the ceiling.")


class ApplyRequest(Body):
    checksum: str = Field(max_length=64, description="That of the reviewed plan, or its first 8 characters.")
    retry: bool = Field(False, description="Also what failed, where its findings are still as they were left.")


class AbandonRequest(Body):
    reason: str = Reason


class Action(Answer):
    findings: list[int]
    kind: Kind
    target: str
    title: str
    payload: dict[str, Any]
    expected: dict[str, Any]
    eur_per_year: Euros
    requests: list[str] = Field(description="The exact requests to NetBox; the token is hidden.")


class Refused(Answer):
    finding: int
    title: str
    why: str


class Proposal(Answer):
    plan: int | None = Field(description="The number of the plan that was kept; none for a dry run.")
    checksum: str
    eur_per_year: Euros
    removals: int
    ceiling: int
    needs_approval: bool
    why_approval: str
    actions: list[Action]
    refused: list[Refused]


State = Literal["draft", "applying", "applied", "degraded", "abandoned"]


class Plan(Answer):
    plan: int
    state: State = Field(description="Applied, but something refused or out of date: degraded.")
    checksum: str
    reason: str
    created_at: datetime
    created_by: str
    approved_by: str | None
    applied_at: datetime | None
    applied_by: str | None
    eur_per_year: Euros
    counts: dict[str, int] = Field(description="Actions by state: pending, applied, failed, outdated.")


class PlannedAction(Action):
    state: Literal["pending", "applied", "failed", "outdated"]
    message: str
    done_at: datetime | None


class PlanDetail(Plan):
    actions: list[PlannedAction]


class Plans(Answer):
    items: list[Plan]
    next: str | None


class Outcome(Answer):
    plan: int
    applied: int
    failed: int
    outdated: int
    waiting: int = Field(description="Put off: a source is silent, or somebody is sending it.")
    by_hand: int
    messages: list[str]
