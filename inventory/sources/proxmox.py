"""What runs on one Proxmox VE cluster, read through its API with a token; never writes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

from inventory.facts import GUESTS, Scope, ScopeStatus
from inventory.french import counted
from inventory.mapping import CONVENTION, CustomerRules
from inventory.sources.faults import FAILURES
from inventory.sources.proxmox_configs import Reading
from inventory.sources.proxmox_rows import Row, node_cpus, offline_nodes, rows_of
from inventory.sources.proxmox_server import ProxmoxServer
from inventory.sources.proxmox_session import connect

AUDIT = "lui donner le rôle PVEAuditor sur « / » (avec propagation)"


@dataclass(frozen=True)
class ProxmoxSource(ProxmoxServer):
    """One cluster, asked through one of its nodes; its guests carry its name as their cluster.

    ``rules`` say whose a guest is, by its pool, its tags and its name. What is not read ``limit_s`` seconds after the
    start is not asked for any more, and said.
    """

    product: ClassVar[str] = "Proxmox"
    subject: ClassVar[str] = GUESTS
    rules: CustomerRules = CONVENTION
    limit_s: float = inf

    def scope(self) -> Scope:
        until, api = time.monotonic() + self.limit_s, self._api()
        rows = _machines(api)
        nodes = _nodes(api)
        offline = offline_nodes(nodes)
        faults = [_offline(self.named, node) for node in sorted(offline)]
        faults += self.blindness(api, bool(rows), ("/vms", "VM.Audit"), "machines", AUDIT)
        usable = _usable(rows)
        if len(usable) < len(rows):
            left = len(rows) - len(usable)
            told = counted(left, "machine ignorée", "machines ignorées")
            faults.append(f"{self.named} : {told}, sans vmid ni nœud.")
        reading = Reading(api, self.sentence, self.rules, node_cpus(nodes), offline, until)
        guests = reading.guests(usable, self.name, lambda: _usable(_machines(api)))
        faults += reading.faults
        status = ScopeStatus.PARTIAL if faults else ScopeStatus.COMPLETE
        return Scope(self.name, status, tuple(guests), tuple(faults), GUESTS)

    def _api(self) -> Any:
        where = self.host, self.port, self.user, self.token_name, self.token
        return connect(*where, self.verify_tls, self.timeout_s)


def _machines(api: Any) -> list[Row]:
    return rows_of(api.cluster.resources.get(type="vm"), {"qemu", "lxc"})


def _usable(rows: list[Row]) -> list[Row]:
    """Those that say which machine they are, and where."""
    return [row for row in rows if str(row.get("vmid", "")).isdecimal() and row.get("node")]


def _nodes(api: Any) -> list[Row]:
    """The nodes of the cluster; none where it does not tell: each configuration then says what is down."""
    try:
        return rows_of(api.cluster.resources.get(type="node"), {"node"})
    except FAILURES:
        return []


def _offline(named: str, node: str) -> str:
    return (
        f"{named} : nœud {node} hors ligne, ses machines sont inconnues ; "
        "le rallumer, ou le retirer du cluster s'il n'existe plus."
    )
