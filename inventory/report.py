"""What a run heard from its sources and did to the findings, as JSON values and as French sentences; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from inventory.facts import ScopeStatus, Snapshot
from inventory.french import counted, euros


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did to the findings, and what is still open after it."""

    at: datetime
    sources: tuple[Mapping[str, Any], ...]
    opened: int
    reopened: int
    kept: int
    resolved: int
    frozen: int
    active: int
    eur_per_year: Decimal
    withheld: Mapping[str, int] = field(default_factory=dict)  # scope -> absences that the ceiling holds back
    moved: int = 0  # machines that changed node or place

    def document(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "sources": list(self.sources),
            "opened": self.opened,
            "reopened": self.reopened,
            "kept": self.kept,
            "resolved": self.resolved,
            "frozen": self.frozen,
            "active": self.active,
            "eur_per_year": str(self.eur_per_year),
            "withheld": dict(self.withheld),
            "moved": self.moved,
        }

    def left(self) -> str:
        """What is still to be dealt with, in one sentence."""
        findings = counted(self.active, "écart à traiter", "écarts à traiter")
        return f"{findings}, {euros(self.eur_per_year)} par an."

    def human(self) -> str:
        told = "\n".join(human_of_source(source) for source in self.sources)
        return (
            f"{told}\n{counted(self.opened, 'écart nouveau', 'écarts nouveaux')}, {counted(self.reopened, 'rouvert')}, "
            f"{counted(self.kept, 'déjà connu')}, {counted(self.resolved, 'résolu')}, "
            f"{self.frozen} en attente d'une source.\n{self.left()}{self._withheld()}"
        )

    def _withheld(self) -> str:
        """What is missing beyond the ceiling, and what to do about it."""
        return "".join(
            f"\n{scope} : {counted(count, 'disparition retenue', 'disparitions retenues')}, au-delà du plafond ; "
            f"vérifier la source, puis « dcops findings approve {scope} »."
            for scope, count in self.withheld.items()
        )


def described(snapshots: Sequence[Snapshot]) -> list[dict[str, Any]]:
    """Each scope of each source as JSON values: its status, how many facts, its faults."""
    return [
        {
            "source": snapshot.source,
            "kind": snapshot.kind,
            "scope": scope.name,
            "status": scope.status.value,
            "objects": len(scope.facts),
            "duration_s": round(snapshot.duration_s, 3),
            "faults": list(scope.faults),
        }
        for snapshot in snapshots
        for scope in snapshot.scopes
    ]


def human_of_source(source: Mapping[str, Any]) -> str:
    """One scope of one source, as a line for a person, its faults below."""
    status, objects = ScopeStatus(source["status"]).french, counted(source["objects"], "objet")
    head = f"{source['source']} / {source['scope']} : {status}, {objects}"
    return "\n".join([head, *(f"  {fault}" for fault in source["faults"])])
