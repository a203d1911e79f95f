"""What runs on one Proxmox VE cluster, read through its API with a token; never writes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, ClassVar

from inventory.clock import Clock
from inventory.facts import GUESTS, Scope, ScopeStatus, Snapshot
from inventory.french import counted
from inventory.mapping import CONVENTION, CustomerRules
from inventory.sources.faults import FAILURES, explain
from inventory.sources.proxmox_configs import Reading
from inventory.sources.proxmox_rows import Row, node_cpus, offline_nodes, rows_of, sees_everything
from inventory.sources.proxmox_session import connect


@dataclass(frozen=True)
class ProxmoxSource:
    """One cluster; its only scope has its name, and its guests carry that name as their cluster.

    ``verify_tls`` is True, False or the PEM file of the authority. ``token`` is the secret part only. ``rules`` say
    whose a guest is, by its pool, its tags and its name. What is not read ``limit_s`` seconds after the start is not
    asked for any more, and said.
    """

    kind: ClassVar[str] = "real"
    name: str
    host: str
    port: int
    user: str
    token_name: str
    token: str = field(repr=False)
    verify_tls: bool | Path
    timeout_s: float
    clock: Clock
    rules: CustomerRules = CONVENTION
    limit_s: float = inf

    def facts(self) -> Snapshot:
        """Every guest of the cluster. Never raises for what the cluster does: the scope says it, in French."""
        taken_at, started = self.clock.now(), time.perf_counter()
        try:
            scope = self._scope()
        except FAILURES as error:
            scope = Scope(self.name, ScopeStatus.FAILED, faults=(self._sentence(error),), subject=GUESTS)
        return Snapshot(self.name, self.kind, taken_at, time.perf_counter() - started, (scope,))

    def _scope(self) -> Scope:
        until, api = time.monotonic() + self.limit_s, self._api()
        rows = _machines(api)
        nodes = _nodes(api)
        offline = offline_nodes(nodes)
        faults = [_offline(self.name, node) for node in sorted(offline)]
        faults += self._blindness(api, rows)
        usable = _usable(rows)
        if len(usable) < len(rows):
            left = len(rows) - len(usable)
            told = counted(left, "machine ignorée", "machines ignorées")
            faults.append(f"Proxmox « {self.name} » : {told}, sans vmid ni nœud.")
        reading = Reading(api, self._sentence, self.rules, node_cpus(nodes), offline, until)
        guests = reading.guests(usable, self.name, lambda: _usable(_machines(api)))
        faults += reading.faults
        status = ScopeStatus.PARTIAL if faults else ScopeStatus.COMPLETE
        return Scope(self.name, status, tuple(guests), tuple(faults), GUESTS)

    def _api(self) -> Any:
        where = self.host, self.port, self.user, self.token_name, self.token
        return connect(*where, self.verify_tls, self.timeout_s)

    def _sentence(self, error: Exception) -> str:
        return explain(f"Proxmox « {self.name} » ({self.host}:{self.port})", error, self.timeout_s, self.token)

    def _blindness(self, api: Any, rows: list[Row]) -> list[str]:
        """Lists silently leave out what the token may not see: say so when it may not see every machine."""
        try:
            permissions = api.access.permissions.get()
        except FAILURES:
            permissions = None
        if sees_everything(permissions) or (permissions is None and rows):
            return []
        who = f"jeton {self.user}!{self.token_name}"
        remedy = "lui donner le rôle PVEAuditor sur « / » (avec propagation)"
        if rows:
            return [f"Proxmox « {self.name} » : le {who} ne voit qu'une partie des machines ; {remedy}."]
        return [f"Proxmox « {self.name} » : liste vide : vérifier les droits du jeton ({who}) ; {remedy}."]


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


def _offline(cluster: str, node: str) -> str:
    return (
        f"Proxmox « {cluster} » : nœud {node} hors ligne, ses machines sont inconnues ; "
        "le rallumer, ou le retirer du cluster s'il n'existe plus."
    )
