"""A source that tells what it was given: for the demonstration, and wherever no outside system is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from inventory.facts import Snapshot


@dataclass(frozen=True)
class MemorySource:
    """Answers the same snapshot each time it is asked."""

    name: str
    snapshot: Snapshot

    def facts(self) -> Snapshot:
        return self.snapshot
