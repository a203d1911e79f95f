"""The diffsync library on guests of three truths, in its own process: prints seconds and how many differ.

Run by ``bench.compare`` with the Python of the environment that diffsync is installed in. It compares two sides at a
time: what is real with what is sold, and with what is documented.
"""

from __future__ import annotations

import gc
import json
import sys
from importlib.metadata import version
from time import perf_counter
from typing import Any

MANY_CLUSTERS = 3


def guests(size: int, changed: bool) -> list[dict[str, Any]]:
    """The same guests as ``bench.compare`` makes: one in twenty runs with twice its vCPU."""
    return [
        {
            "cluster": f"pve-{n % MANY_CLUSTERS}",
            "vmid": n,
            "name": f"vm-{n}",
            "vcpus": 4 if changed and n % 20 == 0 else 2,
            "memory": 4 * 1024**3,
            "disk": 50 * 1024**3,
            "customer": f"c{n % 300}",
        }
        for n in range(size)
    ]


def main(size: int, rounds: int) -> None:
    import structlog
    from diffsync import Adapter, DiffSyncModel

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # its log is not what is compared

    class Guest(DiffSyncModel):
        _modelname = "guest"
        _identifiers = ("cluster", "vmid")
        _attributes = ("name", "vcpus", "memory", "disk", "customer")
        cluster: str
        vmid: int
        name: str
        vcpus: int
        memory: int
        disk: int
        customer: str

    class Side(Adapter):
        guest = Guest
        top_level = ["guest"]  # noqa: RUF012 - how the library wants it

    def side(changed: bool) -> Any:
        adapter = Side()
        for values in told[changed]:
            adapter.add(Guest(**values))
        return adapter

    told = {changed: guests(size, changed) for changed in (False, True)}
    loads, diffs, differ = [], [], 0
    for _ in range(rounds):
        gc.enable()
        gc.collect()
        gc.disable()  # as on our side
        start = perf_counter()
        real, sold, documented = side(True), side(False), side(False)
        loaded = perf_counter()
        found = [real.diff_to(other) for other in (sold, documented)]
        diffs.append(perf_counter() - loaded)
        loads.append(loaded - start)
        differ = found[0].summary()["update"]
    json.dump({"version": version("diffsync"), "load": min(loads), "diff": min(diffs), "differ": differ}, sys.stdout)


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:3]))
