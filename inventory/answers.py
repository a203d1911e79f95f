"""What the snapshots of a run can be trusted for: a silence counts only where a source told everything; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from inventory.errors import Invalid
from inventory.facts import Fact, Guest, Scope, ScopeStatus, Snapshot
from inventory.match import DOCUMENTED, REAL, SOLD

GUESTS_SCOPE = "virtual-machines"
SPACE_SCOPE = "racks"
ANYWHERE = "*"
"""The scope of a machine whose cluster nobody names: every real scope together."""

KINDS_OF_RULE: dict[str, frozenset[str]] = {
    "vm.unbilled": frozenset({SOLD, REAL}),
    "vm.ghost": frozenset({SOLD, DOCUMENTED, REAL}),
    "vm.oversized": frozenset({SOLD, REAL}),
    "vm.undersized": frozenset({SOLD, REAL}),
    "vm.undocumented": frozenset({DOCUMENTED, REAL}),
    "vm.tenant-differs": frozenset({SOLD, DOCUMENTED, REAL}),
    "vm.ambiguous": frozenset({SOLD, DOCUMENTED, REAL}),
    "rack.oversold": frozenset({SOLD, DOCUMENTED}),
}
"""The truths that each rule compares."""


def rule_asked(asked: str | None) -> str | None:
    """The rule that a list is asked for, None for every one. Raises Invalid: a slip is not an empty list."""
    if asked is not None and asked not in KINDS_OF_RULE:
        raise Invalid(f"règle « {asked} » inconnue : {', '.join(KINDS_OF_RULE)}.")
    return asked


Kind = TypeVar("Kind", bound=Fact)


@dataclass(frozen=True)
class Answers:
    """The snapshots of one run, asked by kind of truth."""

    snapshots: Sequence[Snapshot]

    def facts(self, kind: str, wanted: type[Kind]) -> list[Kind]:
        """The facts of one type that the sources of a kind told, whatever the state of their scopes."""
        return [fact for scope in self._scopes(kind) for fact in scope.facts if isinstance(fact, wanted)]

    def guests_complete(self, kind: str) -> bool:
        """Whether a machine that this kind does not tell is known to be absent from it (sold, documented)."""
        return _complete(scope for scope in self._scopes(kind) if scope.name != SPACE_SCOPE)

    def space_complete(self, kind: str) -> bool:
        """Whether space that this kind does not tell is known to be absent from it."""
        return _complete(scope for scope in self._scopes(kind) if scope.name != GUESTS_SCOPE)

    def clusters(self) -> dict[str, bool]:
        """Cluster name -> whether each real scope that tells it is complete; ``ANYWHERE`` stands for all."""
        told: defaultdict[str, bool] = defaultdict(lambda: True)
        for scope in self._scopes(REAL):
            names = {fact.cluster for fact in scope.facts if isinstance(fact, Guest) and fact.cluster}
            for name in names | {scope.name, ANYWHERE}:
                told[name] &= scope.status is ScopeStatus.COMPLETE
        return dict(told)

    def has(self, kind: str) -> bool:
        """Whether a source of this kind was asked."""
        return any(snapshot.kind == kind for snapshot in self.snapshots)

    def trusted(self) -> set[tuple[str, str]]:
        """The (rule, scope) whose findings are resolved when they are seen no more."""
        told = {kind: self.guests_complete(kind) or not self.has(kind) for kind in (SOLD, DOCUMENTED)}
        told[REAL] = True  # each cluster answers for itself
        complete = [cluster for cluster, answered in self.clusters().items() if answered]
        met = [rule for rule, kinds in KINDS_OF_RULE.items() if all(told[kind] for kind in kinds)]
        pairs = {(rule, cluster) for rule in met if rule.startswith("vm.") for cluster in complete}
        if self.space_complete(SOLD) and self.space_complete(DOCUMENTED):
            pairs.add(("rack.oversold", SPACE_SCOPE))
        return pairs

    def evidence(self, rule: str, scope: str) -> dict[str, str]:
        """Source -> instant of its answer, for the sources that a finding of that rule and scope rests on."""
        return {
            snapshot.source: snapshot.taken_at.isoformat()
            for snapshot in self.snapshots
            if snapshot.kind in KINDS_OF_RULE[rule] and (snapshot.kind != REAL or _covers(snapshot, scope))
        }

    def _scopes(self, kind: str) -> Iterator[Scope]:
        return (scope for snapshot in self.snapshots if snapshot.kind == kind for scope in snapshot.scopes)


def _complete(scopes: Iterable[Scope]) -> bool:
    statuses = [scope.status for scope in scopes]
    return bool(statuses) and all(status is ScopeStatus.COMPLETE for status in statuses)


def _covers(snapshot: Snapshot, cluster: str) -> bool:
    if cluster == ANYWHERE or any(scope.name == cluster for scope in snapshot.scopes):
        return True
    return any(isinstance(fact, Guest) and fact.cluster == cluster for s in snapshot.scopes for fact in s.facts)
