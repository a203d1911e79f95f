"""CloudKitty's hashmap on hourly kWh, in its own process: prints the seconds of its fastest round and what it rated.

Run by ``bench.rating`` with the Python of the environment that CloudKitty is installed in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter


def wh_of(customer: int, hour: int) -> int:
    """The energy of a customer in an hour: the same numbers for both sides."""
    return 200 + (customer * 7919 + hour * 104_729) % 3000


def main(customers: int, hours: int, rounds: int) -> None:
    import cloudkitty.version
    from cloudkitty.dataframe import DataFrame
    from cloudkitty.rating.hash import HashMap

    frame = DataFrame(datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    for point in _points(customers, hours):
        frame.add_point(point, "energy")
    rater = HashMap.__new__(HashMap)  # its rates are given here, not read from its database
    costs = {
        "member": {"type": "flat", "cost": Decimal("0.20")},
        "nonmember": {"type": "flat", "cost": Decimal("0.22")},
    }
    fields = {"price_class": {"mappings": {"_DEFAULT_": costs}, "thresholds": {}}}
    rater._entries, rater._res = {"energy": {"mappings": {}, "thresholds": {}, "fields": fields}}, {}
    took, euros = [], Decimal(0)
    for _ in range(rounds):
        start = perf_counter()
        found = rater.process(frame)
        took.append(perf_counter() - start)
        euros = sum((point.price for _, point in found.iterpoints()), Decimal(0))
    version = cloudkitty.version.version_info.version_string()
    json.dump({"version": version, "seconds": min(took), "euros": str(euros)}, sys.stdout)


def _points(customers: int, hours: int) -> Iterator[object]:
    from cloudkitty.dataframe import DataPoint

    for customer in range(customers):
        groups = {"customer": f"c{customer}"}
        price_class = {"price_class": "nonmember" if customer % 4 == 0 else "member"}
        for hour in range(hours):
            kwh = Decimal(wh_of(customer, hour)) / 1000
            yield DataPoint("kWh", kwh, 0, groups, price_class)


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:4]))
