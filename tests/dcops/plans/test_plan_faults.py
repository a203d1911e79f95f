"""A plan killed half way goes on where it stopped; whatever is planned, no guest is ordered twice for a day."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dcops.config import Settings
from dcops.db import Database
from dcops.plans.applying import apply
from dcops.plans.choices import Choices
from dcops.plans.planning import abandon, keep, propose
from dcops.wiring import Parts
from inventory import plan_store, store
from inventory.clock import FixedClock
from inventory.errors import Conflict, Invalid
from inventory.findings import State
from tests.conftest import NOW
from tests.dcops.plans import world

DCOPS = (sys.executable, "-c", "from dcops.cli import main; main()")
MANY = 20
MAY = Choices(date(2024, 5, 1))


@pytest.fixture
def environ(database: Database) -> Mapping[str, str]:
    """What a process needs to work on the database of the test."""
    return {**os.environ, "DCOPS_DATABASE__URL": database.url.render_as_string(hide_password=False)}


def done(database: Database) -> tuple[int, int, int]:
    """How many machines are ordered, actions applied, findings moved since they were planned."""
    with database.transaction() as tx:
        orders = len(store.machines(tx))
        actions = tx.scalar(text("SELECT count(*) FROM plan_actions WHERE state = 'applied'"))
        findings = tx.scalar(text("SELECT count(*) FROM findings WHERE state = 'APPLIED'"))
    return orders, actions or 0, findings or 0


def test_a_plan_killed_half_way_is_done_once_action_by_action_and_goes_on(
    database: Database, environ: Mapping[str, str]
) -> None:
    parts = Parts(Settings(), database, FixedClock(NOW), {})
    with database.transaction() as tx:
        world.customers(tx)
        ids = [world.unbilled(tx, 1000 + number, f"m{number}") for number in range(MANY)]
    shown = propose(parts, ids, MAY)
    number = keep(parts, ids, MAY, shown.checksum, "alex", "revue")
    command = [*DCOPS, "findings", "apply", str(number), "--checksum", shown.checksum]
    killed = 0
    while True:
        process = subprocess.Popen(
            command, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        kill_when_some_more_is_done(process, database)
        _, err = process.communicate()
        assert len(set(done(database))) == 1  # an order, its action and its finding: all three or none
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err
        killed += 1
    assert killed >= 1
    assert done(database) == (MANY, MANY, MANY)
    with database.transaction() as tx:
        assert plan_store.plan(tx, number).state == "applied"
        assert sorted(row.vmid or 0 for row in store.machines(tx)) == [1000 + number for number in range(MANY)]


def kill_when_some_more_is_done(process: subprocess.Popen[str], database: Database) -> None:
    """Kill it in the middle of its work, unless little is left."""
    before = done(database)[0]
    while process.poll() is None:
        after = done(database)[0]
        if before + 8 <= after < MANY - 6:
            process.send_signal(signal.SIGKILL)
            return


STEPS = st.lists(
    st.tuples(st.sampled_from(["plan", "apply", "abandon", "again", "seen"]), st.integers(0, 2), st.integers(1, 3)),
    min_size=3, max_size=12,
)  # fmt: skip
VMIDS = iter(range(10_000, 10_000_000, 10))


def test_whatever_is_planned_and_applied_no_guest_is_ordered_twice_for_a_day(parts: Parts) -> None:
    """One database for all examples, each about machines of its own."""
    with parts.database.transaction() as tx:
        world.customers(tx)

    @settings(max_examples=20)
    @given(STEPS)
    def law(steps: list[tuple[str, int, int]]) -> None:
        play(parts, steps, next(VMIDS))

    law()


def play(parts: Parts, steps: list[tuple[str, int, int]], first: int) -> None:
    """Three machines; plans of one of them from a day of spring, applied, abandoned, applied again, seen again."""
    with parts.database.transaction() as tx:
        ids = [world.unbilled(tx, first + number, f"m{first + number}") for number in range(3)]
    plans: list[tuple[int, str]] = []
    for step, which, month in steps:
        try:
            if step == "plan":
                choices = Choices(date(2024, 3 + month, 1))
                shown = propose(parts, [ids[which]], choices)
                plans.append((keep(parts, [ids[which]], choices, shown.checksum, "alex", "revue"), shown.checksum))
            elif step in ("apply", "again") and plans:
                for plan in plans if step == "again" else plans[-1:]:
                    apply(parts, *plan, "alex")
            elif step == "abandon" and plans:
                with parts.database.transaction() as tx:
                    abandon(tx, plans[which % len(plans)][0], "alex", "autre date", NOW)
            elif step == "seen":
                seen_again(parts, ids[which])
        except (Conflict, Invalid):  # what cannot be done now is refused, and changes nothing
            continue
    check_held_once(parts, range(first, first + 3))


def seen_again(parts: Parts, id: int) -> None:
    """A run that still sees a finding after it was applied."""
    with parts.database.transaction() as tx:
        found = store.finding(tx, id)
        if found.state == State.APPLIED:
            found.state = State.FAILED


def check_held_once(parts: Parts, vmids: range) -> None:
    days = [date(2024, month, 2) for month in range(1, 13)]
    with parts.database.transaction() as tx:
        rows = [row for row in store.machines(tx) if row.vmid in vmids]
    for day in days:
        held = Counter(row.vmid for row in rows if row.start <= day and (row.end is None or day < row.end))
        assert all(count == 1 for count in held.values())
