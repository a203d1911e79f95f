"""Which of the facts that a source told speak of the thing of a finding; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Document = Mapping[str, Any]
"""A fact as it is kept, see ``inventory.evidence.document_of``."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one scope of a source told of a finding, at the instant of the answer that the finding rests on."""

    source: str
    kind: str
    scope: str
    status: str
    at: datetime
    facts: tuple[Document, ...]


_NAMES = ("rack", "serial", "slug", "store", "tenant", "customer", "name")
"""Fields of a fact that may name what a finding is about, the narrowest first."""


def speaking(thing: str, values: tuple[Any, Any, Any], facts: Sequence[Document]) -> list[Document]:
    """The facts about a thing: those of its place or number, else those that bear one of its names."""
    places, names = set(_places(thing, values)), set(_names(values))
    exact = [fact for fact in facts if (fact.get("cluster"), fact.get("vmid")) in places]
    if exact or places:
        return exact or [fact for fact in facts if fact.get("type") == "guest" and fact.get("name") in names]
    wanted = names | {thing.partition(":")[2], thing.partition(":")[2].partition("/")[0]}
    return [fact for fact in facts if any(fact.get(name) in wanted for name in _NAMES if fact.get(name))]


def _places(thing: str, values: tuple[Any, Any, Any]) -> Iterator[tuple[str, int]]:
    """(cluster, vmid) of the machines that a finding speaks of."""
    kind, _, place = thing.partition(":")
    cluster, _, vmid = place.partition("#")[0].rpartition("/")
    if kind == "vm" and cluster and vmid.isdecimal():
        yield cluster, int(vmid)
    for told in _dicts(values):
        if told.get("cluster") and isinstance(told.get("vmid"), int):
            yield told["cluster"], told["vmid"]


def _names(values: tuple[Any, Any, Any]) -> Iterator[str]:
    for told in _dicts(values):
        for name in ("name", "serial", "slug", "device"):
            if isinstance(told.get(name), str):
                yield told[name]


def _dicts(values: Any) -> Iterator[Mapping[str, Any]]:
    for value in values:
        if isinstance(value, Mapping):
            yield value
        elif isinstance(value, list):
            yield from _dicts(value)
