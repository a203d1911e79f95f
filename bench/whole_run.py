"""A whole run of the reconciliation beside the bare download of the same answers. Run: python -m bench.whole_run.

The simulators answer from a process of their own; the run, and the reference, each take place in a new process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from ssl import create_default_context
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.timing import show
from inventory.sources.proxmox_session import PARALLEL

GUESTS, CUSTOMERS, CLUSTERS, NODES = 10_000, 100, 3, 4
REFERENCE, FIRST, AGAIN = "the same answers, bare HTTP, nothing read", "a first run", "a run with nothing changed"
TOKEN = "bench-token"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--part", choices=["serve", "fill", "run", "download"], help="what a child process does")
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--guests", type=int, default=GUESTS)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    if options.part is None:
        bench(options.guests, options.rounds)
    else:
        print(json.dumps(PARTS[options.part](options.folder, options.guests)), flush=True)


def bench(guests: int, rounds: int) -> None:
    """Rounds of: the reference, a run in an empty inventory, the same again; the fastest of each is kept."""
    told: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    with TemporaryDirectory() as name, serving(Path(name), guests):
        child("fill", Path(name), guests)
        child("run", Path(name), guests)  # tells the server's log which answers a run wants
        for _ in range(rounds):
            child("fill", Path(name), guests)
            for what, part in ((REFERENCE, "download"), (FIRST, "run"), (AGAIN, "run")):
                told[what].append(child(part, Path(name), guests))
                print(f"{what}: {told[what][-1]}", flush=True)
    title = f"{guests:,} guests in {CLUSTERS} clusters and a NetBox"
    for measure in ("seconds", "cpu"):
        fastest = {what: min(one[measure] for one in runs) for what, runs in told.items()}
        show(f"{title}: {measure} of this side", fastest, REFERENCE)
    print(f"memory of a run, at its peak: {max(one['rss_mb'] for one in told[FIRST] + told[AGAIN])} MB")


def child(part: str, folder: Path, guests: int) -> Any:
    """What a new process prints."""
    done = subprocess.run(command(part, folder, guests), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def command(part: str, folder: Path, guests: int) -> list[str]:
    return [sys.executable, "-m", "bench.whole_run", "--part", part, "--folder", str(folder), "--guests", str(guests)]


@contextmanager
def serving(folder: Path, guests: int) -> Iterator[None]:
    """The simulators in a process of their own, while the block lasts."""
    asked = command("serve", folder, guests)
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()  # its addresses: it is ready
        yield
        server.terminate()


def serve(folder: Path, guests: int) -> dict[str, int]:
    """Answer until told to stop; the answers that were wanted are written in the folder as they are asked for."""
    from dcops.demo import netbox, proxmox
    from dcops.demo.tls import make_certificate

    certificate = make_certificate(folder / "tls", datetime.now(UTC))
    ports: dict[str, int] = {}
    with ExitStack() as stack:
        for cluster in range(CLUSTERS):
            server: Any = stack.enter_context(proxmox.serving(cluster_world(cluster, guests), certificate))
            ports[f"pve-{cluster}"] = server.port
            logged(server, folder, f"pve-{cluster}")
        server = stack.enter_context(netbox.serving(documentation(guests)))
        ports["netbox"] = server.port
        logged(server, folder, "netbox")
        (folder / "ports.json").write_text(json.dumps(ports))
        print(json.dumps(ports), flush=True)
        sys.stdin.read()
    return ports


def logged(server: Any, folder: Path, name: str) -> None:
    """Write down each question of the first run: what the reference asks for too."""
    respond, asked = server.respond, (folder / f"{name}.urls").open("w")

    def answer(question: Any) -> Any:
        if not (folder / "filled.2").exists():
            asked.write(f"{question.path}?{urlencode(question.query)}\n")
            asked.flush()
        return respond(question)

    server.respond = answer


def cluster_world(cluster: int, guests: int) -> Any:
    from dcops.demo.proxmox_world import ProxmoxWorld, SimGuest, SimNode

    return ProxmoxWorld(
        f"pve-{cluster}",
        tuple(SimNode(f"n{node}") for node in range(NODES)),
        tuple(
            SimGuest(
                100 + n, f"vm-{n}", f"n{n % NODES}", vcpus=2 if n % 20 else 4, memory_mib=4096, disks_gib=(20, 30),
                pool=f"client-{n % CUSTOMERS:03}", tags=("web", "prod"), uuid=f"00000000-0000-4000-8000-{n:012}",
                macs=(f"BC:24:11:{n >> 16 & 255:02X}:{n >> 8 & 255:02X}:{n & 255:02X}",),
            )
            for n in range(guests) if n % CLUSTERS == cluster
        ),
        token=TOKEN,
    )  # fmt: skip


def documentation(guests: int) -> Any:
    from dcops.demo import netbox_world as sim

    clusters = [f"pve-{cluster}" for cluster in range(CLUSTERS)]
    return sim.NetboxWorld(
        sites=(sim.SimSite("Amiens", "amiens"),),
        rooms=(sim.SimRoom("Salle 1", "salle-1", "amiens"),),
        tenants=tuple(sim.SimTenant(f"Commune {n}", f"{n:03}") for n in range(CUSTOMERS)),
        racks=(sim.SimRack("A01", "salle-1"),),
        clusters=tuple(sim.SimCluster(name, "amiens") for name in clusters),
        vms=tuple(
            sim.SimVm(f"vm-{n}", clusters[n % CLUSTERS], f"{n % CUSTOMERS:03}", 2.0, 4000, 50_000, vmid=100 + n)
            for n in range(guests)
        ),
        token=TOKEN,
    )


def fill(folder: Path, guests: int) -> None:
    """A new database where as many machines are sold; one guest in twenty runs with twice its vCPU."""
    from dcops import db
    from dcops.catalogue.grids import load_shipped
    from inventory.imports import import_customers, import_machines

    for left in folder.glob("run.db*"):
        left.unlink()
    database = db.Database(f"sqlite:///{folder / 'run.db'}")
    db.upgrade(database)
    customers = [f"{n:03},Commune {n},commune,2015-01-01" for n in range(CUSTOMERS)]
    machines = [f"vm-{n},{n % CUSTOMERS:03},pve-{n % CLUSTERS},{100 + n},2,4,50,2024-01-01" for n in range(guests)]
    with database.transaction() as tx:
        load_shipped(tx)
        import_customers(tx, "c", "\n".join(["code,name,kind,member_from", *customers]))
        import_machines(tx, "m", "\n".join(["name,customer,cluster,vmid,vcpu,ram_gb,disk_gb,from", *machines]))
    database.dispose()
    (folder / ("filled.2" if (folder / "filled.1").exists() else "filled.1")).touch()


def run(folder: Path, guests: int) -> dict[str, Any]:
    """What the job does, timed; the memory of this process at its peak."""
    from dcops import wiring
    from dcops.jobs.work import compare

    parts = wiring.build(settings(folder), {"T": TOKEN})
    loaded(parts)
    started, before = perf_counter(), process_time()
    report, snapshots = compare(parts)
    took = {"seconds": perf_counter() - started, "cpu": process_time() - before}
    told = {snapshot.source: (snapshot.status.value, round(snapshot.duration_s, 2)) for snapshot in snapshots}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {**took, "rss_mb": peak, "told": told, "opened": report.opened, "active": report.active}


def loaded(parts: Any) -> None:
    """What a server has done long before its first run: load its modules and map its tables."""
    from sqlalchemy.orm import configure_mappers

    import inventory.reconcile  # noqa: F401

    parts.sources()
    configure_mappers()


def settings(folder: Path) -> Any:
    from dcops.config import Settings
    from dcops.sections import DatabaseSettings, Netbox, Proxmox

    ports = json.loads((folder / "ports.json").read_text())
    secret = {"token_env": "T"}
    clusters = [
        Proxmox(
            name=name, host="127.0.0.1", port=port, user="dcops@pve", token_name="lecture",
            verify_tls=folder / "tls" / "authority.pem", timeout_s=30, **secret,
        )
        for name, port in ports.items() if name != "netbox"
    ]  # fmt: skip
    netbox = Netbox(url=f"http://127.0.0.1:{ports['netbox']}", **secret)
    return Settings(database=DatabaseSettings(url=f"sqlite:///{folder / 'run.db'}"), proxmox=clusters, netbox=netbox)


def download(folder: Path, guests: int) -> dict[str, Any]:
    """The same answers over as many connections, kept open, read to their end and dropped."""
    ports = json.loads((folder / "ports.json").read_text())
    started, before = perf_counter(), process_time()
    sizes: list[int] = []
    threads = [thread for name, port in ports.items() for thread in downloading(folder, name, port, sizes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "seconds": perf_counter() - started,
        "cpu": process_time() - before,
        "answers": len(sizes),
        "bytes": sum(sizes),
    }


def downloading(folder: Path, name: str, port: int, sizes: list[int]) -> list[Thread]:
    paths = (folder / f"{name}.urls").read_text().splitlines()
    count = 1 if name == "netbox" else PARALLEL  # connections, as in a run
    return [Thread(target=fetch, args=(folder, name, port, paths[n::count], sizes)) for n in range(count)]


def fetch(folder: Path, name: str, port: int, paths: Sequence[str], sizes: list[int]) -> None:
    connection: HTTPConnection
    if name == "netbox":
        connection, token = HTTPConnection("127.0.0.1", port), f"Token {TOKEN}"
    else:
        context = create_default_context(cafile=str(folder / "tls" / "authority.pem"))
        connection = HTTPSConnection("127.0.0.1", port, context=context)
        token = f"PVEAPIToken=dcops@pve!lecture={TOKEN}"
    for path in paths:
        connection.request("GET", path, headers={"Authorization": token})
        answer = connection.getresponse()
        assert answer.status == 200, (urlsplit(path).path, answer.status)
        sizes.append(len(answer.read()))
    connection.close()


PARTS: dict[str, Any] = {"serve": serve, "fill": fill, "run": run, "download": download}

if __name__ == "__main__":
    main()
