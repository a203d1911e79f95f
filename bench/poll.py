"""Polling over SNMP, against bare gufo-snmp and Debian's snmp_exporter; then 5,000 PDUs. Run: python -m bench.poll."""

from __future__ import annotations

import asyncio
import resource
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from gufo.snmp.aio import SnmpSession

from bench.snmp_agent import agents
from bench.timing import best_of, show
from dcops import db
from dcops.config import Settings
from dcops.db import Database
from dcops.jobs.polling import poll
from dcops.wiring import Parts
from metering.collection.poll import Target, Wanted, collect
from metering.drivers.snmp import SnmpDriver
from metering.drivers.snmp_plans import Plans
from metering.models import Meter

IN_FLIGHT, ROUNDS = 64, 5
PDUS, SITE, STEADY = 2_000, 5_000, 4
POINTS = ("inlet:1", "outlet:1")
EXPORTER = "prometheus-snmp-exporter"
KEPT, OPENED = "bare gufo-snmp, 64 sessions kept open", "bare gufo-snmp, a session for each PDU"
TEXTS = {"1.3.6.1.2.1.1.2.0"}
EVERY = timedelta(minutes=5)
START = datetime(2025, 1, 1, tzinfo=UTC)


def main() -> None:
    with agents(1) as [port]:
        _pdus(port)
    with agents(2) as ports:
        _site(ports)


def _pdus(port: int) -> None:
    """The same instances of 2,000 PDUs, 64 in flight."""
    plans = Plans()
    driver = SnmpDriver(5, plans=plans)
    targets = [_target(f"127.0.0.1:{port}?community=pdu{n}", n) for n in range(PDUS)]

    def ours() -> None:
        answers = asyncio.run(collect(targets, {"snmp": driver}, IN_FLIGHT, 5))
        assert all(len(answer.readings) == len(POINTS) for answer in answers), answers[0].failures

    ours()
    oids = next(iter(plans.by_key.values())).oids
    timed: dict[str, Callable[[], object]] = {
        OPENED: lambda: asyncio.run(_bare(port, oids, kept=False)),
        KEPT: lambda: asyncio.run(_bare(port, oids, kept=True)),
        "a round of dcops: driver, decoding, answers": ours,
    }
    with _exporter(oids) as exporter:
        if exporter:
            timed["Debian's snmp_exporter, over kept HTTP connections"] = lambda: asyncio.run(_scrape(exporter, port))
        seconds = best_of(timed, ROUNDS)
    show(f"{PDUS:,} PDUs, {len(oids)} OIDs each, {IN_FLIGHT} in flight", seconds, KEPT)
    for name, took in seconds.items():
        print(f"{name:<58}{PDUS / took:>10,.0f} PDU/s")


def _target(address: str, number: int) -> Target:
    wanted = tuple(Wanted(len(POINTS) * number + n, f"m{number}-{n}", point) for n, point in enumerate(POINTS))
    return Target("snmp", address, None, wanted)


async def _in_flight(ask: Callable[[int, int], Awaitable[object]]) -> None:
    """Ask for each PDU once: ``ask(worker, number)``."""
    numbers = iter(range(PDUS))

    async def work(worker: int) -> None:
        for number in numbers:
            await ask(worker, number)

    await asyncio.gather(*(work(worker) for worker in range(IN_FLIGHT)))


async def _bare(port: int, oids: Sequence[str], *, kept: bool) -> None:
    def opened(number: int) -> SnmpSession:
        return SnmpSession("127.0.0.1", port, f"pdu{number}", timeout=5)

    sessions = [opened(number) for number in range(IN_FLIGHT)] if kept else []

    async def ask(worker: int, number: int) -> None:
        session = sessions[worker] if kept else opened(number)
        assert len(await session.get_many(oids)) == len(oids)

    await _in_flight(ask)


@contextmanager
def _exporter(oids: Sequence[str]) -> Iterator[int]:
    """The port of a snmp_exporter that gets these instances; 0 where it is not installed."""
    if shutil.which(EXPORTER) is None:
        print(f"{EXPORTER} is not installed: not measured")
        yield 0
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="dcops-bench-") as folder:
        config = Path(folder) / "snmp.yml"
        config.write_text(_module(oids))
        options = [f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        process = subprocess.Popen([EXPORTER, *options])
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _module(oids: Sequence[str]) -> str:
    get = "".join(f"  - {oid}\n" for oid in oids)
    lines = (
        f"  - {{name: v{n}, oid: {oid.removesuffix('.0')}, help: v, type: "
        f"{'OctetString' if oid in TEXTS else 'gauge'}}}\n"
        for n, oid in enumerate(oids)
    )
    metrics = "".join(lines)
    return f"pdu:\n  version: 2\n  auth: {{community: public}}\n  get:\n{get}  metrics:\n{metrics}"


def _wait_for(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return


async def _scrape(exporter: int, port: int) -> None:
    streams = [await asyncio.open_connection("127.0.0.1", exporter) for _ in range(IN_FLIGHT)]
    request = f"GET /snmp?module=pdu&target=127.0.0.1:{port} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    async def ask(worker: int, number: int) -> None:
        reader, writer = streams[worker]
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        body = await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
        assert b"snmp_scrape_pdus_returned" in body

    await _in_flight(ask)
    for _, writer in streams:
        writer.close()


def _site(ports: Sequence[int]) -> None:
    """5,000 PDUs with two meters each, from the list of targets to the commit, in SQLite."""
    with tempfile.TemporaryDirectory(prefix="dcops-bench-") as folder:
        path = Path(folder) / "dcops.db"
        database = _meters(path, ports)
        settings = Settings.model_validate({"metering": {"spool_dir": Path(folder) / "spool", "timeout_s": 5}})
        clock = _Stepping(START + EVERY)
        parts, took, sizes = Parts(settings, database, clock, {}), list[float](), list[int]()
        for _ in range(STEADY + 1):
            begun = perf_counter()
            run = poll(parts)
            took.append(perf_counter() - begun)
            assert (run.devices_ok, run.readings) == (SITE, SITE * len(POINTS)), (run.devices_ok, run.readings)
            sizes.append(_bytes(path))
            clock.at += EVERY
        database.dispose()
    day = (sizes[-1] - sizes[0]) / STEADY * (timedelta(days=1) / EVERY)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{SITE:,} PDUs, {SITE * len(POINTS):,} meters, {IN_FLIGHT} in flight, into SQLite")
    print(f"{'first round, each PDU walked':<58}{took[0]:>10.1f} s")
    print(f"{'a steady round, best of ' + str(STEADY):<58}{min(took[1:]):>10.1f} s{SITE / min(took[1:]):>10,.0f} PDU/s")
    print(f"{'memory of the process at its peak':<58}{peak:>10.0f} MB")
    print(f"{'growth of the database, a day of rounds every 5 min':<58}{day / 1e6:>10.0f} MB")


@dataclass
class _Stepping:
    """A clock that is moved from one round to the next."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def _meters(path: Path, ports: Sequence[int]) -> Database:
    database = Database(f"sqlite:///{path}")
    db.upgrade(database)
    with database.transaction() as tx:
        for number in range(SITE):
            address = f"127.0.0.1:{ports[number % len(ports)]}?community=pdu{number}"
            for n, point in enumerate(POINTS):
                name = f"m{number}-{n}"
                tx.add(Meter(name=name, driver="snmp", address=address, point=point, max_w=7360, start=START))
    return database


def _bytes(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


if __name__ == "__main__":
    main()
