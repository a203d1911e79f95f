"""Three truths matched and compared in memory, against diffsync on the same guests. Run: python -m bench.compare."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from bench import diffsync_guests
from bench.timing import best_of, show
from dcops.jobs.asking import uncollected
from inventory.compare import Comparison, examine
from inventory.facts import GUESTS, Guest, Scope, ScopeStatus, Snapshot
from inventory.links import Memory

AT = datetime(2024, 6, 15, 10, tzinfo=UTC)
ON = date(2024, 6, 15)
SIZES = (1_000, 10_000, 100_000)
PEERS = 10_000
ROUNDS = 5
PACKAGE = "diffsync==2.*"


def main() -> None:
    options = _options()
    if options.size:
        print(json.dumps(timed(options.size)))
        return
    told = {size: _child(size) for size in SIZES}
    seconds = {f"{size:,} machines, 5 % differ": one["seconds"] for size, one in told.items()}
    show("Sold, documented and real matched and compared, with what the last run knew", seconds, next(iter(seconds)))
    ours = told[PEERS]["seconds"]
    print(f"100,000 machines take {told[100_000]['seconds'] / told[10_000]['seconds'] / 10:.2f} x ten times 10,000")
    peer = _diffsync(options.cache)
    if isinstance(peer, str):
        print(f"diffsync: skipped, {peer}")
        return
    print(f"\ndiffsync {peer['version']}, {PEERS:,} guests, real against sold and against documented, in the same run")
    for name, took in (("its comparison alone", peer["diff"]), ("with its own loading", peer["diff"] + peer["load"])):
        print(f"{name:<58}{took * 1000:>10.2f}{took / ours:>10.1f} x ours")
    print(f"guests that differ: ours {told[PEERS]['differ']}, diffsync {peer['differ']}")


def timed(size: int) -> dict[str, Any]:
    """The fastest of some rounds, in this process; how many guests differ."""
    told = world(size)
    known = Memory(compared(told).conclusion.links, AT)
    (seconds,) = best_of({"": lambda: compared(told, known)}, rounds=ROUNDS).values()
    return {"seconds": seconds, "differ": len(compared(told, known).differences)}


def _child(size: int) -> dict[str, Any]:
    """A size in a process of its own, as diffsync is: what others leave in memory does not count."""
    asked = [sys.executable, "-m", "bench.compare", "--size", str(size)]
    found: dict[str, Any] = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    return found


def compared(told: list[Snapshot], memory: Memory | None = None) -> Comparison:
    """As a run does it: the collector is left alone meanwhile, on diffsync's side too."""
    with uncollected():
        return examine(told, ON, memory=memory or Memory((), AT))


def world(size: int) -> list[Snapshot]:
    """Three truths of as many machines; one in twenty runs with twice its vCPU."""
    sold = tuple(_guest(values) for values in diffsync_guests.guests(size, changed=False))
    real = tuple(_guest(values) for values in diffsync_guests.guests(size, changed=True))
    documented = tuple(replace(guest, vcpus=None, reference=f"sheet/{guest.vmid}") for guest in sold)
    clusters = [
        _snapshot(name, "real", tuple(guest for guest in real if guest.cluster == name), GUESTS)
        for name in ("pve-0", "pve-1", "pve-2")
    ]
    return [_snapshot("contracts", "sold", sold), _snapshot("virtual-machines", "documented", documented), *clusters]


def _guest(values: dict[str, Any]) -> Guest:
    return Guest(
        values["name"], values["cluster"], values["vmid"], kind="qemu", status="running",
        vcpus=Decimal(values["vcpus"]), memory_bytes=values["memory"], disk_bytes=values["disk"],
        customer=values["customer"], uuid=f"uuid-{values['vmid']}", reference=f"guest/{values['vmid']}",
    )  # fmt: skip


def _snapshot(name: str, kind: str, facts: tuple[Guest, ...], subject: str | None = None) -> Snapshot:
    return Snapshot(name, kind, AT, 0.0, (Scope(name, ScopeStatus.COMPLETE, facts, (), subject),))


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--cache", type=Path, default=Path(gettempdir()) / "dcops-bench-diffsync",
        help="folder of the environment that diffsync is installed in, made when it is not there",
    )  # fmt: skip
    asked.add_argument("--size", type=int, help="what a child process measures")
    return asked.parse_args()


def _diffsync(cache: Path) -> dict[str, Any] | str:
    """What the library took in its own environment, or why it could not be had."""
    python = cache / "bin" / "python"
    try:
        if not python.exists():
            venv.create(cache, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE], check=True)
        asked = [python, diffsync_guests.__file__, str(PEERS), str(ROUNDS)]
        told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        return str(error)
    found: dict[str, Any] = json.loads(told)
    return found


if __name__ == "__main__":
    main()
