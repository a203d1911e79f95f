"""What a make-believe Proxmox Backup Server is made of: frozen values that the simulator answers from."""

from __future__ import annotations

from dataclasses import dataclass, field

GIB = 1024**3


@dataclass(frozen=True)
class SimGroup:
    """The backups of one guest; ``last_backup`` in seconds since 1970, as the server writes it."""

    backup_id: str
    last_backup: int
    kind: str = "vm"
    count: int = 14
    namespace: str = ""


@dataclass(frozen=True)
class SimStore:
    """A datastore. ``error`` makes it one that the server cannot open: it then tells neither bytes nor groups."""

    name: str
    used_bytes: int
    groups: tuple[SimGroup, ...] = ()
    total_bytes: int = 4096 * GIB
    error: str | None = None

    @property
    def namespaces(self) -> list[str]:
        """Those that its groups are in, and their parents."""
        told = {group.namespace for group in self.groups}
        parts = [name.split("/") for name in told]
        return sorted({"/".join(names[:depth]) for names in parts for depth in range(1, len(names) + 1)} | {""})


@dataclass(frozen=True)
class PbsWorld:
    """A whole server and the one token it accepts.

    ``forbidden`` holds the datastores whose groups the token may not list (403). ``all_seeing=False`` makes a token
    without any right: every list is empty, with status 200.
    """

    server: str
    stores: tuple[SimStore, ...] = ()
    user: str = "dcops@pbs"
    token_name: str = "lecture"  # noqa: S105 - its name, not its secret
    token: str = field(default="00000000-0000-4000-8000-000000000000", repr=False)
    forbidden: frozenset[str] = frozenset()
    all_seeing: bool = True
    version: str = "4.1"

    @property
    def visible(self) -> tuple[SimStore, ...]:
        """The datastores the token may see."""
        return self.stores if self.all_seeing else ()

    def store(self, name: str) -> SimStore | None:
        return next((store for store in self.visible if store.name == name), None)
