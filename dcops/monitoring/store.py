"""Reads of the figures that monitoring watches: each is one query, bounded by what exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

from dcops.jobs.models import JobRun, JobState
from inventory import store
from inventory.findings import ACTIVE
from inventory.models import SourceSnapshot
from inventory.orm import Transaction
from inventory.racks import Span, occupancy
from metering.models import Meter, MeterReading


@dataclass(frozen=True, slots=True)
class LastReading:
    """The newest register value of a meter; ``whole_rack`` when it measures a feed, not an outlet of it."""

    meter: str
    rack: str
    feed: str
    whole_rack: bool
    at: datetime
    wh: int
    power_w: int | None


def last_readings(tx: Transaction, now: datetime) -> list[LastReading]:
    """The newest reading of every meter in service that has one: one index seek per meter."""
    newest = (
        select(func.max(MeterReading.at)).where(MeterReading.meter_id == Meter.id).correlate(Meter).scalar_subquery()
    )
    query = (
        select(Meter, MeterReading)
        .join(MeterReading, (MeterReading.meter_id == Meter.id) & (MeterReading.at == newest))
        .join(Meter.rack)
        .options(contains_eager(Meter.rack))
        .where(or_(Meter.end.is_(None), Meter.end > now))
        .order_by(Meter.name)
    )
    return [
        LastReading(m.name, m.rack.name, m.feed or "", m.scope == "rack", r.at, r.wh, r.power_w)
        for m, r in tx.execute(query)
    ]


def rack_units(tx: Transaction, on: date) -> dict[str, float]:
    """Rack units sold and free on a day, all racks together; halves exist."""
    sold = free = 0
    for rack in store.racks(tx):
        spans = [Span(share.first_half_unit, share.end_half_unit, share.start, share.end) for share in rack.shares]
        space = occupancy(spans, rack.u_height, on)
        sold, free = sold + space.used, free + space.free
    return {"sold": sold / 2, "free": free / 2}


def open_findings(tx: Transaction) -> list[tuple[str, int, Decimal]]:
    """(rule, how many, euros per year) of the findings still to be dealt with."""
    return store.findings_by_rule(tx, ACTIVE)


def source_successes(tx: Transaction) -> Sequence[tuple[str, datetime]]:
    """When each source last answered with a complete scope."""
    query = select(SourceSnapshot.source, func.max(SourceSnapshot.taken_at))
    query = query.where(SourceSnapshot.status == "complete").group_by(SourceSnapshot.source)
    return [(source, at) for source, at in tx.execute(query.order_by(SourceSnapshot.source))]


def job_successes(tx: Transaction) -> list[tuple[str, datetime]]:
    """When each job last succeeded."""
    query = select(JobState.name, JobState.last_success_at).where(JobState.last_success_at.is_not(None))
    return [(name, at) for name, at in tx.execute(query.order_by(JobState.name)) if at is not None]


def job_durations(tx: Transaction) -> list[tuple[str, float]]:
    """Seconds taken by the last finished run of each job."""
    newest = select(func.max(JobRun.id)).where(JobRun.ended_at.is_not(None)).group_by(JobRun.name)
    runs = tx.scalars(select(JobRun).where(JobRun.id.in_(newest)).order_by(JobRun.name))
    return [(run.name, (run.ended_at - run.started_at).total_seconds()) for run in runs if run.ended_at]
