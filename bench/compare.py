"""Three truths matched and compared in memory, against diffsync on the same guests. Run: python -m bench.compare."""

from __future__ import annotations

import argparse
import json
import subprocess
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
    first = {size: world(size) for size in SIZES}
    known = {size: Memory(compared(told).conclusion.links, AT) for size, told in first.items()}
    timed = {f"{size:,} machines, 5 % differ": lambda size=size: compared(first[size], known[size]) for size in SIZES}
    seconds = best_of(timed, rounds=ROUNDS)
    show("Sold, documented and real matched and compared, with what the last run knew", seconds, next(iter(seconds)))
    ours = seconds[f"{PEERS:,} machines, 5 % differ"]
    print(f"100,000 machines take {seconds['100,000 machines, 5 % differ'] / ours / 10:.2f} x ten times 10,000")
    peer = _diffsync(options.cache)
    if isinstance(peer, str):
        print(f"diffsync: skipped, {peer}")
        return
    print(f"\ndiffsync {peer['version']}, {PEERS:,} guests, real against sold and against documented, in the same run")
    for name, took in (("its comparison alone", peer["diff"]), ("with its own loading", peer["diff"] + peer["load"])):
        print(f"{name:<58}{took * 1000:>10.2f}{took / ours:>10.1f} x ours")
    print(f"guests that differ: ours {len(compared(first[PEERS]).differences)}, diffsync {peer['differ']}")


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
