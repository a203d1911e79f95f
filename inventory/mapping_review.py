"""What the rules that say whose a thing is make of what the sources last told; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inventory.facts import BackupStore, Guest, Seats, Tenant
from inventory.french import folded
from inventory.mapping import (
    ANTIVIRUS_GROUP,
    BACKUP_STORE,
    NAME,
    NETBOX_TENANT,
    POOL,
    TAG,
    CustomerRules,
    Hints,
    Match,
)

MACHINE, TENANT, GROUP, STORE = "machine", "tenant", "group", "store"
"""What can be somebody's by what is written on it."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that an outside system told, and the words written on it."""

    kind: str
    name: str
    hints: Hints

    @property
    def words(self) -> str:
        """The words, its own name apart, as people read them."""
        return ", ".join(word for source, words in self.hints.items() if source != NAME for word in words)


def things_of(facts: Iterable[Guest | Tenant | Seats | BackupStore]) -> list[Thing]:
    """What can be somebody's among what was told; a template is nobody's, a group of seats counts once."""
    told = (_thing(fact) for fact in facts if not (isinstance(fact, Guest) and fact.template))
    return list({(thing.kind, thing.name): thing for thing in told}.values())


def _thing(fact: Guest | Tenant | Seats | BackupStore) -> Thing:
    if isinstance(fact, Guest):
        name = fact.name or f"{fact.kind or 'vm'}/{fact.vmid}"
        return Thing(MACHINE, f"{name} ({fact.cluster}/{fact.vmid})", hints_of(fact.pool, fact.tags, name=fact.name))
    if isinstance(fact, Tenant):
        return Thing(TENANT, fact.slug, {NETBOX_TENANT: [fact.slug]})
    if isinstance(fact, Seats):
        return Thing(GROUP, fact.group or "", {ANTIVIRUS_GROUP: [fact.group] if fact.group else []})
    return Thing(STORE, f"{fact.server} / {fact.name}", {BACKUP_STORE: [fact.name]})


def hints_of(
    pool: str | None = None, tags: Sequence[str] = (), tenant: str | None = None, name: str | None = None
) -> Hints:
    """The words of a thing, by where they are written."""
    told = {POOL: [pool], TAG: tags, NETBOX_TENANT: [tenant], NAME: [name]}
    return {source: [word for word in words if word] for source, words in told.items() if any(words)}


@dataclass(slots=True)
class Review:
    """``decided`` counts things by (number of the rule, kind); ``nobody`` are those that no rule decides, ``strangers``
    those whose code is no customer's."""

    decided: dict[tuple[int, str], int] = field(default_factory=dict)
    nobody: list[Thing] = field(default_factory=list)
    strangers: list[tuple[Thing, Match]] = field(default_factory=list)

    def count(self, rule: int, kind: str) -> int:
        return self.decided.get((rule, kind), 0)


def review(rules: CustomerRules, things: Iterable[Thing], customers: Mapping[str, str]) -> Review:
    """How each thing was decided; ``customers`` are the names of those that exist, by code.

    A group of the antivirus may bear the name of a customer as well as its code.
    """
    made, named = Review(), {folded(name) for name in customers.values()}
    for thing in things:
        found = rules.customer_of(thing.hints)
        if found is None:
            made.nobody.append(thing)
            continue
        made.decided[found.rule, thing.kind] = made.count(found.rule, thing.kind) + 1
        if found.customer not in customers and not (thing.kind == GROUP and folded(thing.name) in named):
            made.strangers.append((thing, found))
    return made
