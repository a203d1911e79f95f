"""Hourly kWh rated with their evidence, against CloudKitty's hashmap on the same. Run: python -m bench.rating."""

from __future__ import annotations

import argparse
import json
import subprocess
import venv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from typing import Any

from bench import cloudkitty_hashmap
from bench.timing import best_of
from dcops.billing.rating import KwhPrice, Point, kwh_prices, rated
from dcops.billing.spans import Account
from dcops.catalogue.grid_file import parse
from dcops.catalogue.grids import SHIPPED, shipped_text
from dcops.catalogue.line import Grid
from metering.cells import micros
from metering.period import midnight

FIRST, END = date(2024, 1, 1), date(2025, 1, 1)
HOUR = 3_600_000_000
HOURS = 8784
ROUNDS = 5
PACKAGE = "cloudkitty==25.*"
Rateable = list[tuple[list[Point], list[KwhPrice]]]


def main() -> None:
    options = _options()
    customers = _customers(options.customers)
    count = options.customers * HOURS
    before = _ours(customers)
    peer = _cloudkitty(options.cache, options.customers)
    ours = min(before, _ours(customers))
    print(f"\n{count:,} hourly measures of {options.customers} customers, each rated at the price of its day")
    print(f"{'dcops, with grid line, vote and class':<42}{ours * 1000:>10.1f} ms {count / ours:>12,.0f} a second")
    if isinstance(peer, str):
        print(f"CloudKitty: skipped, {peer}")
        return
    took = peer["seconds"]
    name = f"CloudKitty {peer['version']}, hashmap in process"
    print(f"{name:<42}{took * 1000:>10.1f} ms {count / took:>12,.0f} a second")
    print(f"dcops rates {took / ours:.1f} × as many measures; both find {peer['euros']} €: {_same(customers, peer)}")


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=24)
    asked.add_argument(
        "--cache", type=Path, default=Path(gettempdir()) / "dcops-bench-cloudkitty",
        help="folder of the environment that CloudKitty is installed in, made when it is not there",
    )  # fmt: skip
    return asked.parse_args()


def _customers(count: int) -> Rateable:
    """The measures of each customer and the prices of its year; one in four is no member."""
    name, _, vote = SHIPPED[1]
    grid = Grid(name, FIRST, None, vote, tuple(parse(shipped_text(name), name, vote)[0]))
    member = SimpleNamespace(start=date(2015, 1, 1), end=None)
    start = micros(midnight(FIRST))
    found = []
    for number in range(count):
        account = Account(f"c{number}", "commune", (), () if number % 4 == 0 else (member,))
        points = [(start + hour * HOUR, cloudkitty_hashmap.wh_of(number, hour)) for hour in range(HOURS)]
        found.append((points, kwh_prices("dc-elec", FIRST, END, account, (grid,))))
    return found


def _ours(customers: Rateable) -> float:
    return best_of({"dcops": lambda: [list(rated(points, prices)) for points, prices in customers]}, ROUNDS)["dcops"]


def _same(customers: Rateable, peer: dict[str, Any]) -> bool:
    exact = (one.euros for points, prices in customers for one in rated(points, prices) if one.euros is not None)
    return sum(exact, Decimal(0)) == Decimal(peer["euros"])


def _cloudkitty(cache: Path, customers: int) -> dict[str, Any] | str:
    """What CloudKitty takes for the same measures; a sentence where it cannot be tried."""
    python = cache / "bin" / "python"
    try:
        if not python.exists():
            venv.create(cache, with_pip=True)
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE])
        told = _run([str(python), cloudkitty_hashmap.__file__, str(customers), str(HOURS), str(ROUNDS)])
        found: dict[str, Any] = json.loads(told)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        return f"it cannot be installed or run in {cache}: {getattr(error, 'stderr', None) or error}"
    return found


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
