"""How Proxmox Backup Server writes its datastores, their namespaces and their groups of backups; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from inventory.facts import BackupGroup, BackupStore
from inventory.mapping import BACKUP_STORE, CustomerRules

Row = Mapping[str, Any]
ROOT = ""
"""The namespace that every datastore has."""
KINDS = ("vm", "ct", "host")


def stores_of(answer: Any) -> tuple[list[Row], int]:
    """The rows of /status/datastore-usage by name, and how many had none. Raises ValueError for no such list."""
    if not isinstance(answer, list):
        raise ValueError("not a list of datastores")
    rows: list[Row] = [row for row in answer if isinstance(row, dict) and isinstance(row.get("store"), str)]
    return sorted(rows, key=lambda row: str(row["store"])), len(answer) - len(rows)


def namespaces_of(answer: Any) -> list[str]:
    """The namespaces of a datastore, the root first. Raises as ``groups_of`` does."""
    if not isinstance(answer, list):
        raise ValueError("not a list of namespaces")
    return [ROOT, *sorted({str(row["ns"]) for row in answer} - {ROOT})]


def groups_of(answer: Any, server: str, store: str, namespace: str, clusters: Iterable[str]) -> list[BackupGroup]:
    """The groups of a namespace. Raises ValueError for what is no list of groups: half a list is not told as whole."""
    if not isinstance(answer, list):
        raise ValueError("not a list of groups")
    cluster = cluster_of(store, namespace, clusters)
    return [_group(row, server, store, namespace, cluster) for row in answer]


def _group(row: Row, server: str, store: str, namespace: str, cluster: str | None) -> BackupGroup:
    kind, backup_id = row["backup-type"], row["backup-id"]
    if kind not in KINDS or not isinstance(backup_id, (str, int)):
        raise ValueError("not a group of backups")
    count = _whole(row.get("backup-count")) or 0
    return BackupGroup(server, store, namespace, kind, str(backup_id), count, instant(row.get("last-backup")), cluster)


def cluster_of(store: str, namespace: str, clusters: Iterable[str]) -> str | None:
    """The cluster that backs up there: the one a part of the namespace, or else the datastore, is named after."""
    known = {cluster.casefold(): cluster for cluster in clusters}
    words = [*namespace.split("/"), store]
    return next((known[word.casefold()] for word in words if word.casefold() in known), None)


def store_of(
    row: Row, server: str, rules: CustomerRules, shared: bool, groups: Sequence[BackupGroup] | None
) -> BackupStore:
    """A row of /status/datastore-usage and what was read of its groups (None: not read) as one fact."""
    name = row["store"]
    backups = [group.last_backup for group in groups or () if group.last_backup is not None]
    return BackupStore(
        server=server,
        name=name,
        used_bytes=used_bytes(row, shared),
        total_bytes=None if row.get("error") else _whole(row.get("total")),
        groups=None if groups is None else len(groups),
        last_backup=max(backups, default=None),
        holder=rules.code(BACKUP_STORE, name),
    )


def used_bytes(row: Row, shared: bool) -> int | None:
    """Bytes that a datastore takes: those used of its storage; where that is ``shared``, those of its last clean-up.

    None where the server does not say.
    """
    if row.get("error"):
        return None
    if not shared:
        return _whole(row.get("used"))
    status = row.get("gc-status")
    return _whole(status.get("disk-bytes")) if isinstance(status, dict) else None


def on_shared_storage(rows: Iterable[Row]) -> set[str]:
    """The datastores of which the storage is that of others too: they tell the same figures, to the byte."""
    figures = {row["store"]: (row.get("total"), row.get("used"), row.get("avail")) for row in rows}
    told = Counter(figure for figure in figures.values() if figure[0] and figure[1])
    return {store for store, figure in figures.items() if told[figure] > 1}


def instant(epoch: Any) -> datetime | None:
    """Seconds since 1970 as an instant; None for what is none."""
    try:
        return datetime.fromtimestamp(epoch, UTC) if _whole(epoch) else None
    except (OverflowError, OSError, ValueError):
        return None


def _whole(value: Any) -> int | None:
    """A count or bytes; None for what is none: -1 on an error, a missing key, a word."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
