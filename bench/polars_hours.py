"""Registers to hourly sums in polars, in its own process: prints the seconds of its fastest round and the Wh it found.

Run by ``bench.backfill`` with the Python of the environment that polars is installed in. What it does is the least that
such a tool does: differences, a register that restarts counts from 0, sums by meter and hour; nothing is validated.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import Any

import numpy as np

START = 1_704_067_200


def registers(meters: int, readings: int) -> list[tuple[Any, Any]]:
    """Seconds and Wh of each meter: every five minutes, give or take; one register in ten restarts half-way."""
    draw = np.random.default_rng(7)
    found = []
    for meter in range(meters):
        at = START + 300 * np.arange(readings) + draw.integers(0, 30, readings)
        wh = 1_000_000 + np.cumsum(draw.integers(0, 400, readings))
        if meter % 10 == 0:
            wh[readings // 2 :] -= wh[readings // 2]
        found.append((at, wh))
    return found


def main(meters: int, readings: int, rounds: int) -> None:
    import polars as pl

    told = registers(meters, readings)
    columns = {
        "meter": np.repeat(np.arange(meters), readings),
        "at": np.concatenate([at for at, _ in told]),
        "wh": np.concatenate([wh for _, wh in told]),
    }
    frame = pl.DataFrame(columns).lazy()
    wh, same = pl.col("wh"), pl.col("meter") == pl.col("meter").shift()
    rise = pl.when(wh < wh.shift()).then(wh).otherwise(wh - wh.shift())
    hourly = (
        frame.with_columns(rise=pl.when(same).then(rise).otherwise(0), hour=pl.col("at") // 3600)
        .group_by("meter", "hour")
        .agg(pl.col("rise").sum())
    )
    took, total = [], 0
    for _ in range(rounds + 1):
        start = perf_counter()
        found = hourly.collect()
        took.append(perf_counter() - start)
        total = int(found["rise"].sum())
    json.dump({"version": pl.__version__, "seconds": min(took[1:]), "wh": total}, sys.stdout)


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:4]))
