"""Reads of what the scheduler remembers: states and last runs of jobs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from dcops.jobs.models import JobRun, JobState
from inventory.orm import Transaction


def state(tx: Transaction, name: str) -> JobState | None:
    return tx.get(JobState, name)


def states(tx: Transaction) -> dict[str, JobState]:
    """Every job's state, by name."""
    return {row.name: row for row in tx.scalars(select(JobState))}


def last_runs(tx: Transaction) -> dict[str, JobRun]:
    """The newest run of every job, by name."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.name)
    return {run.name: run for run in tx.scalars(select(JobRun).where(JobRun.id.in_(newest)))}


def runs(tx: Transaction, name: str, limit: int = 20) -> Sequence[JobRun]:
    """The newest runs of a job, newest first."""
    return tx.scalars(select(JobRun).where(JobRun.name == name).order_by(JobRun.id.desc()).limit(limit)).all()
