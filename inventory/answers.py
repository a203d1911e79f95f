"""What the snapshots of a run can be trusted for: a silence counts only where a source told everything; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from inventory.facts import GUESTS, SPACE, TENANTS, Fact, Guest, Scope, ScopeStatus, Snapshot
from inventory.match import REAL
from inventory.rules import RULES, SOURCES, STALE, Rule

GUESTS_SCOPE = "virtual-machines"
SPACE_SCOPE = "racks"
TENANTS_SCOPE = "tenants"
ANYWHERE = "*"
"""The scope of a thing of which nobody says where it is: every real scope of its subject together."""
_SUBJECT_OF = {GUESTS_SCOPE: GUESTS, SPACE_SCOPE: SPACE, TENANTS_SCOPE: TENANTS}


def subject_of(scope: Scope) -> str | None:
    """What a scope is about; None: everything its source knows."""
    return scope.subject or _SUBJECT_OF.get(scope.name)


Kind = TypeVar("Kind", bound=Fact)


@dataclass(frozen=True)
class Answers:
    """The snapshots of one run, asked by kind of truth."""

    snapshots: Sequence[Snapshot]

    def facts(self, kind: str, wanted: type[Kind]) -> list[Kind]:
        """The facts of one type that the sources of a kind told, whatever the state of their scopes."""
        return cast("list[Kind]", self._by_type.get((kind, wanted), []))

    @cached_property
    def _by_type(self) -> dict[tuple[str, type[object]], list[Fact]]:
        """Every fact by truth and type: the rules ask many times."""
        told: defaultdict[tuple[str, type[object]], list[Fact]] = defaultdict(list)
        for snapshot in self.snapshots:
            for scope in snapshot.scopes:
                for fact in scope.facts:
                    told[snapshot.kind, type(fact)].append(fact)
        return dict(told)

    def complete(self, kind: str, subject: str) -> bool:
        """Whether a thing of that subject that this kind of truth does not tell is known to be absent from it."""
        return _complete(self._about(kind, subject))

    def asked(self, kind: str, subject: str) -> bool:
        """Whether a source of this kind was asked about that subject."""
        return any(True for _ in self._about(kind, subject))

    def clusters(self) -> dict[str, bool]:
        """Cluster name -> whether each real scope that tells it is complete; ``ANYWHERE`` stands for all."""
        return self.places(GUESTS)

    def places(self, subject: str) -> dict[str, bool]:
        """Name of a real scope (or of a cluster in it) -> whether all that tell it are complete."""
        told: defaultdict[str, bool] = defaultdict(lambda: True)
        for scope, names in self._real:
            if subject_of(scope) in (None, subject):
                for name in names:
                    told[name] &= scope.status is ScopeStatus.COMPLETE
        return dict(told)

    @cached_property
    def _real(self) -> list[tuple[Scope, set[str]]]:
        """Each real scope with the places it tells of."""
        return [(scope, _clusters(scope) | {scope.name, ANYWHERE}) for scope in self._scopes(REAL)]

    def trusted(self) -> set[tuple[str, str]]:
        """The (rule, scope) whose findings are resolved when they are seen no more."""
        pairs = {
            (rule.code, scope) for rule in RULES.values() if rule.subject != SOURCES for scope in self._trust(rule)
        }
        return pairs | {(STALE, snapshot.source) for snapshot in self.snapshots}

    def _trust(self, rule: Rule) -> list[str]:
        """The scopes whose silence settles a rule: real places that answered, once the other truths are whole."""
        others = rule.truths - {REAL}
        if not all(self.complete(kind, rule.subject) or not self.asked(kind, rule.subject) for kind in others):
            return []
        if REAL not in rule.truths:
            return [SPACE_SCOPE if rule.subject == SPACE else rule.subject]
        return [place for place, answered in self.places(rule.subject).items() if answered]

    def evidence(self, rule: str, scope: str) -> dict[str, str]:
        """Source -> instant of its answer, for the sources that a finding of that rule and scope rests on."""
        if (rule, scope) not in self._evidence:
            subject, truths = RULES[rule].subject, RULES[rule].truths
            self._evidence[rule, scope] = {
                snapshot.source: snapshot.taken_at.isoformat()
                for snapshot in self.snapshots
                if snapshot.kind in truths and (snapshot.kind != REAL or _covers(snapshot, scope, subject))
            }
        return self._evidence[rule, scope]

    @cached_property
    def _evidence(self) -> dict[tuple[str, str], dict[str, str]]:
        return {}

    def _about(self, kind: str, subject: str) -> Iterator[Scope]:
        return (scope for scope in self._scopes(kind) if subject_of(scope) in (None, subject))

    def _scopes(self, kind: str) -> Iterator[Scope]:
        return (scope for snapshot in self.snapshots if snapshot.kind == kind for scope in snapshot.scopes)


def _clusters(scope: Scope) -> set[str]:
    return {fact.cluster for fact in scope.facts if isinstance(fact, Guest) and fact.cluster}


def _complete(scopes: Iterable[Scope]) -> bool:
    statuses = [scope.status for scope in scopes]
    return bool(statuses) and all(status is ScopeStatus.COMPLETE for status in statuses)


def _covers(snapshot: Snapshot, place: str, subject: str) -> bool:
    about = [scope for scope in snapshot.scopes if subject_of(scope) in (None, subject)]
    if place == ANYWHERE or any(scope.name == place for scope in about):
        return bool(about)
    return any(place in _clusters(scope) for scope in about)
