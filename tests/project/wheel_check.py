"""Installs a wheel in a clean environment and starts it: ``python -m tests.project.wheel_check dist/x.whl``."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path


def _run(command: list[str], home: Path) -> str:
    done = subprocess.run(command, cwd=home, env=_environ(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def _environ() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "DCOPS_CONFIG"}}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _first_page(url: str, server: subprocess.Popen[bytes]) -> str:
    for _ in range(150):
        if server.poll() is not None:
            sys.exit("the server stopped at once")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.2)
    sys.exit(f"{url} did not answer")


def check(wheel: Path) -> None:
    """Install, make a database, quote a price, serve the login page and its style sheet."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        venv.create(home / "venv", with_pip=True)
        python, dcops = str(home / "venv/bin/python"), str(home / "venv/bin/dcops")
        _run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", str(wheel.resolve())], home)
        _run([dcops, "db", "upgrade"], home)
        grid = json.loads(_run([dcops, "tariffs", "list", "--year", "2024", "--json"], home))
        assert grid, "the shipped grid is missing from the wheel"
        bind = f"127.0.0.1:{_free_port()}"
        with subprocess.Popen([dcops, "serve", "--bind", bind, "--no-jobs"], cwd=home, env=_environ()) as server:
            try:
                assert "csrf_token" in _first_page(f"http://{bind}/connexion", server)
                assert "--accent" in _first_page(f"http://{bind}/static/dcops.css", server)
                assert "Plotly" in _first_page(f"http://{bind}/assets/plotly.min.js", server)
            finally:
                server.terminate()


if __name__ == "__main__":
    check(Path(sys.argv[1]))
    print("wheel ok")  # noqa: T201
