"""What a server of Proxmox, VE or Backup, has in common for whoever asks it with a token: one scope, told or failed."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from inventory.clock import Clock
from inventory.facts import Scope, ScopeStatus, Snapshot
from inventory.sources.faults import FAILURES, explain


@dataclass(frozen=True)
class ProxmoxServer(ABC):
    """One server; its only scope has its name. It is only read.

    ``verify_tls`` is True, False or the PEM file of the authority. ``token`` is the secret part only.
    """

    kind: ClassVar[str] = "real"
    product: ClassVar[str]
    subject: ClassVar[str]
    name: str
    host: str
    port: int
    user: str
    token_name: str
    token: str = field(repr=False)
    verify_tls: bool | Path
    timeout_s: float
    clock: Clock

    def facts(self) -> Snapshot:
        """All that it knows. Never raises for what the server does: the scope says it, in French."""
        taken_at, started = self.clock.now(), time.perf_counter()
        try:
            scope = self.scope()
        except FAILURES as error:
            scope = Scope(self.name, ScopeStatus.FAILED, faults=(self.sentence(error),), subject=self.subject)
        return Snapshot(self.name, self.kind, taken_at, time.perf_counter() - started, (scope,))

    @abstractmethod
    def scope(self) -> Scope:
        """All that it knows. Raises what the client does where nothing can be told."""

    @property
    def named(self) -> str:
        """``Proxmox « amiens-a »``."""
        return f"{self.product} « {self.name} »"

    def sentence(self, error: Exception) -> str:
        """What went wrong, in French."""
        return explain(f"{self.named} ({self.host}:{self.port})", error, self.timeout_s, self.token)

    def blindness(self, api: Any, told: bool, right: tuple[str, str], things: str, remedy: str) -> list[str]:
        """Lists silently leave out what the token may not see: say so when it may not see all ``things``.

        ``told``: whether the list told any; ``right``: where they are and the privilege that shows them; ``remedy``:
        what gives it to the token.
        """
        try:
            permissions = api.access.permissions.get()
        except FAILURES:
            permissions = None
        if sees_everything(permissions, *right) or (permissions is None and told):
            return []
        who = f"jeton {self.user}!{self.token_name}"
        if told:
            return [f"{self.named} : le {who} ne voit qu'une partie des {things} ; {remedy}."]
        return [f"{self.named} : liste vide : vérifier les droits du jeton ({who}) ; {remedy}."]


def sees_everything(permissions: Any, place: str, privilege: str) -> bool:
    """Whether the answer of /access/permissions shows the token all that is at ``place``: propagated, hidden nowhere.

    Its paths are those of the access list, each with its privileges and whether they are propagated. One below that
    has others hides what is there, although the right above is propagated.
    """
    told = permissions if isinstance(permissions, dict) else {}
    top = told.get(place, told.get("/"))
    below = [rights for path, rights in told.items() if path.startswith(f"{place}/")]
    shown = isinstance(top, dict) and bool(top.get(privilege))
    return shown and all(isinstance(rights, dict) and privilege in rights for rights in below)
