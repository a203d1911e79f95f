"""Sources that ask nothing: one tells what it was given, one says why it cannot be asked."""

from __future__ import annotations

from dataclasses import dataclass

from inventory.clock import Clock
from inventory.facts import Scope, ScopeStatus, Snapshot


@dataclass(frozen=True)
class MemorySource:
    """Answers the same snapshot each time it is asked."""

    name: str
    snapshot: Snapshot

    def facts(self) -> Snapshot:
        return self.snapshot


@dataclass(frozen=True)
class UnaskableSource:
    """A configured source that cannot even be asked: its scopes are FAILED and ``why`` (a sentence) says it."""

    name: str
    kind: str
    scopes: tuple[str, ...]
    why: str
    clock: Clock
    subject: str | None = None

    def facts(self) -> Snapshot:
        faults = (self.why,)
        scopes = tuple(Scope(name, ScopeStatus.FAILED, faults=faults, subject=self.subject) for name in self.scopes)
        return Snapshot(self.name, self.kind, self.clock.now(), 0.0, scopes)
