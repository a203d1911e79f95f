"""Starting a demo: its simulators in a child process, its database filled once, then the product itself."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NoReturn

from dcops import db, wiring
from dcops.catalogue.grids import load_shipped
from dcops.config import ENV_PREFIX, load
from dcops.db import Database
from dcops.demo import past, store
from dcops.demo.folder import Folder, Ports, write_secret
from dcops.demo.load import EPOCH
from inventory.errors import Conflict, Invalid, Unavailable

DCOPS = (sys.executable, "-P", "-c", "from dcops.cli import main; main()")
PORTS_TRIED = 20
Say = Callable[[str], None]


def free_bind(wanted: str, *, strict: bool) -> str:
    """The address to serve on: the wanted one, or unless ``strict`` the next port that nobody has.

    Raises Invalid (not HOST:PORT) or Unavailable (taken).
    """
    host, _, port = wanted.rpartition(":")
    if not host or not port.isdigit():
        raise Invalid(f"adresse d'écoute « {wanted} » : attendu HÔTE:PORT, par exemple 127.0.0.1:8000.")
    candidates = range(int(port), int(port) + (1 if strict else PORTS_TRIED))
    for candidate in candidates:
        if _is_free(host, candidate):
            return f"{host}:{candidate}"
    raise Unavailable(f"le port {port} de {host} est pris : arrêter ce qui l'occupe, ou choisir --bind {host}:AUTRE.")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def start_simulators(folder: Folder) -> tuple[subprocess.Popen[str], Ports]:
    """Start the simulators in a child that ends when this process does; returns once every one of them listens.

    Raises Unavailable when the child does not start.
    """
    command = [*DCOPS, "demo", "simulators", "--folder", str(folder.root), "--until-eof"]
    child = subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environ(), start_new_session=True
    )  # its input stays open as long as we live: that is how it knows
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise Unavailable("les simulateurs de la démonstration n'ont pas démarré ; leur erreur est ci-dessus.")
    return child, Ports.from_json(line)


def prepare(folder: Folder, ports: Ports, bind: str, now: datetime, say: Say, since: datetime = EPOCH) -> wiring.Parts:
    """Write the settings, make and fill the database if need be; returns the parts of this demo.

    ``since`` shortens the history of readings of a database that is filled now.
    """
    folder.write_settings(ports, bind)
    environ = _environ()
    parts = wiring.build(load(folder.settings, environ), environ)
    if parts.database.revision() is not None:
        db.upgrade(parts.database)  # made by an earlier version of dcops
        with parts.database.transaction() as tx:
            load_shipped(tx)
    if not ready(parts.database):
        say("Premier démarrage : chargement du monde de démonstration (une vingtaine de secondes)…")
        with _leaving_garbage():
            fill_database(parts.database, folder, ports, now, since)
            past.earlier_runs(parts.database, now)
            first_runs(parts)
    elif folder.ports() != ports:
        move_meters(parts.database, ports)
    folder.keep_ports(ports)
    return parts


@contextmanager
def _leaving_garbage() -> Iterator[None]:
    """Not look for garbage among a year of readings: a fifth of the time, and this process soon becomes another."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()


def ready(database: Database) -> bool:
    """Whether the database is at this version and holds the demo. Raises Conflict when it holds something else."""
    if database.revision() is None:
        return False
    database.require_current()
    with database.transaction() as tx:
        if store.is_demo(tx):
            return True
        if not store.is_empty(tx):
            raise Conflict(
                f"la base {database.safe_url} contient déjà autre chose que la démonstration : en configurer une vide."
            )
    return False


def fill_database(database: Database, folder: Folder, ports: Ports, now: datetime, since: datetime = EPOCH) -> None:
    """Make the schema, fill it with the whole world, write its API token in the folder."""
    from dcops.demo.fill import fill

    if database.revision() is None:
        db.upgrade(database)
    with database.transaction() as tx:
        load_shipped(tx)
        token = fill(tx, ports, now, since)
    write_secret(folder.api_token, token)


def first_runs(parts: wiring.Parts) -> None:
    """Run every job once, as an operator would on the first day; the scheduler catches up on them afterwards."""
    from dcops.jobs.table import JOBS, run_job

    for name in JOBS:
        run_job(parts, name)


def wipe(database: Database) -> None:
    """Remove every table of a database that the demo made. Raises Conflict when it did not."""
    from dcops.schema import metadata

    if not ready(database):
        return
    with database.engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")


def become_server(folder: Folder, child: subprocess.Popen[str], bind: str) -> NoReturn:
    """Turn this process into ``dcops serve``, which keeps the child's input open until it ends."""
    assert child.stdin is not None
    os.set_inheritable(child.stdin.fileno(), True)
    command = [*DCOPS, "--config", str(folder.settings), "serve", "--bind", bind]
    os.execve(sys.executable, command, _environ())  # noqa: S606 - no shell is wanted


def move_meters(database: Database, ports: Ports) -> None:
    """Tell the meters where their PDUs answer now."""
    from dcops.demo import fill

    with database.transaction() as tx:
        fill.move_meters(tx, ports)


def _environ() -> Mapping[str, str]:
    """Our environment without any setting of an installation: the demo must never touch a real database."""
    return {name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)}
