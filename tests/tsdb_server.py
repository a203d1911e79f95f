"""Real Prometheus-compatible servers for tests, from Debian's packages, each with its data in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

PATIENCE_S = 60
Told = dict[str, Sequence[tuple[float, float]]]
"""By the value of the label ``pdu``: (seconds since 1970, value) of the metric."""


@dataclass(frozen=True)
class Server:
    """A running server that holds samples of one metric."""

    url: str
    folder: Path


def _unavailable(why: str) -> NoReturn:
    if os.environ.get("REQUIRE_TSDB") == "1":
        pytest.fail(f"a Prometheus-compatible database is required here: {why}")
    pytest.skip(f"no Prometheus-compatible database: {why}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        _unavailable(f"{name} is not installed")
    return found


@contextmanager
def victoria_metrics(metric: str, told: Told) -> Iterator[Server]:
    """VictoriaMetrics, told samples by its import API."""
    program = _program("victoria-metrics")
    with _folder() as folder:
        port = _free_port()
        command = [program, f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}",
                   "-retentionPeriod=100y", "-search.latencyOffset=0s", "-search.disableCache"]  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        with _running(command, f"{url}/health", folder):
            tell_victoria_metrics(url, metric, told)
            yield Server(url, folder)


def tell_victoria_metrics(url: str, metric: str, told: Told) -> None:
    """Add samples to a running VictoriaMetrics, visible when this returns."""
    lines = [
        json.dumps({
            "metric": {"__name__": metric, "pdu": pdu},
            "values": [value for _, value in samples],
            "timestamps": [round(at * 1000) for at, _ in samples],
        })
        for pdu, samples in told.items()
    ]  # fmt: skip
    _get(f"{url}/api/v1/import", "\n".join(lines).encode())
    _get(f"{url}/internal/force_flush")


@contextmanager
def prometheus(metric: str, told: Told) -> Iterator[Server]:
    """Prometheus, started on blocks that promtool makes of samples."""
    program, tool = _program("prometheus"), _program("promtool")
    with _folder() as folder:
        rows = sorted((at, pdu, value) for pdu, samples in told.items() for at, value in samples)
        lines = [f'{metric}{{pdu="{pdu}"}} {value!r} {at:.3f}' for at, pdu, value in rows]
        (folder / "told").write_text("\n".join([f"# TYPE {metric} gauge", *lines, "# EOF", ""]))
        made = [tool, "tsdb", "create-blocks-from", "openmetrics", str(folder / "told"), str(folder / "data")]
        subprocess.run(made, check=True, capture_output=True)
        (folder / "prometheus.yml").write_text("global: {}\n")
        port = _free_port()
        command = [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                   "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        with _running(command, f"{url}/-/ready", folder):
            yield Server(url, folder)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dcops-tsdb-") as folder:
        yield Path(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: Sequence[str], ready: str, folder: Path) -> Iterator[None]:
    """Run a server until the end; it answers when this begins."""
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process:
        try:
            _wait(process, ready, folder)
            yield
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], ready: str, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _get(ready)
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    _unavailable(f"{Path(str(process.args)).name} does not start: {(folder / 'log').read_text()[-500:]}")


def _get(url: str, body: bytes | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=PATIENCE_S) as answer:
        found: bytes = answer.read()
    return found
