"""What one Proxmox Backup Server keeps: its datastores and their groups of backups, read with a token; never writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from proxmoxer import ProxmoxAPI, ResourceException

from inventory.facts import BACKUPS, BackupGroup, Fact, Scope, ScopeStatus
from inventory.french import counted, some
from inventory.mapping import CONVENTION, CustomerRules
from inventory.sources.faults import FAILURES, is_unreachable, status_of
from inventory.sources.pbs_rows import (
    ROOT,
    Row,
    groups_of,
    namespaces_of,
    on_shared_storage,
    store_of,
    stores_of,
    used_bytes,
)
from inventory.sources.proxmox_server import ProxmoxServer

PARALLEL = 4
"""Datastores asked at the same time: listing groups walks through the disks of the server."""
LONGEST_WORDS = 160
AUDIT = "lui donner le rôle DatastoreAudit sur « /datastore » (avec propagation)"
_REPAIR = "vérifier dans son interface qu'il est monté et hors maintenance"
_GC = "lancer leur nettoyage (Garbage Collection), qui les mesure"


@dataclass(frozen=True)
class PbsSource(ProxmoxServer):
    """One server, with its datastores. ``clusters``: the names of the Proxmox VE clusters that back up there.

    ``rules`` say whose a datastore is.
    """

    product: ClassVar[str] = "Proxmox Backup Server"
    subject: ClassVar[str] = BACKUPS
    clusters: tuple[str, ...] = ()
    rules: CustomerRules = CONVENTION

    def scope(self) -> Scope:
        api = self._api()
        rows, nameless = stores_of(api.status("datastore-usage").get())
        reading = _Reading(self, api, on_shared_storage(rows))
        blind = self.blindness(api, bool(rows), ("/datastore", "Datastore.Audit"), "dépôts", AUDIT)
        faults = [*blind, *self._silent(rows, reading.shared)]
        if nameless:
            faults.append(f"{self.named} : {counted(nameless, 'dépôt ignoré', 'dépôts ignorés')}, sans nom.")
        with ThreadPoolExecutor(PARALLEL) as pool:
            read = list(pool.map(reading.facts, rows))
        faults += reading.faults
        status = ScopeStatus.PARTIAL if faults else ScopeStatus.COMPLETE
        return Scope(self.name, status, tuple(fact for facts in read for fact in facts), tuple(faults), BACKUPS)

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
            service="PBS",
        )

    def _silent(self, rows: list[Row], shared: set[str]) -> list[str]:
        """The datastores that do not say what they hold."""
        unsaid = [row for row in rows if used_bytes(row, row["store"] in shared) is None]
        together = [str(row["store"]) for row in unsaid if not row.get("error") and row["store"] in shared]
        faults = [
            f"{self.named} : dépôt {row['store']} illisible{_words(row.get('error'))} ; {_REPAIR}."
            for row in unsaid
            if row["store"] not in together
        ]
        if together:
            faults.append(f"{self.named} : {some(together)} : dépôts d'un même disque, tailles inconnues ; {_GC}.")
        return faults

    def unread(self, store: str, error: Exception) -> str:
        """Why the groups of a datastore were not read."""
        if status_of(error) == 403:
            return f"{self.named} : dépôt {store} : accès interdit au jeton ; {AUDIT}."
        return f"dépôt {store} : sauvegardes non lues. {self.sentence(error)}"


@dataclass
class _Reading:
    """One pass over the datastores: once the server stops answering, it is not asked again for each of them."""

    source: PbsSource
    api: Any
    shared: set[str]
    lost: bool = False
    refused: dict[str, str] = field(default_factory=dict)  # datastore -> why its groups were not read

    @property
    def faults(self) -> list[str]:
        return [why for _, why in sorted(self.refused.items())]

    def facts(self, row: Row) -> list[Fact]:
        """A datastore and its groups; groups that were not read all are not told at all."""
        name = str(row["store"])
        groups = None if row.get("error") or self.lost else self._groups(name)
        store = store_of(row, self.source.name, self.source.rules, name in self.shared, groups)
        return [store, *(groups or ())]

    def _groups(self, store: str) -> list[BackupGroup] | None:
        datastore = self.api.admin.datastore(store)
        try:
            found: list[BackupGroup] = []
            for namespace in _namespaces(datastore):
                asked = {} if namespace == ROOT else {"ns": namespace}
                answer = datastore.groups.get(**asked)
                found += groups_of(answer, self.source.name, store, namespace, self.source.clusters)
        except FAILURES as error:
            self.lost = self.lost or is_unreachable(error)
            self.refused[store] = self.source.unread(store, error)
            return None
        return sorted(found, key=lambda group: (group.namespace, group.kind, group.backup_id))


def _namespaces(datastore: Any) -> list[str]:
    """Those of a datastore; the root alone on a server that is too old to have others (before 2.2)."""
    try:
        return namespaces_of(datastore.namespace.get())
    except ResourceException as error:
        if status_of(error) == 404:
            return [ROOT]
        raise


def _words(error: Any) -> str:
    """The server's own words, on one line, not too many."""
    return f" ({' '.join(str(error).split())[:LONGEST_WORDS]})" if error else ""
