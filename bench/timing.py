"""Several things timed in turn, so that a busy machine slows all of them, and shown beside their reference."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from time import perf_counter

ROUNDS = 7
Timed = Mapping[str, Callable[[], object]]


def best_of(timed: Timed, rounds: int = ROUNDS, clock: Callable[[], float] = perf_counter) -> dict[str, float]:
    """Seconds of the fastest of several rounds of each; every round does each once, after one that is not counted."""
    for call in timed.values():
        call()
    times = [_round(timed, clock) for _ in range(rounds)]
    return {name: min(took) for name, took in zip(timed, zip(*times, strict=True), strict=True)}


def _round(timed: Timed, clock: Callable[[], float]) -> list[float]:
    times = []
    for call in timed.values():
        gc.collect()
        start = clock()
        call()
        times.append(clock() - start)
    return times


def show(title: str, seconds: Mapping[str, float], reference: str) -> None:
    """Print milliseconds and how many times the reference each thing takes."""
    print(f"\n{title}\n{'':<58}{'ms':>10}{'x reference':>14}")
    for name, took in seconds.items():
        print(f"{name:<58}{took * 1000:>10.2f}{took / seconds[reference]:>14.2f}")
