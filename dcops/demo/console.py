"""What the console of the demo's antivirus exports: as sold, but for the differences; pure but for its files."""

from __future__ import annotations

from collections.abc import Iterator

from dcops.demo.real import differences
from dcops.demo.world import rows

ENCODING = "cp1252"
COLUMNS = {"customer_column": "Groupe", "host_column": "Poste", "kind_column": "Type"}
"""The columns of its file, as the settings name them."""
_KINDS = {"workstation": ("PC", "Poste de travail", "Windows 11 Pro"), "server": ("SRV", "Serveur", "Debian 12")}


def console_csv() -> str:
    """The export: one line a host, under the name that the console gives to its customer."""
    lines = [";".join([*COLUMNS.values(), "Système", "Protection"])]
    for group, kind, quantity in _counted():
        prefix, word, system = _KINDS[kind]
        short = group.upper().replace(" ", "-").replace("'", "-")[:12]
        lines += [f"{group};{prefix}-{short}-{n:03d};{word};{system};À jour" for n in range(1, quantity + 1)]
    return "\r\n".join(lines) + "\r\n"


def _counted() -> Iterator[tuple[str, str, int]]:
    """(group, kind, hosts): as many as sold, but for the differences."""
    names = {row["code"]: row["name"] for row in rows("communes.csv")}
    told = {(row["customer"], row["kind"]): row["quantity"] for row in differences()["protected"]}
    sold = {(row["customer"], row["kind"]): int(row["quantity"]) for row in rows("antivirus.csv") if not row["to"]}
    for (customer, kind), quantity in (sold | told).items():
        yield names[customer], kind, quantity
    for row in differences()["protected_group"]:
        yield row["group"], row["kind"], row["quantity"]
