"""What the demo's backup boxes held, day after day, and what its backup server keeps; pure but for its files."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from dcops.demo.pbs_world import GIB, PbsWorld, SimGroup, SimStore
from dcops.demo.real import differences, running
from dcops.demo.world import rows
from inventory.clock import civil_date
from metering.period import midnight

SERVER, MACHINES = "pbs-amiens", "machines"
_CENT = Decimal("0.01")
_EVENING = timedelta(hours=22)


def measures_csv(first: date, last: date) -> str:
    """The file of measures of the days [first, last] on which each box was held."""
    kept = {row["serial"]: row for row in rows("backups.csv")}
    lines = ["serial,on,gb"]
    for box in rows("nas.csv"):
        start = max(first, date.fromisoformat(box["from"]))
        end = min(last, date.fromisoformat(box["to"]) - timedelta(days=1)) if box["to"] else last
        for n in range((end - start).days + 1):
            on = start + timedelta(days=n)
            lines.append(f"{box['serial']},{on},{_gb(kept[box['serial']], on)}")
    return "\n".join(lines)


def _gb(row: dict[str, str], on: date) -> Decimal:
    """GB on a day: those of the 1st of January 2024, what was added since, and what waits for the weekly clean-up."""
    years = Decimal((on - date(2024, 1, 1)).days) / 365
    grown = Decimal(row["gb"]) + Decimal(row["gb_per_year"]) * years
    return max(Decimal(0), grown * (100 + on.weekday()) / 100).quantize(_CENT)


def pbs_world(token: str, now: datetime) -> PbsWorld:
    """The backup server: boxes of customers that send it what they hold, and the machines, backed up last night."""
    last_night = int((midnight(civil_date(now) - timedelta(days=1)) + _EVENING).timestamp())
    kept = {row["serial"]: row for row in rows("backups.csv")}
    boxes = [
        _store(row["serial"], _gb(kept[row["serial"]], civil_date(now)), last_night)
        for row in differences()["datastore"]
    ]
    others = [_store(row["name"], Decimal(row["gb"]), last_night) for row in differences()["unbilled_datastore"]]
    groups = tuple(_machines(last_night))
    machines = SimStore(MACHINES, 2200 * GIB, groups, 8192 * GIB)
    return PbsWorld(SERVER, (*boxes, *others, machines), token=token)


def _store(name: str, gb: Decimal, last_night: int) -> SimStore:
    """The datastore of a box: the computers of a town hall, each backed up as a host."""
    return SimStore(name, round(gb * GIB), (SimGroup("mairie", last_night, "host", 30),), 512 * GIB)


def _machines(last_night: int) -> list[SimGroup]:
    """The backups of the machines that were sold with some, in a namespace per cluster."""
    days = {row["name"]: row["backup_days"] for row in rows("machines.csv")}
    forgotten = {row["name"] for row in differences()["not_backed_up"]}
    kept = [vm for vm in running() if days.get(vm.name) and vm.name not in forgotten]
    return [SimGroup(str(vm.vmid), last_night, count=int(days[vm.name]), namespace=vm.cluster) for vm in kept]
