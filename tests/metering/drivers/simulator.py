"""Real SNMP agents on loopback: snmpsim in its own process, serving .snmprec files by community name."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Imported before the privileges are dropped: an unprivileged user may not be able to read the standard library.
_RESPONDER = "import dbm.dumb, encodings.latin_1; from snmpsim.commands.responder import main; main()"
_UNPRIVILEGED = ["--process-user", "nobody", "--process-group", "nogroup"]


@dataclass(frozen=True)
class Agents:
    """Agents that share one port; the community chooses the device."""

    port: int

    def address(self, community: str, version: str = "2c") -> str:
        return f"127.0.0.1:{self.port}?community={community}&version={version}"


@contextmanager
def serving(records: Mapping[str, str], options: Sequence[str] = ()) -> Iterator[Agents]:
    """Agents answering ``{community: text of a .snmprec}``; the community "" is what a user of version 3 gets."""
    folder = Path(tempfile.mkdtemp(prefix="dcops-snmp-"))
    try:
        data, cache = folder / "data", folder / "cache"
        for made in (data, cache):
            made.mkdir()
        for name, text in records.items():
            (data / f"{name}.snmprec").write_text(text, encoding="latin-1")
        folder.chmod(0o755)
        cache.chmod(0o777)
        port = _free_port()
        with _process(folder, port, options):
            yield Agents(port)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _process(folder: Path, port: int, options: Sequence[str]) -> Iterator[None]:
    command = [sys.executable, "-c", _RESPONDER, *(_UNPRIVILEGED if os.getuid() == 0 else [])]
    command += ["--data-dir", str(folder / "data"), "--cache-dir", str(folder / "cache")]
    command += ["--agent-udpv4-endpoint", f"127.0.0.1:{port}", "--logging-method", "stdout", *options]
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "HOME": str(folder)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    drain = threading.Thread(
        target=_wait_and_drain, args=(process, ready := threading.Event(), said := []), daemon=True
    )
    drain.start()
    try:
        ready.wait(60)
        assert ready.is_set(), "the simulator does not start"
        assert process.poll() is None, b"".join(said[-20:]).decode()
        _wait_until_bound(port)
        yield
    finally:
        process.terminate()
        process.wait(20)
        drain.join(20)


def _wait_and_drain(process: subprocess.Popen[bytes], ready: threading.Event, said: list[bytes]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            if b"Listening at" in line:
                ready.set()
            if not ready.is_set():
                said.append(line)
    ready.set()


def _wait_until_bound(port: int) -> None:
    # "Listening" is printed a little before the socket is bound: until then the system refuses our datagrams.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("127.0.0.1", port))
        probe.settimeout(0.1)
        for _ in range(200):
            try:
                probe.send(b"\0")
                probe.recv(1)
            except ConnectionRefusedError:
                threading.Event().wait(0.05)
            except TimeoutError:
                return
    raise AssertionError(f"the simulator never bound port {port}")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
