"""Administration: scheduled jobs and their runs, sources and their last answers."""

from __future__ import annotations

from flask import Blueprint, render_template

from dcops.auth.permissions import Permission as P
from dcops.jobs.table import overview
from dcops.web.access import permits
from dcops.web.context import parts, transaction
from inventory import store

blueprint = Blueprint("admin", __name__, url_prefix="/administration")


@blueprint.get("/")
@permits(P.READ_JOBS)
def index() -> str:
    """What runs on its own, whether it is on time, and what the sources last said."""
    jobs = overview(parts())
    with transaction() as tx:
        snapshots = store.latest_snapshots(tx)
    return render_template("admin/index.html", jobs=jobs, snapshots=snapshots)
