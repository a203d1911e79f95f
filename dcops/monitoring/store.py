"""Reads of the figures that monitoring watches: each is one query, bounded by what exists."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from dcops.jobs.models import JobRun, JobState
from dcops.jobs.plan_runs import PREFIX
from inventory import store
from inventory.elevation_slots import occupancy_of
from inventory.findings import ACTIVE
from inventory.orm import Transaction


def rack_units(tx: Transaction, on: date) -> dict[str, float]:
    """Rack units sold and free on a day, all racks together; halves exist."""
    sold = free = 0
    for rack in store.racks(tx):
        space = occupancy_of(rack, on)
        sold, free = sold + space.used, free + space.free
    return {"sold": sold / 2, "free": free / 2}


def open_findings(tx: Transaction) -> list[tuple[str, int, Decimal]]:
    """(rule, how many, euros per year) of the findings still to be dealt with."""
    return store.findings_by_rule(tx, ACTIVE)


def job_successes(tx: Transaction) -> list[tuple[str, datetime]]:
    """When each job last succeeded."""
    query = select(JobState.name, JobState.last_success_at).where(JobState.last_success_at.is_not(None))
    query = query.where(JobState.name.not_like(f"{PREFIX}%"))  # there are as many as plans
    return [(name, at) for name, at in tx.execute(query.order_by(JobState.name)) if at is not None]


def job_durations(tx: Transaction) -> list[tuple[str, float]]:
    """Seconds taken by the last finished run of each job."""
    newest = select(func.max(JobRun.id)).where(JobRun.ended_at.is_not(None), JobRun.name.not_like(f"{PREFIX}%"))
    newest = newest.group_by(JobRun.name)
    runs = tx.scalars(select(JobRun).where(JobRun.id.in_(newest)).order_by(JobRun.name))
    return [(run.name, (run.ended_at - run.started_at).total_seconds()) for run in runs if run.ended_at]
