"""One thing as one source tells it: frozen facts, gathered in scopes and snapshots; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

GIB = 1024**3
MIB = 1024**2


class ScopeStatus(StrEnum):
    """How much of a scope its source could tell. Only in a COMPLETE scope does absence mean absent."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"

    @property
    def french(self) -> str:
        """The word that people read, of a source or an answer."""
        return {"complete": "complète", "partial": "partielle", "failed": "en échec"}[self.value]


@dataclass(frozen=True, slots=True)
class Guest:
    """A virtual machine or container as one source tells it. ``None`` means the source does not say."""

    name: str | None
    cluster: str | None
    vmid: int | None
    kind: str | None = None  # Proxmox's "qemu" or "lxc"
    node: str | None = None
    status: str | None = None  # "running", "stopped", "unknown"
    template: bool = False
    vcpus: Decimal | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    customer: str | None = None  # a customer code, when the source names one
    uuid: str | None = None
    macs: tuple[str, ...] = ()
    start: date | None = None  # sold: first day; documented and real: None
    end: date | None = None  # sold: day after the last one
    reference: str | None = None  # the source's own id, e.g. "qemu/101" or NetBox's id
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RackUnit:
    """A rack as one source tells it."""

    name: str
    site: str | None
    room: str | None
    u_height: int
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Mounting:
    """A device in a rack; position and height in half units from the bottom (NetBox allows half units)."""

    rack: str
    name: str
    first_half_unit: int
    half_units: int
    face: str | None
    tenant: str | None
    role: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Units set aside in a rack (NetBox reservation), or sold (a share): half units, half open."""

    rack: str
    first_half_unit: int
    end_half_unit: int
    customer: str | None
    label: str
    start: date | None = None
    end: date | None = None
    reference: str | None = None


Fact = Guest | RackUnit | Mounting | Reservation


@dataclass(frozen=True, slots=True)
class Scope:
    """What a source tells of one part of its world (a Proxmox cluster, a NetBox), and how completely.

    ``faults`` are sentences for a person; a FAILED scope has no facts and at least one fault.
    """

    name: str
    status: ScopeStatus
    facts: tuple[Fact, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer of one source at one instant."""

    source: str
    kind: str  # "sold", "documented" or "real"
    taken_at: datetime
    duration_s: float
    scopes: tuple[Scope, ...] = field(default=())

    @property
    def status(self) -> ScopeStatus:
        """COMPLETE when every scope is, FAILED when every scope is, else PARTIAL."""
        states = {scope.status for scope in self.scopes} or {ScopeStatus.FAILED}
        return states.pop() if len(states) == 1 else ScopeStatus.PARTIAL
