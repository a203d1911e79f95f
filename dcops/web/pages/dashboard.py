"""The dashboard: occupancy, power, findings in euros, hours, whether sources and jobs are on time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template

from dcops.alerts.store import open_by_kind
from dcops.auth.permissions import Permission as P
from dcops.billing import store as billing
from dcops.billing.models import BillingRun
from dcops.billing.store import Totals
from dcops.jobs.table import Overview, overview
from dcops.support import hours
from dcops.web.access import permits
from dcops.web.board import together
from dcops.web.context import now, parts, today, transaction
from dcops.web.pages.racks import RoomCard, rack_rows, room_cards
from inventory import board_store, first_day_store, store
from inventory.board import Wanted
from inventory.models import SourceSnapshot
from inventory.orm import Transaction
from metering.collection import poll_store
from metering.exceptions import exception_store

blueprint = Blueprint("dashboard", __name__, url_prefix="/tableau-de-bord")
DEAREST = 8
TREND_DAYS = 30


@dataclass(frozen=True)
class Hours:
    """The minutes of all customers together, on a day."""

    bought: int
    used: int
    remaining: int
    owed: int


@dataclass(frozen=True)
class SourceState:
    """One source: when it last answered completely (None: never), and what its last answer lacked."""

    name: str
    last_success: datetime | None
    status: str
    faults: tuple[str, ...]


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> str:
    """Everything the head of service looks at, each figure a link to its list."""
    jobs = overview(parts())
    with transaction() as tx:
        rows = rack_rows(tx)
        rooms = room_cards(rows)
        return render_template(
            "dashboard/index.html",
            rooms=rooms, sold=_sum(room.sold for room in rooms), units=sum(room.units for room in rooms),
            watts=_watts(rooms), measured=sum(row.watts is not None for row in rows), racks=len(rows),
            hours=_hours(tx), failed_comparison=_failed_comparison(jobs), sources=_sources(tx), late=_late(jobs),
            started=any(job.last_started_at for job in jobs),
            poll=next(iter(poll_store.poll_runs(tx, 1)), None), now=now(),
            faults=exception_store.count_reading_faults(tx),
            billing=_billing(tx), **_findings(tx, now()), **_alerts(tx),
        )  # fmt: skip


def _alerts(tx: Transaction) -> dict[str, Any]:
    found = open_by_kind(tx)
    critical = sum(count for (_, severity), count in found.items() if severity == "critical")
    return {"alerts": sum(found.values()), "critical": critical}


def _findings(tx: Transaction, at: datetime) -> dict[str, Any]:
    """The dearest findings and what all of them add up to; whether the first day is still on."""
    sums = together(board_store.sums_by_rule(tx, Wanted()).values())
    began = first_day_store.beginnings(tx)
    return {
        "findings": board_store.page(tx, Wanted(), "-yearly", at, 0, DEAREST), "count": sums.count,
        "euros": sums.eur_per_year, "days": TREND_DAYS, "first_day": not began.over, "compared": began.compared,
    }  # fmt: skip


def _billing(tx: Transaction) -> list[tuple[BillingRun, Totals]]:
    """The billing runs that wait for somebody, with what they add up to."""
    waiting = [run for run in billing.runs(tx) if run.state != "issued"]
    totals = billing.totals(tx) if waiting else {}
    return [(run, totals.get(run.id, Totals())) for run in waiting]


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def _watts(rooms: Iterable[RoomCard]) -> int | None:
    known = [room.watts for room in rooms if room.watts is not None]
    return sum(known) if known else None


def _hours(tx: Transaction) -> Hours:
    found = list(hours.balances(tx, today()).values())
    return Hours(
        sum(b.bought_minutes for b in found),
        sum(b.used_minutes for b in found),
        sum(b.remaining_minutes for b in found),
        sum(b.owed_minutes for b in found),
    )


def _late(jobs: Iterable[Overview]) -> list[Overview]:
    return [job for job in jobs if job.late or job.outcome == "failed"]


def _failed_comparison(jobs: Iterable[Overview]) -> str | None:
    """What the last comparison said when it failed: without it, no finding means nothing."""
    return next((job.message for job in jobs if job.name == "reconcile" and job.outcome == "failed"), None)


def _sources(tx: Transaction) -> list[SourceState]:
    """The sources that ever answered, by name."""
    successes = dict(store.last_complete(tx))
    by_source: dict[str, list[SourceSnapshot]] = {}
    for snapshot in store.latest_snapshots(tx):
        by_source.setdefault(snapshot.source, []).append(snapshot)
    return [_state(name, scopes, successes.get(name)) for name, scopes in sorted(by_source.items())]


def _state(name: str, scopes: list[SourceSnapshot], success: datetime | None) -> SourceState:
    states = {scope.status for scope in scopes}
    status = states.pop() if len(states) == 1 else "partial"
    return SourceState(name, success, status, tuple(fault for scope in scopes for fault in scope.faults))
