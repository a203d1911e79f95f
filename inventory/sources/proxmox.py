"""What runs on one Proxmox VE cluster, read through its API with a token; never writes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from proxmoxer import ProxmoxAPI

from inventory.clock import Clock
from inventory.facts import GUESTS, Guest, Scope, ScopeStatus, Snapshot
from inventory.french import counted, some
from inventory.sources.drives import macs, number, sizes, smbios_uuid
from inventory.sources.faults import FAILURES, NODE_IS_DOWN, explain, is_unreachable, status_of

PARALLEL = 8
"""Configurations asked for at the same time: pveproxy has three workers by default, more only queue there."""
CLIENT_TAG = "client-"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class ProxmoxSource:
    """One cluster; its only scope has its name, and its guests carry that name as their cluster.

    ``verify_tls`` is True, False or the PEM file of the authority. ``token`` is the secret part only.
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

    def facts(self) -> Snapshot:
        """Every guest of the cluster. Never raises for what the cluster does: the scope says it, in French."""
        taken_at, started = self.clock.now(), time.perf_counter()
        try:
            scope = self._scope()
        except FAILURES as error:
            scope = Scope(self.name, ScopeStatus.FAILED, faults=(self._sentence(error),), subject=GUESTS)
        return Snapshot(self.name, self.kind, taken_at, time.perf_counter() - started, (scope,))

    def _scope(self) -> Scope:
        api = self._api()
        rows = _rows(api.cluster.resources.get(type="vm"), {"qemu", "lxc"})
        offline = _offline_nodes(api)
        faults = [_offline(self.name, node) for node in sorted(offline)]
        faults += self._blindness(api, rows)
        usable = [row for row in rows if str(row.get("vmid", "")).isdecimal() and row.get("node")]
        if len(usable) < len(rows):
            left = len(rows) - len(usable)
            told = counted(left, "machine ignorée", "machines ignorées")
            faults.append(f"Proxmox « {self.name} » : {told}, sans vmid ni nœud.")
        reading = _Reading(api, self._sentence, set(offline))
        guests = reading.guests(usable, self.name)
        faults += reading.faults
        status = ScopeStatus.PARTIAL if faults else ScopeStatus.COMPLETE
        return Scope(self.name, status, tuple(guests), tuple(faults), GUESTS)

    def _api(self) -> Any:
        verify = str(self.verify_tls) if isinstance(self.verify_tls, Path) else self.verify_tls
        return ProxmoxAPI(
            self.host,
            port=self.port,
            user=self.user,
            token_name=self.token_name,
            token_value=self.token,
            verify_ssl=verify,
            timeout=self.timeout_s,
        )

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


@dataclass
class _Reading:
    """One pass over the configurations: what failed so far is shared by the threads."""

    api: Any
    sentence: Callable[[Exception], str]
    dead_nodes: set[str]
    lost: dict[str, str] = field(default_factory=dict)  # node -> why it stopped answering
    unread: dict[int | None, list[tuple[str, str]]] = field(default_factory=dict)  # status -> (guest, why)

    def guests(self, rows: Iterable[Row], cluster: str) -> list[Guest]:
        with ThreadPoolExecutor(PARALLEL) as pool:
            found = list(pool.map(lambda row: self._guest(row, cluster), rows))
        return sorted(found, key=lambda guest: (guest.vmid or 0, guest.kind or ""))

    @property
    def faults(self) -> list[str]:
        """One sentence per lost node and per kind of refusal, however many guests it concerns."""
        nodes = [f"nœud {node} : {why}" for node, why in sorted(self.lost.items())]
        return nodes + [_refused(cases) for cases in self.unread.values()]

    def _guest(self, row: Row, cluster: str) -> Guest:
        config, problem = self._config(row)
        return guest_of(row, config, cluster, () if problem is None else (problem,))

    def _config(self, row: Row) -> tuple[Row | None, str | None]:
        """The configuration, or why not. A node found dead is not asked again for each of its guests."""
        node, kind, vmid = str(row["node"]), str(row["type"]), int(row["vmid"])
        if node in self.dead_nodes:
            return None, f"nœud {node} injoignable : tailles inconnues."
        try:
            config = getattr(self.api.nodes(node), kind)(vmid).config.get()
            if not isinstance(config, dict) or "errors" in config:
                raise ValueError("not a configuration")
        except FAILURES as error:
            return None, self._failed(error, node, f"{kind}/{vmid}")
        return config, None

    def _failed(self, error: Exception, node: str, guest: str) -> str:
        why = self.sentence(error)
        if is_unreachable(error) or status_of(error) in NODE_IS_DOWN:
            self.dead_nodes.add(node)
            self.lost[node] = why
            return f"nœud {node} injoignable : tailles inconnues."
        self.unread.setdefault(status_of(error), []).append((guest, why))
        return f"configuration non lue, tailles inconnues. {why}"


