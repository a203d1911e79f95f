"""What a server of Proxmox, VE or Backup, has in common for whoever asks it with a token: one scope, told or failed."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
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

    def blindness(
        self, api: Any, told: bool, sees_everything: Callable[[Any], bool], things: str, remedy: str
    ) -> list[str]:  # fmt: skip
        """Lists silently leave out what the token may not see: say so when it may not see all ``things``.

        ``told``: whether the list told any; ``remedy``: what gives the token the right.
        """
        try:
            permissions = api.access.permissions.get()
        except FAILURES:
            permissions = None
        if sees_everything(permissions) or (permissions is None and told):
            return []
        who = f"jeton {self.user}!{self.token_name}"
        if told:
            return [f"{self.named} : le {who} ne voit qu'une partie des {things} ; {remedy}."]
        return [f"{self.named} : liste vide : vérifier les droits du jeton ({who}) ; {remedy}."]
