"""One run asks a source at a time: the second is told, a dead one is not waited for, a killed one leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from dcops.config import Settings
from dcops.db import Database
from dcops.jobs.asking import asking, is_dead
from dcops.jobs.work import ask, compare
from dcops.wiring import Parts
from inventory import store
from inventory.clock import FixedClock
from inventory.errors import Conflict
from inventory.facts import Scope, ScopeStatus, Snapshot
from inventory.sources.memory import MemorySource
from tests.conftest import NOW

DCOPS = (sys.executable, "-c", "from dcops.cli import main; main()")
EMPTY = Snapshot("pve-a", "real", NOW, 0.1, (Scope("pve-a", ScopeStatus.COMPLETE, subject="guests"),))
SOURCE = MemorySource("pve-a", EMPTY)


@pytest.fixture
def parts(database: Database) -> Parts:
    return Parts(Settings(), database, FixedClock(NOW), {})


def locks(database: Database) -> dict[str, str]:
    with database.transaction() as tx:
        return {name: lock.holder for name, lock in store.source_locks(tx).items()}


def test_a_source_is_asked_by_one_at_a_time(parts: Parts) -> None:
    with asking(parts, [SOURCE]):
        assert set(locks(parts.database)) == {"pve-a"}
        with pytest.raises(Conflict, match=r"pve-a est interrogée depuis 12:00 par .*attendre"):
            ask(parts, [SOURCE])
        with asking(parts, [MemorySource("pve-b", EMPTY)]):  # another source is free
            pass
    assert locks(parts.database) == {}
    assert ask(parts, [SOURCE]) == [EMPTY]


def test_a_run_that_fails_lets_its_sources_go(parts: Parts) -> None:
    with pytest.raises(RuntimeError), asking(parts, [SOURCE]):
        raise RuntimeError
    assert locks(parts.database) == {}


def test_what_cannot_be_kept_to_the_end_is_not_kept_at_all(sqlite_database: Database) -> None:
    parts = Parts(Settings(), sqlite_database, FixedClock(NOW), {})
    full = "CREATE TRIGGER full BEFORE INSERT ON reconciliations BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    with sqlite_database.transaction() as tx:
        tx.execute(text(full))
    with pytest.raises(IntegrityError, match="disk full"):
        compare(parts)
    assert locks(sqlite_database) == {}
    with sqlite_database.transaction() as tx:
        assert tx.scalar(text("SELECT count(*) FROM source_snapshots")) == 0
        tx.execute(text("DROP TRIGGER full"))
    compare(parts)
    with sqlite_database.transaction() as tx:
        assert tx.scalar(text("SELECT count(*) FROM source_snapshots")) > 0


def test_a_lease_ends_by_itself(parts: Parts) -> None:
    with asking(parts, [SOURCE]):
        later = replace(parts, clock=FixedClock(NOW + timedelta(hours=1)))
        assert ask(later, [SOURCE]) == [EMPTY]
    assert locks(parts.database) == {}


def test_who_comes_back_after_its_lease_does_not_let_go_what_another_holds(parts: Parts) -> None:
    slow, later = asking(parts, [SOURCE]), replace(parts, clock=FixedClock(NOW + timedelta(hours=1)))
    slow.__enter__()
    with asking(later, [SOURCE]):
        slow.__exit__(None, None, None)
        assert set(locks(parts.database)) == {"pve-a"}
    assert locks(parts.database) == {}


def test_only_a_process_of_this_machine_is_known_to_be_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    here = os.uname().nodename
    assert is_dead(f"{here}:{child.pid}:abc")
    assert not is_dead(f"{here}:{os.getpid()}:abc")
    assert not is_dead(f"elsewhere:{child.pid}:abc")
    assert not is_dead("unreadable")


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A server that takes connections and never says a word, as a hung Proxmox does."""
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield server.getsockname()[1]


def test_a_run_killed_half_way_leaves_nothing_and_the_next_one_runs(
    database: Database, tmp_path: Path, mute_port: int
) -> None:
    settings = tmp_path / "dcops.toml"
    url = database.url.render_as_string(hide_password=False)
    settings.write_text(
        f'[database]\nurl = "{url}"\n[[proxmox]]\nname = "pve-a"\nhost = "127.0.0.1"\nport = {mute_port}\n'
        'user = "dcops@pve"\ntoken_name = "t"\ntoken_env = "PVE"\ntimeout_s = 60\n'
    )
    environ = {**os.environ, "PVE": "secret"}
    process = subprocess.Popen([*DCOPS, "--config", str(settings), "reconcile"], env=environ, stderr=subprocess.DEVNULL)
    held = Event()
    watch = Thread(target=lambda: _wait_for_locks(database, held), daemon=True)
    watch.start()
    assert held.wait(60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert set(locks(database)) == {"pve-a", "contracts", "meters"}
    with database.transaction() as tx:
        for table in ("source_snapshots", "findings", "guest_links", "reconciliations"):
            assert tx.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    again = Parts(Settings(), database, FixedClock(NOW), {})
    with asking(again, [SOURCE]):  # the dead one is not waited for
        pass


def test_a_source_is_waited_for_as_long_as_the_settings_say(sqlite_database: Database, mute_port: int) -> None:
    told = {"name": "pve-a", "host": "127.0.0.1", "port": mute_port, "user": "d@pve", "token_name": "t"}
    settings = Settings.model_validate(
        {"proxmox": [told | {"token_env": "PVE", "timeout_s": 5}], "reconcile": {"source_timeout_s": 1}}
    )
    parts = Parts(settings, sqlite_database, FixedClock(NOW), {"PVE": "secret"})
    for mute, *_ in (ask(parts, parts.sources()), compare(parts)[1]):
        (scope,) = mute.scopes
        assert scope.status is ScopeStatus.FAILED
        assert "n'a pas fini en 1 s" in scope.faults[0]


def _wait_for_locks(database: Database, held: Event) -> None:
    while not locks(database):
        held.wait(0.05)
    held.set()
