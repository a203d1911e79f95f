"""The first day: from sources connected read-only to what runs unbilled, then to dated orders, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Thread
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect

from dcops.auth.permissions import Permission as P
from dcops.jobs import store as jobs
from dcops.jobs.table import run_job
from dcops.web.access import permits
from dcops.web.connected import connected
from dcops.web.context import actor, now, parts, transaction
from inventory import board_store, first_day_store, plan_store, store
from inventory.board import Wanted
from inventory.findings import UNDECIDED
from inventory.first_day_store import UNBILLED, Beginnings
from inventory.orm import Transaction

blueprint = Blueprint("first_day", __name__, url_prefix="/premier-jour")
COMPARE = "reconcile"
PATIENCE_S = 2
"""How long asking for a comparison waits for its end."""
DEAREST = 50


@dataclass(frozen=True)
class Step:
    """One step: ``done``, or ``current`` where it is the first one that is not."""

    anchor: str
    title: str
    done: bool
    current: bool


@blueprint.get("/")
@permits(P.READ_FINDINGS)
def index() -> str:
    """Where this installation is, and what comes next."""
    with transaction() as tx:
        began = first_day_store.beginnings(tx)
        sources = connected(parts().settings, store.latest_snapshots(tx))
        owners = first_day_store.unbilled(tx)
        shown = board_store.page(tx, Wanted(UNDECIDED, UNBILLED), "-yearly", now(), 0, DEAREST)
        dearest = board_store.among(tx, [finding.id for finding in shown])
        return render_template(
            "first_day/index.html", began=began, sources=sources, steps=_steps(began, any(s.heard for s in sources)),
            owners=owners, known=[one for one in owners if one.code], dearest=dearest,
            count=sum(one.count for one in owners), euros=sum(one.eur_per_year for one in owners),
            plans=plan_store.plans(tx, 5), rule=UNBILLED, may_decide=actor().may(P.DECIDE_FINDINGS), **_comparison(tx),
        )  # fmt: skip


def _steps(began: Beginnings, heard: bool) -> list[Step]:
    told = (
        ("sources", "Connecter", heard), ("collectivites", "Importer les collectivités", began.customers > 0),
        ("comparaison", "Comparer", began.compared), ("constat", "Commander", began.machines > 0),
    )  # fmt: skip
    first = next((anchor for anchor, _, done in told if not done), None)
    return [Step(anchor, title, done, anchor == first) for anchor, title, done in told]


@blueprint.post("/comparer")
@permits(P.DECIDE_FINDINGS)
def compare() -> Redirect:
    """Have the sources asked and compared; it goes on when one leaves the page."""
    who, installation = actor().name, parts()
    thread = Thread(target=run_job, args=(installation, COMPARE, who), name="comparison", daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return redirect(url_for("first_day.index", _anchor="comparaison"))


@blueprint.get("/avancement")
@permits(P.READ_FINDINGS)
def progress() -> str:
    """Whether a comparison is under way, and what the last one said, as the part of a page."""
    with transaction() as tx:
        return render_template("first_day/_comparison.html", **_comparison(tx))


def _comparison(tx: Transaction) -> dict[str, Any]:
    state, last = jobs.state(tx, COMPARE), next(iter(jobs.runs(tx, COMPARE, 1)), None)
    running = state is not None and state.claimed_until is not None and state.claimed_until > now()
    return {"running": running, "last": last}