def _refused(cases: list[tuple[str, str]]) -> str:
    names = sorted(guest for guest, _ in cases)
    return f"configuration non lue de {some(names)}. {cases[0][1]}"


def guest_of(row: Row, config: Row | None, cluster: str, problems: tuple[str, ...] = ()) -> Guest:
    """A line of /cluster/resources and the guest's configuration (None: not read) as one fact."""
    kind, vmid, made_of = str(row["type"]), int(row["vmid"]), config or {}
    tags = _tags(_text(made_of.get("tags")) or _text(row.get("tags")))
    known = None if config is None else sizes(kind, config, _host_cpus(row))
    return Guest(
        name=_text(row.get("name")) or _text(made_of.get("name")) or _text(made_of.get("hostname")),
        cluster=cluster,
        vmid=vmid,
        kind=kind,
        node=str(row["node"]),
        status=_text(row.get("status")) or "unknown",
        template=str(row.get("template") or made_of.get("template") or 0) in ("1", "True"),
        vcpus=known.vcpus if known else None,
        memory_bytes=known.memory_bytes if known else None,
        disk_bytes=known.disk_bytes if known else None,
        customer=customer_hint(_text(row.get("pool")), tags),
        uuid=smbios_uuid(made_of),
        macs=macs(made_of),
        reference=f"{kind}/{vmid}",
        problems=problems + (known.problems if known else ()),
    )


def customer_hint(pool: str | None, tags: Iterable[str]) -> str | None:
    """The customer code that the operator wrote on a guest, lower case, or None.

    Convention: a pool ``client-CODE`` says it, else a tag ``client-CODE``, else the pool is named after the code.
    Pools serve other purposes too (``production``): the tag is the surer word of the last two. Whether such a
    customer exists is not known here.
    """
    words = [word.lower() for word in (pool or "", *tags)]
    named = [word.removeprefix(CLIENT_TAG) for word in words if word.startswith(CLIENT_TAG)]
    return next((code for code in named if code), None) or words[0].removeprefix(CLIENT_TAG) or None


def sees_everything(permissions: Any) -> bool:
    """Whether the answer of /access/permissions lets the token see every guest (VM.Audit, propagated)."""
    if not isinstance(permissions, dict):
        return False
    return any((permissions.get(path) or {}).get("VM.Audit") for path in ("/", "/vms"))


def _rows(answer: Any, types: set[str]) -> list[Row]:
    """The rows of those types; raises ValueError when the answer is not Proxmox's."""
    if not isinstance(answer, list):
        raise ValueError("not a list of resources")
    return [row for row in answer if isinstance(row, dict) and str(row.get("type")) in types]


def _offline_nodes(api: Any) -> set[str]:
    """The nodes that the cluster says are down; none where it does not tell: each configuration then says it."""
    try:
        nodes = _rows(api.cluster.resources.get(type="node"), {"node"})
    except FAILURES:
        return set()
    return {str(node["node"]) for node in nodes if node.get("node") and node.get("status") == "offline"}


def _tags(text: str | None) -> list[str]:
    return [tag for tag in re.split(r"[;,\s]+", text or "") if tag]


def _text(value: Any) -> str | None:
    """A word of a guest; None for what is no word, so that one odd line never hides a whole cluster."""
    return str(value) if isinstance(value, (str, int)) and value != "" else None


def _host_cpus(row: Row) -> Decimal | None:
    return number(row["maxcpu"]) if row.get("maxcpu") else None


def _offline(cluster: str, node: str) -> str:
    return (
        f"Proxmox « {cluster} » : nœud {node} hors ligne, ses machines sont inconnues ; "
        "le rallumer, ou le retirer du cluster s'il n'existe plus."
    )
