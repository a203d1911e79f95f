"""Comparing three truths in memory: does it grow with the number of machines only? Run: python -m bench.compare."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from bench.timing import best_of, show
from inventory.compare import compare
from inventory.facts import GIB, Guest, Scope, ScopeStatus, Snapshot

AT = datetime(2024, 6, 15, 10, tzinfo=UTC)
SIZES = (1_000, 10_000, 30_000)


def main() -> None:
    worlds = {f"{size:,} machines, 5 % differ": world(size) for size in SIZES}
    timed = {name: lambda told=told: compare(told, date(2024, 6, 15)) for name, told in worlds.items()}
    seconds = best_of(timed, rounds=5)
    show("Sold, documented and real compared", seconds, next(iter(worlds)))


def world(size: int) -> list[Snapshot]:
    """Three truths of as many machines; one in twenty runs with twice its vCPU."""
    sold = tuple(
        Guest(f"vm-{n}", f"pve-{n % 3}", n, vcpus=Decimal(2), memory_bytes=4 * GIB, disk_bytes=50 * GIB)
        for n in range(size)
    )
    real = tuple(replace(g, vcpus=Decimal(4), status="running") if n % 20 == 0 else g for n, g in enumerate(sold))
    clusters = [
        _snapshot(name, "real", tuple(g for g in real if g.cluster == name)) for name in ("pve-0", "pve-1", "pve-2")
    ]
    return [_snapshot("contracts", "sold", sold), _snapshot("virtual-machines", "documented", sold), *clusters]


def _snapshot(name: str, kind: str, facts: tuple[Guest, ...]) -> Snapshot:
    return Snapshot(name, kind, AT, 0.0, (Scope(name, ScopeStatus.COMPLETE, facts),))


if __name__ == "__main__":
    main()
