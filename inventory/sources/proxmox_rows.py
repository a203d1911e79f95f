"""How Proxmox's rows read as facts: a line of the cluster's list and a configuration as one guest; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from inventory.facts import Guest
from inventory.mapping import NAME, POOL, TAG, CustomerRules
from inventory.sources.drives import macs, number, sizes, smbios_uuid

Row = Mapping[str, Any]


def rows_of(answer: Any, types: set[str]) -> list[Row]:
    """The rows of those types; raises ValueError when the answer is not Proxmox's."""
    if not isinstance(answer, list):
        raise ValueError("not a list of resources")
    return [row for row in answer if isinstance(row, dict) and str(row.get("type")) in types]


def guest_of(
    row: Row,
    config: Row | None,
    cluster: str,
    rules: CustomerRules,
    problems: tuple[str, ...] = (),
    node_cpus: Decimal | None = None,
) -> Guest:
    """A line of /cluster/resources and the guest's configuration (None: not read) as one fact.

    ``node_cpus`` are those of the node that it is on, which no guest can exceed.
    """
    kind, vmid, made_of = str(row["type"]), int(row["vmid"]), config or {}
    pool, tags = _text(row.get("pool")), _tags(_text(made_of.get("tags")) or _text(row.get("tags")))
    name = _text(row.get("name")) or _text(made_of.get("name")) or _text(made_of.get("hostname"))
    known = None if config is None else sizes(kind, config, node_cpus or _told_cpus(row))
    decided = rules.customer_of({POOL: [pool] if pool else [], TAG: tags, NAME: [name] if name else []})
    return Guest(
        name=name,
        cluster=cluster,
        vmid=vmid,
        kind=kind,
        node=str(row["node"]),
        status=_text(row.get("status")) or "unknown",
        template=str(row.get("template") or made_of.get("template") or 0) in ("1", "True"),
        vcpus=known.vcpus if known else None,
        memory_bytes=known.memory_bytes if known else None,
        disk_bytes=known.disk_bytes if known else None,
        customer=decided.customer if decided else None,
        uuid=smbios_uuid(made_of),
        macs=macs(made_of),
        reference=f"{kind}/{vmid}",
        problems=problems + (known.problems if known else ()),
        pool=pool,
        tags=tags,
        disks=known.disks if known else (),
    )


def node_cpus(nodes: Iterable[Row]) -> dict[str, Decimal]:
    """How many processors each node that tells it has."""
    told = ((str(node.get("node")), number(node["maxcpu"])) for node in nodes if node.get("maxcpu"))
    return {name: cpus for name, cpus in told if cpus}


def offline_nodes(nodes: Iterable[Row]) -> set[str]:
    """The nodes that the cluster says are down."""
    return {str(node["node"]) for node in nodes if node.get("node") and node.get("status") == "offline"}


@lru_cache(maxsize=4096)  # thousands of guests carry the same few tags
def _tags(text: str | None) -> tuple[str, ...]:
    """Proxmox 6 separates tags by commas and spaces, later ones by semicolons."""
    return tuple(tag for tag in re.split(r"[;,\s]+", text or "") if tag)


def _text(value: Any) -> str | None:
    """A word of a guest; None for what is no word, so that one odd line never hides a whole cluster."""
    return str(value) if isinstance(value, (str, int)) and value != "" else None


def _told_cpus(row: Row) -> Decimal | None:
    """What the list tells of a container without a limit is what its node has; of a machine, what it has itself."""
    return number(row["maxcpu"]) if row.get("maxcpu") and row["type"] == "lxc" else None
