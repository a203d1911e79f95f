"""Which lines of the grid an order is charged as: the mapping is data (``orders.toml``); pure but for its reading."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

OrderLine = tuple[str, Decimal]
"""(code of the grid, quantity)."""

RESOURCES = ("vcpu", "ram_gb", "disk_gb")


@cache
def _mapping() -> dict[str, Any]:
    return tomllib.loads((files("dcops") / "contracts" / "orders.toml").read_text(encoding="utf-8"))


def lines_of_machine(vcpu: Decimal | int, ram_gb: Decimal | int, disk_gb: Decimal | int) -> list[OrderLine]:
    """The base machine and the options above it: 2 vCPU, 4 GB, 50 GB → vm1 × 1, vm-cpu × 1, vm-ram × 2, vm-go × 30."""
    base = _mapping()["machine"]["base"]
    wanted = dict(zip(RESOURCES, (vcpu, ram_gb, disk_gb), strict=True))
    above = {name: max(Decimal(0), Decimal(size) - base[name]) for name, size in wanted.items()}
    return [(base["code"], Decimal(1)), *options(above)]


def lines_of_machines(guests: int, vcpus: Decimal, ram_gb: Decimal, disk_gb: Decimal) -> list[OrderLine]:
    """Several machines by their totals: as many bases, and the options above what the bases hold together."""
    base = _mapping()["machine"]["base"]
    totals = dict(zip(RESOURCES, (vcpus, ram_gb, disk_gb), strict=True))
    above = {name: max(Decimal(0), Decimal(total) - guests * base[name]) for name, total in totals.items()}
    return [(base["code"], Decimal(guests)), *options(above)]


def lines_of_more(above: Decimal, sizes: dict[str, Decimal]) -> list[OrderLine]:
    """What more of one resource brings to a machine that holds ``above`` of it: its base is paid for already."""
    base = _mapping()["machine"]["base"]
    free = {name: max(Decimal(0), base[name] - above) for name in RESOURCES}
    return options({name: size - free[name] for name, size in sizes.items()})


def options(above: dict[str, Decimal]) -> list[OrderLine]:
    """The option lines of resources (``vcpu``, ``ram_gb``, ``disk_gb``) that exceed the base; none for zero."""
    codes = _mapping()["machine"]["options"]
    return [(codes[name], quantity) for name, quantity in above.items() if quantity > 0]


def lines_of_share(kind: str, units: int, *, caged: bool = False) -> list[OrderLine]:
    """Access fee, yearly price and electricity of a share: full, half, quarter, or ``units`` single U.

    The quantity of the electricity line is 1: its energy is measured. It is all that a rack of a cage brings.
    """
    if caged:
        return [(_mapping()["cage"]["consumption"], Decimal(1))]
    lines = _mapping()["share"][kind]
    quantity = Decimal(units if lines.get("per_unit") else 1)
    return [(lines["fee"], quantity), (lines["annual"], quantity), (lines["consumption"], Decimal(1))]


def line_of_whole(kind: str | None) -> str | None:
    """The code of the yearly price of a share that has one price whatever its units; None of single units."""
    lines = _mapping()["share"].get(kind or "", {"per_unit": True})
    return None if lines.get("per_unit") else str(lines["annual"])


def line_of_cage() -> str:
    """The code of the agreed price of a private cage, sold as a subscription."""
    return str(_mapping()["cage"]["annual"])


def line_of_unit() -> str:
    """The code of the yearly price of one U."""
    return str(_mapping()["share"]["unit"]["annual"])


def lines_of_nas(plan_gb: int) -> list[OrderLine]:
    """Access fee, box and plans of a backup box."""
    return fees_of_nas() + lines_of_plans(plan_gb)


def fees_of_nas() -> list[OrderLine]:
    """What a backup box costs once: its access fee and the box."""
    return [(str(code), Decimal(1)) for code in _mapping()["nas"]["fees"]]


def lines_of_plans(plan_gb: int) -> list[OrderLine]:
    """The yearly plans of a backup box of that many GB: a plan begun is a plan."""
    plan = _mapping()["nas"]["plan"]
    plans = -(-plan_gb // plan["gb"])
    return [(str(plan["code"]), Decimal(plans))] if plans else []


def paid_gb(plan_gb: int) -> int:
    """GB that the plans of a backup box pay for: those of every plan begun."""
    size: int = _mapping()["nas"]["plan"]["gb"]
    return -(-plan_gb // size) * size


def line_above_plan() -> str:
    """The code of a GB that a backup box holds above its plans."""
    return str(_mapping()["nas"]["above"])


def lines_of_antivirus(kind: str, quantity: int) -> list[OrderLine]:
    """Yearly licences of workstations or servers."""
    return [(str(_mapping()["antivirus"][kind]), Decimal(quantity))]


def codes() -> set[str]:
    """Every code of the grid that an order may be charged as."""
    lines = [*lines_of_machine(10**6, 10**6, 10**6), *lines_of_nas(1)]
    for kind in _mapping()["share"]:
        lines += lines_of_share(kind, 1)
    for kind in _mapping()["antivirus"]:
        lines += lines_of_antivirus(kind, 1)
    return {code for code, _ in lines} | {line_above_plan()}
