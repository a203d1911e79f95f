"""``dcops serve`` as an operator starts it: a real process on a real port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcops.app import secret_key
from dcops.auth.tokens import create_token
from dcops.db import Database


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def dcops(folder: Path, url: str, *args: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "DCOPS_DATABASE__URL": url, "DCOPS_WEB__SECRET_FILE": str(folder / "key")}
    command = [sys.executable, "-c", "from dcops.cli import main; main()", *args]
    return subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


def get(url: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_for(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        try:
            get(url)
        except OSError:
            continue
        return
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
def served(request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    url = sqlite_database.url.render_as_string(hide_password=False)
    process = dcops(tmp_path, url, "serve", "--bind", address, *getattr(request, "param", ()))
    try:
        wait_for(f"http://{address}/healthz", process)
        yield f"http://{address}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_it_serves_and_its_scheduler_beats(served: str, sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        secret = create_token(tx, "essai", "technician", datetime(2024, 6, 15, tzinfo=UTC))
    status, body = get(f"{served}/readyz")
    assert (status, json.loads(body)["checks"]) == (200, {"database": "à jour", "scheduler": "actif"})
    assert get(f"{served}/metrics")[0] == 200
    assert get(f"{served}/api/v1/customers")[0] == 401
    status, body = get(f"{served}/api/v1/customers", Authorization=f"Bearer {secret}")
    assert (status, json.loads(body)) == (200, {"items": [], "next": None})


@pytest.mark.parametrize("served", [["--no-jobs"]], indirect=True)
def test_without_jobs_it_is_ready_without_scheduler(served: str) -> None:
    assert json.loads(get(f"{served}/readyz")[1])["checks"] == {"database": "à jour"}


def test_a_database_not_migrated_is_refused_in_one_line(tmp_path: Path) -> None:
    process = dcops(tmp_path, f"sqlite:///{tmp_path}/empty.db", "serve", "--bind", "127.0.0.1:0")
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, len(stderr.splitlines())) == (1, 1)
    assert "dcops db upgrade" in stderr


def test_an_address_already_taken_is_refused_in_one_line(sqlite_database: Database, tmp_path: Path) -> None:
    url = sqlite_database.url.render_as_string(hide_password=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        process = dcops(tmp_path, url, "serve", "--bind", address)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, len(stderr.splitlines())) == (1, 1)
    assert address in stderr


@pytest.mark.parametrize(("content", "words"), [(b"short", "trop courte"), (b"\xff" * 64, "illisible")])
def test_a_session_key_that_protects_nothing_is_refused_in_one_line(
    sqlite_database: Database, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "key").write_bytes(content)
    url = sqlite_database.url.render_as_string(hide_password=False)
    process = dcops(tmp_path, url, "serve", "--bind", "127.0.0.1:0")
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, len(stderr.splitlines())) == (1, 1)
    assert words in stderr


def test_a_key_file_left_empty_is_filled(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    made = secret_key(tmp_path / "key")
    assert len(made) > 32
    assert secret_key(tmp_path / "key") == made


def test_a_bad_address_is_wrong_usage(tmp_path: Path) -> None:
    process = dcops(tmp_path, f"sqlite:///{tmp_path}/empty.db", "serve", "--bind", "nowhere")
    process.communicate(timeout=60)
    assert process.returncode == 2
