"""Starting a demo: ports that are taken, simulators that end with their parent, a second start that loads nothing."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from dcops import db, wiring
from dcops.alerts.store import open_alerts
from dcops.cli import cli
from dcops.config import Settings, load
from dcops.demo import launch, store
from dcops.demo.folder import Folder, preferred_ports
from dcops.demo.world import pdus
from dcops.sections import DatabaseSettings
from inventory.clock import FixedClock
from inventory.errors import Conflict, Invalid, Unavailable
from metering import store as metering_store

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DEATH_S = 10


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_gives_the_next_free_one(taken: int) -> None:
    host, port = launch.free_bind(f"127.0.0.1:{taken}", strict=False).split(":")
    assert host == "127.0.0.1"
    assert taken < int(port) < taken + launch.PORTS_TRIED


def test_a_taken_port_that_was_asked_for_is_refused(taken: int) -> None:
    with pytest.raises(Unavailable, match=f"le port {taken} de 127.0.0.1 est pris"):
        launch.free_bind(f"127.0.0.1:{taken}", strict=True)


@pytest.mark.parametrize("text", ["8000", "localhost", ":8000", "127.0.0.1:http"])
def test_an_address_is_a_host_and_a_port(text: str) -> None:
    with pytest.raises(Invalid, match="attendu HÔTE:PORT"):
        launch.free_bind(text, strict=False)


def test_the_simulators_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from dcops.demo import launch; from dcops.demo.folder import Folder\n"
        "child, ports = launch.start_simulators(Folder(Path(sys.argv[1])))\n"
        "print(ports.netbox, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    netbox = int(parent.stdout.readline())
    with socket.create_connection(("127.0.0.1", netbox), timeout=DEATH_S) as connection:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        connection.settimeout(DEATH_S)
        assert connection.recv(1) == b""  # the simulator's process has ended
    parent.stdout.close()


def test_a_second_start_loads_nothing_and_keeps_what_changed(tmp_path: Path) -> None:
    folder, said = Folder(tmp_path), []
    child, ports = launch.start_simulators(folder)
    try:
        first = launch.prepare(folder, ports, "127.0.0.1:8000", NOW, said.append, NOW - timedelta(days=1))
        with first.database.transaction() as tx:
            assert ("source-silent", "source:secours") in {(row.kind, row.subject) for row in open_alerts(tx)}
            metering_store.meter(tx, "pdu-a01-a").max_w = 1234
        token = folder.api_token.read_text(encoding="utf-8")
        second = launch.prepare(folder, ports, "127.0.0.1:8001", NOW, said.append)
        with second.database.transaction() as tx:
            assert metering_store.meter(tx, "pdu-a01-a").max_w == 1234
        assert len(said) == 1
        assert folder.api_token.read_text(encoding="utf-8") == token
        assert second.settings.web.bind == "127.0.0.1:8001"
    finally:
        child.communicate(timeout=DEATH_S)
    assert child.returncode == 0


def test_a_world_of_an_earlier_version_is_brought_up_to_date_not_made_again(tmp_path: Path) -> None:
    folder, ports, said = Folder(tmp_path), preferred_ports(), []
    folder.write_settings(ports, "127.0.0.1:8000")
    folder.keep_ports(ports)
    old = wiring.build(load(folder.settings, {}), {}).database
    db.upgrade(old, "0001")
    with Session(old.engine) as tx, tx.begin():
        store.mark(tx, NOW, NOW, "un monde d'avant")
    parts = launch.prepare(folder, ports, "127.0.0.1:8000", NOW, said.append)
    parts.database.require_current()
    assert said == []


def test_load_fills_an_empty_database_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dcops.db'}"
    parts = wiring.build(Settings(database=DatabaseSettings(url=url)), {}, FixedClock(NOW))

    def load(*options: str) -> dict[str, object]:
        arguments = ["demo", "load", "--folder", str(tmp_path), "--days", "1", "--json", *options]
        result = CliRunner().invoke(cli, arguments, obj=parts, catch_exceptions=False)
        assert result.exit_code == 0
        document: dict[str, object] = json.loads(result.stdout)
        return document

    assert load()["loaded"] is True
    assert load()["loaded"] is False
    assert load("--reset")["loaded"] is True
    with parts.database.transaction() as tx:
        assert len(metering_store.meters(tx)) == len(pdus()) + 1  # the meter of the site


def test_load_refuses_a_database_in_use(parts: wiring.Parts, tmp_path: Path) -> None:
    from inventory.models import Customer

    with parts.database.transaction() as tx:
        tx.add(Customer(code="real", name="Une vraie collectivité", kind="commune"))
    result = CliRunner().invoke(cli, ["demo", "load", "--reset", "--folder", str(tmp_path)], obj=parts)
    assert isinstance(result.exception, Conflict)
    with parts.database.transaction() as tx:
        assert tx.query(Customer).count() == 1
    assert not (tmp_path / "api_token").exists()
