"""The configurations of a cluster's guests, asked for in parallel; a node that does not answer is soon left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, zip_longest
from math import inf
from time import monotonic
from typing import Any

from inventory.facts import Guest
from inventory.french import some
from inventory.mapping import CustomerRules
from inventory.sources.faults import FAILURES, NODE_IS_DOWN, is_unreachable, status_of
from inventory.sources.parallel import in_parallel
from inventory.sources.proxmox_rows import Row, guest_of
from inventory.sources.proxmox_session import PARALLEL, read


@dataclass
class Reading:
    """One pass over the configurations: what failed so far is shared by the threads."""

    api: Any
    sentence: Callable[[Exception], str]
    rules: CustomerRules
    cpus: Mapping[str, Decimal]
    dead_nodes: set[str]
    until: float = inf  # of time.monotonic(): what was not asked for by then is not
    late: list[str] = field(default_factory=list)  # guests not asked for in time
    lost: dict[str, str] = field(default_factory=dict)  # node -> why it stopped answering
    unread: dict[int | None, list[tuple[str, str]]] = field(default_factory=dict)  # status -> (guest, why)
    astray: set[str] | None = field(default_factory=set)  # guests that were not where the list said; None: not sought

    def guests(self, rows: Iterable[Row], cluster: str, listed: Callable[[], list[Row]]) -> list[Guest]:
        """Every guest of the rows; those that moved or were deleted meanwhile as a new list tells them."""
        found = self._read(rows, cluster)
        astray, self.astray = self.astray or set(), None
        if astray:
            found = [guest for guest in found if guest.reference not in astray]
            found += self._read([row for row in listed() if f"{row['type']}/{row['vmid']}" in astray], cluster)
        return sorted(found, key=lambda guest: (guest.vmid or 0, guest.kind or ""))

    def _read(self, rows: Iterable[Row], cluster: str) -> list[Guest]:
        return in_parallel(lambda row: self._guest(row, cluster), _node_after_node(rows), PARALLEL)

    @property
    def faults(self) -> list[str]:
        """One sentence per lost node and per kind of refusal, however many guests it concerns."""
        nodes = [f"nœud {node} : {why}" for node, why in sorted(self.lost.items())]
        return (
            nodes + [_refused(cases) for cases in self.unread.values()] + ([_too_late(self.late)] if self.late else [])
        )

    def _guest(self, row: Row, cluster: str) -> Guest:
        config, problem = self._config(row)
        problems = () if problem is None else (problem,)
        return guest_of(row, config, cluster, self.rules, problems, self.cpus.get(str(row["node"])))

    def _config(self, row: Row) -> tuple[Row | None, str | None]:
        """The configuration, or why not. A node found dead is not asked again for each of its guests."""
        node, kind, vmid = str(row["node"]), str(row["type"]), int(row["vmid"])
        if node in self.dead_nodes:
            return None, f"nœud {node} injoignable : tailles inconnues."
        if monotonic() > self.until:
            self.late.append(f"{kind}/{vmid}")
            return None, "configuration non lue, faute de temps : tailles inconnues."
        try:
            config = read(self.api, f"nodes/{node}/{kind}/{vmid}/config")
            if not isinstance(config, dict) or "errors" in config:
                raise ValueError("not a configuration")
        except FAILURES as error:
            return None, self._failed(error, node, f"{kind}/{vmid}")
        return config, None

    def _failed(self, error: Exception, node: str, guest: str) -> str:
        why = self.sentence(error)
        if self.astray is not None and status_of(error) == 500 and "does not exist" in str(error):
            self.astray.add(guest)
            return why
        if is_unreachable(error) or status_of(error) in NODE_IS_DOWN:
            self.dead_nodes.add(node)
            self.lost[node] = why
            return f"nœud {node} injoignable : tailles inconnues."
        self.unread.setdefault(status_of(error), []).append((guest, why))
        return f"configuration non lue, tailles inconnues. {why}"


def _node_after_node(rows: Iterable[Row]) -> Iterator[Row]:
    """One guest of each node in turn: several nodes that hang are found out at the same time, not after each other."""
    by_node: dict[str, list[Row]] = {}
    for row in rows:
        by_node.setdefault(str(row["node"]), []).append(row)
    return (row for row in chain.from_iterable(zip_longest(*by_node.values())) if row is not None)


def _too_late(guests: list[str]) -> str:
    remedy = "voir pourquoi le cluster est lent, ou augmenter reconcile.source_timeout_s"
    return f"configuration non lue de {some(sorted(guests))}, faute de temps ; {remedy}."


def _refused(cases: list[tuple[str, str]]) -> str:
    names = sorted(guest for guest, _ in cases)
    return f"configuration non lue de {some(names)}. {cases[0][1]}"
