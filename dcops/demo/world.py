"""What the demo world is made of: its files, and its PDUs drawn from the space that is sold; no database, no clock."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Literal
from zlib import crc32

from dcops.demo.load import EPOCH, Pdu, RegisterChange
from inventory.clock import PARIS
from inventory.racks import interval
from metering.period import midnight

METER_COLUMNS = ("name", "rack", "feed", "driver", "address", "profile", "point", "scope", "share", "max_w", "from")
MAX_W = 7360  # 32 A at 230 V
HEIGHT = 42
IDLE_W, WATTS_PER_HALF_UNIT = 70, 19
OWN_RACKS = {"B01": 1750, "B02": 1420}
"""Racks the operator keeps for its own clusters: nobody bought them, they draw all the same."""
PROFILES = {"apc": "apc-rpdu2", "raritan": "raritan-px2"}

RESET = ("pdu-a03-a", RegisterChange(datetime(2024, 5, 14, 9, 30, tzinfo=UTC), 0, "reset"))
EXCHANGE = ("pdu-b03-a", RegisterChange(datetime(2024, 10, 3, 12, 20, tzinfo=UTC), 15, "exchange"))
GAP = ("pdu-b04-b", datetime(2024, 8, 9, 22, tzinfo=UTC), datetime(2024, 8, 12, 20, tzinfo=UTC))
"""A PDU's network card that stopped answering: (PDU, first missed hour, first hour read again)."""
UNMETERED = "pdu-c05-b"
"""A PDU without a network card: nothing counts that feed."""


def text(name: str) -> str:
    """The content of one of the demo's files."""
    return (files("dcops.demo") / name).read_text(encoding="utf-8")


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the demo's CSV files."""
    return list(csv.DictReader(text(name).splitlines()))


@cache
def shares() -> tuple[dict[str, str], ...]:
    """Every share that is sold: those of ``shares.csv``, and the whole racks of the cages."""
    caged = (
        dict(row, rack=rack, kind="full", position="1", units="") for row in rows("cages.csv") for rack in _of(row)
    )
    return (*rows("shares.csv"), *caged)


def _of(cage: dict[str, str]) -> list[str]:
    """The racks of a cage."""
    return cage["racks"].split(",")


@cache
def pdus() -> tuple[Pdu, ...]:
    """The PDUs that are read, two per rack, feed A then feed B: APC in room A, Raritan elsewhere."""
    every = (_pdu(row["name"], feed) for row in rows("racks.csv") for feed in row["feeds"].split(","))
    return tuple(pdu for pdu in every if pdu.name != UNMETERED)


@cache
def installed(rack: str) -> datetime:
    """Since when the PDUs of a rack are read: those of a cage come with it."""
    since = (row["from"] for row in rows("cages.csv") if rack in _of(row))
    return next((midnight(date.fromisoformat(day)) for day in since), EPOCH)


def meters_csv(ports: list[int]) -> str:
    """The meters as the product imports them, PDU by PDU, each on its port of this machine."""
    lines = [",".join(METER_COLUMNS)]
    for pdu, port in zip(pdus(), ports, strict=True):
        lines.append(
            f"{pdu.name},{pdu.rack},{pdu.feed},snmp,{address(port)},{PROFILES[pdu.family]},inlet:1,rack,,"
            f"{MAX_W},{installed(pdu.rack).astimezone(PARIS):%Y-%m-%d}"
        )
    return "\n".join(lines) + "\n"


def address(port: int) -> str:
    """Where the agent of a PDU answers."""
    return f"127.0.0.1:{port}"


def _pdu(rack: str, feed: str) -> Pdu:
    name = f"pdu-{rack}-{feed}".lower()
    draw = crc32(name.encode())
    changes = tuple(change for changed, change in (RESET, EXCHANGE) if changed == name)
    family: Literal["apc", "raritan"] = "apc" if rack.startswith("A") else "raritan"
    serial = f"5A{draw % 10**10:010}" if family == "apc" else f"QQ{draw % 10**8:08}"
    initial = 12_000_000 + draw % 40_000_000
    return Pdu(name, rack, feed, family, serial, initial - initial % 100, _steps(rack, draw), changes)


def _steps(rack: str, draw: int) -> tuple[tuple[date, int], ...]:
    """Mean watts of one feed from each day on which the space sold in its rack changes."""
    sold = [row for row in shares() if row["rack"] == rack]
    days = {EPOCH.date()} | {date.fromisoformat(row[bound]) for row in sold for bound in ("from", "to") if row[bound]}
    return tuple((day, _watts(rack, sold, day, draw)) for day in sorted(days) if day >= EPOCH.date())


def _watts(rack: str, sold: list[dict[str, str]], day: date, draw: int) -> int:
    held = sum(_half_units(row) for row in sold if row["from"] <= day.isoformat() < (row["to"] or "9999"))
    mean = OWN_RACKS.get(rack, 0) + IDLE_W + held * WATTS_PER_HALF_UNIT
    return mean * (90 + draw % 21) // 100  # feeds and racks are never equally loaded


def _half_units(row: dict[str, str]) -> int:
    first, end = space(row)
    return end - first


def space(row: dict[str, str]) -> tuple[int, int]:
    """The half units [first, end) of a row of ``shares()``."""
    return interval(row["kind"], int(row["position"]), int(row["units"] or 1), HEIGHT)
