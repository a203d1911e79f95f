"""The orders that a draft of a plan may be about, and what the guests of their places were known to be: read once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from dcops.contracts.machine_orders import LONGEST_NAME
from inventory import plan_store
from inventory.models import Finding, GuestLink, Machine
from inventory.orm import Transaction

_PLACE = re.compile(r"vm:(?P<cluster>.+)/(?P<vmid>\d+)(#\d+)?")
Place = tuple[str, int]
"""(cluster, vmid)."""


class OrderBook:
    """What ``beside`` and ``link`` answer, of the machines that some findings are about."""

    def __init__(self, tx: Transaction, findings: Iterable[Finding]) -> None:
        findings = list(findings)
        places = {place for finding in findings for place in _places(finding)}
        self._links = {(link.cluster, link.vmid): link for link in plan_store.links_among(tx, places)}
        names = {name for finding in findings for name in _names(finding)}
        names |= {link.name for link in self._links.values() if link.name}
        rows = plan_store.orders_among(tx, names, places)
        rows |= plan_store.orders_among(tx, {row.name for row in rows} - names, ())
        self._by_name: defaultdict[str, set[Machine]] = defaultdict(set)
        self._by_place: defaultdict[tuple[str | None, int | None], set[Machine]] = defaultdict(set)
        for row in rows:
            self._by_name[row.name.lower()].add(row)
            self._by_place[row.cluster, row.vmid].add(row)

    def beside(self, name: str, cluster: str | None = None, vmid: int | None = None) -> list[Machine]:
        """The orders of a name, or of the guest of a place, whatever their days, the oldest first."""
        found = set(self._by_name.get(name.lower(), ()))
        if cluster is not None and vmid is not None:
            found |= self._by_place.get((cluster, vmid), set())
        return sorted(found, key=lambda row: (row.start, row.id))

    def link(self, place: Place) -> GuestLink | None:
        """What earlier runs knew of the guest of a place."""
        return self._links.get(place)


def numbered(name: str, vmid: int) -> str:
    """The name of an order whose own one is taken."""
    return f"{name[: LONGEST_NAME - len(str(vmid)) - 1]}-{vmid}"


def place_told(finding: Finding) -> Place | None:
    """The place of the machine that a finding is about, where its name tells one."""
    place = _PLACE.fullmatch(finding.thing)
    return (place["cluster"], int(place["vmid"])) if place else None


def _told(finding: Finding) -> Iterator[Mapping[str, object]]:
    yield from (told for told in (finding.sold, finding.real) if isinstance(told, Mapping))


def _places(finding: Finding) -> Iterator[Place]:
    if place := place_told(finding):
        yield place
    for told in _told(finding):
        match told:
            case {"cluster": str(cluster), "vmid": int(vmid)}:
                yield cluster, vmid


def _names(finding: Finding) -> Iterator[str]:
    """Every name under which an order may be looked for."""
    said = [str(told["name"]) for told in _told(finding) if told.get("name")]
    for name in (*said, finding.thing.removeprefix("vm:")):
        yield name[:LONGEST_NAME]
        yield from (numbered(name, vmid) for _, vmid in _places(finding))
