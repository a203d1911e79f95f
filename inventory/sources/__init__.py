"""Where facts come from: one question, ``facts()``, asked of every outside truth."""

from __future__ import annotations

from typing import Protocol

from inventory.facts import Snapshot


class Source(Protocol):
    """Something that can be asked what it knows.

    ``facts`` never raises for an outside fault: an unreachable source answers a snapshot whose
    scopes are FAILED and say why, so that silence is never read as absence.
    """

    @property
    def name(self) -> str: ...

    def facts(self) -> Snapshot: ...
