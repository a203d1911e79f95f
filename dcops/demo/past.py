"""The runs before today: the demo's world as it was some days ago, heard and compared as it would have been then."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from dcops import wiring
from dcops.config import load
from dcops.db import Database
from dcops.demo import simulators
from dcops.demo.fill import TECHNICIAN
from dcops.demo.folder import Folder, free_ports
from dcops.demo.real import differences
from dcops.jobs.work import compare
from inventory import store
from inventory.clock import FixedClock, civil_date
from inventory.decisions import acknowledge, ignore
from inventory.orm import Transaction

DAYS_AGO = (21, 6)
"""When sources were compared before today, in days."""


def earlier_runs(database: Database, now: datetime) -> None:
    """Compare the worlds of the past, the oldest first, and decide of what was found then as people did."""
    for ago in DAYS_AGO:
        at = now - timedelta(days=ago)
        _run(database, FixedClock(at), ago)
        with database.transaction() as tx:
            _decide(tx, ago, at)


def _run(database: Database, clock: FixedClock, ago: int) -> None:
    """One run against simulators of its own: those of today answer somebody else."""
    with TemporaryDirectory() as place:
        folder = Folder(Path(place))
        with simulators.running(folder, free_ports(), clock, ago) as ports:
            folder.write_settings(ports, "127.0.0.1:0")
            compare(wiring.Parts(load(folder.settings, {}), database, clock, {}))


def _decide(tx: Transaction, ago: int, at: datetime) -> None:
    decisions = {(row["rule"], row["thing"]): row for row in differences()["decision"] if row["days"] == ago}
    for finding in store.findings(tx):
        row = decisions.get((finding.rule, finding.thing))
        if row is not None and "until" in row:
            ignore(tx, finding.id, TECHNICIAN, row["why"], at, civil_date(at) + timedelta(days=row["until"]))
        elif row is not None:
            acknowledge(tx, finding.id, TECHNICIAN, row["why"], at)
